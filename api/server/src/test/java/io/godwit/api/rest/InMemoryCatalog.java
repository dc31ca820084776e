package io.godwit.api.rest;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/// Keeps the rules of the port: names are unique, and what another row names cannot go.
final class InMemoryCatalog implements CatalogStore {
    private final List<ProviderRow> providers = new ArrayList<>();
    private final List<NetworkMapping> networks = new ArrayList<>();
    private final List<StorageMapping> storages = new ArrayList<>();
    private final List<Plan> plans = new ArrayList<>();
    private final Map<PlanId, Map<String, Map<String, String>>> keys = new HashMap<>();
    private final List<CopyLimit> limits = new ArrayList<>();

    void clear() {
        providers.clear();
        networks.clear();
        storages.clear();
        plans.clear();
        limits.clear();
    }

    @Override
    public void createProvider(ProviderRow provider) {
        add(providers, provider, ProviderRow::name);
    }

    @Override
    public Optional<ProviderRow> findProvider(String idOrName) {
        return find(providers, idOrName, ProviderRow::id, ProviderRow::name);
    }

    @Override
    public List<ProviderRow> listProviders() {
        return sorted(providers, ProviderRow::name);
    }

    @Override
    public boolean deleteProvider(String id) {
        if (networks.stream().anyMatch(one -> one.sourceProvider().equals(id) || one.destinationProvider().equals(id))
                || plans.stream().anyMatch(one -> one.sourceProvider().equals(id) || one.destinationProvider().equals(id))) {
            throw new FaultException(EngineFault.PROVIDER_IN_USE, "cannot delete provider " + id, "a mapping or plan names it");
        }
        return providers.removeIf(one -> one.id().equals(id));
    }

    @Override
    public void createNetworkMapping(NetworkMapping mapping) {
        add(networks, mapping, NetworkMapping::name);
    }

    @Override
    public Optional<NetworkMapping> findNetworkMapping(String idOrName) {
        return find(networks, idOrName, NetworkMapping::id, NetworkMapping::name);
    }

    @Override
    public List<NetworkMapping> listNetworkMappings() {
        return sorted(networks, NetworkMapping::name);
    }

    @Override
    public boolean deleteNetworkMapping(String id) {
        requireUnused(id);
        return networks.removeIf(one -> one.id().equals(id));
    }

    @Override
    public void createStorageMapping(StorageMapping mapping) {
        add(storages, mapping, StorageMapping::name);
    }

    @Override
    public Optional<StorageMapping> findStorageMapping(String idOrName) {
        return find(storages, idOrName, StorageMapping::id, StorageMapping::name);
    }

    @Override
    public List<StorageMapping> listStorageMappings() {
        return sorted(storages, StorageMapping::name);
    }

    @Override
    public boolean deleteStorageMapping(String id) {
        requireUnused(id);
        return storages.removeIf(one -> one.id().equals(id));
    }

    private void requireUnused(String mapping) {
        if (plans.stream().anyMatch(one -> one.networkMapping().equals(mapping) || one.storageMapping().equals(mapping))) {
            throw new FaultException(EngineFault.MAPPING_IN_USE, "cannot delete mapping " + mapping, "a plan names it");
        }
    }

    @Override
    public void createPlan(Plan plan, Map<String, Map<String, String>> given) {
        add(plans, plan, Plan::name);
        keys.put(plan.id(), given);
    }

    @Override
    public Map<String, String> guestKeys(PlanId plan, String vm) {
        return keys.getOrDefault(plan, Map.of()).getOrDefault(vm, Map.of());
    }

    @Override
    public Optional<Plan> findPlan(String idOrName) {
        return find(plans, idOrName, plan -> plan.id().value(), Plan::name);
    }

    @Override
    public List<Plan> listPlans() {
        return sorted(plans, Plan::name);
    }

    @Override
    public boolean deletePlan(String id) {
        return plans.removeIf(one -> one.id().value().equals(id));
    }

    @Override
    public void putLimit(CopyLimit limit) {
        deleteLimit(limit.name());
        limits.add(limit);
    }

    @Override
    public Optional<CopyLimit> findLimit(String name) {
        return find(limits, name, CopyLimit::name, CopyLimit::name);
    }

    @Override
    public List<CopyLimit> listLimits() {
        return sorted(limits, CopyLimit::name);
    }

    @Override
    public boolean deleteLimit(String name) {
        return limits.removeIf(one -> one.name().equals(name));
    }

    private static <T> void add(List<T> rows, T row, Function<T, String> name) {
        if (rows.stream().anyMatch(one -> name.apply(one).equals(name.apply(row)))) {
            throw new FaultException(EngineFault.NAME_TAKEN, "cannot create " + name.apply(row), "the name is taken");
        }
        rows.add(row);
    }

    private static <T> Optional<T> find(List<T> rows, String idOrName, Function<T, String> id, Function<T, String> name) {
        return rows.stream().filter(one -> id.apply(one).equals(idOrName)).findFirst()
                .or(() -> rows.stream().filter(one -> Objects.equals(name.apply(one), idOrName)).findFirst());
    }

    private static <T> List<T> sorted(List<T> rows, Function<T, String> name) {
        return rows.stream().sorted(Comparator.comparing(name)).toList();
    }
}
