package io.godwit.engine.catalog;

import io.godwit.model.limit.CopyLimit;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Keeps what people registered. Names are unique per kind (`NAME_TAKEN`); `find` takes an id, else a name; lists are by name. Rows name
/// each other by id; what another row names cannot go, but for a plan that limits name. Deleting what is not there returns `false`.
public interface CatalogStore {
    void createProvider(ProviderRow provider);

    Optional<ProviderRow> findProvider(String idOrName);

    List<ProviderRow> listProviders();

    /// A fault `PROVIDER_IN_USE` while a mapping, a plan or a limit names it.
    boolean deleteProvider(String id);

    /// A fault `PROVIDER_NOT_FOUND` where a provider that it names is none.
    void createNetworkMapping(NetworkMapping mapping);

    Optional<NetworkMapping> findNetworkMapping(String idOrName);

    List<NetworkMapping> listNetworkMappings();

    /// A fault `MAPPING_IN_USE` while a plan names it.
    boolean deleteNetworkMapping(String id);

    /// A fault `PROVIDER_NOT_FOUND` where a provider that it names is none.
    void createStorageMapping(StorageMapping mapping);

    Optional<StorageMapping> findStorageMapping(String idOrName);

    List<StorageMapping> listStorageMappings();

    /// A fault `MAPPING_IN_USE` while a plan names it.
    boolean deleteStorageMapping(String id);

    /// A fault `PROVIDER_NOT_FOUND` or `MAPPING_NOT_FOUND` where what it names is none.
    ///
    /// @param keys of the VMs' encrypted devices: by the VM's id, then by device as [Plan.PlanVm] names them; sealed where they are kept
    void createPlan(Plan plan, Map<String, Map<String, String>> keys);

    /// A plan without keys.
    default void createPlan(Plan plan) {
        createPlan(plan, Map.of());
    }

    /// The keys that a plan has for one VM, by device; they go with the plan.
    Map<String, String> guestKeys(PlanId plan, String vm);

    Optional<Plan> findPlan(String idOrName);

    List<Plan> listPlans();

    /// Limits on its VMs go with it. A fault `PLAN_IN_USE` while one of its VM migrations has not ended (a failed one has not: it may be retried or must be cancelled).
    boolean deletePlan(String id);

    /// Sets the limit of that name, in place of an earlier one. A fault `PROVIDER_NOT_FOUND` or `PLAN_NOT_FOUND` where what it names is none.
    void putLimit(CopyLimit limit);

    Optional<CopyLimit> findLimit(String name);

    List<CopyLimit> listLimits();

    boolean deleteLimit(String name);
}
