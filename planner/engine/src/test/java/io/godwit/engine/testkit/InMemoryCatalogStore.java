package io.godwit.engine.testkit;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Keeps what people registered in memory, by the rules of the port.
public final class InMemoryCatalogStore implements CatalogStore {
    private final Map<String, ProviderRow> providers = new LinkedHashMap<>();
    private final Map<String, NetworkMapping> networks = new LinkedHashMap<>();
    private final Map<String, StorageMapping> storages = new LinkedHashMap<>();
    private final Map<String, Plan> plans = new LinkedHashMap<>();
    private final Map<String, Map<String, Map<String, String>>> keys = new HashMap<>();
    private final Map<String, CopyLimit> limits = new LinkedHashMap<>();
    private final Predicate<PlanId> running;

    /// Takes a plan away only when `running` lets it go.
    public InMemoryCatalogStore(Predicate<PlanId> running) {
        this.running = running;
    }

    private static <T> void put(Map<String, T> rows, String id, Function<T, String> name, T row) {
        if (rows.containsKey(id) || rows.values().stream().anyMatch(each -> name.apply(each).equals(name.apply(row)))) {
            throw new FaultException(EngineFault.NAME_TAKEN, "name " + name.apply(row), "another one has it");
        }
        rows.put(id, row);
    }

    private static <T> Optional<T> find(Map<String, T> rows, Function<T, String> name, String idOrName) {
        return Optional.ofNullable(rows.get(idOrName))
                .or(() -> rows.values().stream().filter(each -> name.apply(each).equals(idOrName)).findFirst());
    }

    private static <T> List<T> list(Map<String, T> rows, Function<T, String> name) {
        return rows.values().stream().sorted(Comparator.comparing(name)).toList();
    }

    private static <T> boolean delete(Map<String, T> rows, String id, FaultCode code, Stream<String> users) {
        var user = users.findFirst();
        if (user.isPresent() && rows.containsKey(id)) {
            throw new FaultException(code, "deleting " + id, user.get() + " uses it");
        }
        return rows.remove(id) != null;
    }

    private void requireProviders(String source, String destination) {
        for (var id : List.of(source, destination)) {
            if (!providers.containsKey(id)) {
                throw new FaultException(EngineFault.PROVIDER_NOT_FOUND, "provider " + id, "there is none of that id");
            }
        }
    }

    @Override
    public synchronized void createProvider(ProviderRow provider) {
        put(providers, provider.id(), ProviderRow::name, provider);
    }

    @Override
    public synchronized Optional<ProviderRow> findProvider(String idOrName) {
        return find(providers, ProviderRow::name, idOrName);
    }

    @Override
    public synchronized List<ProviderRow> listProviders() {
        return list(providers, ProviderRow::name);
    }

    @Override
    public synchronized boolean deleteProvider(String id) {
        return delete(providers, id, EngineFault.PROVIDER_IN_USE, Stream.of(
                networks.values().stream().filter(each -> each.sourceProvider().equals(id) || each.destinationProvider().equals(id))
                        .map(NetworkMapping::name),
                storages.values().stream().filter(each -> each.sourceProvider().equals(id) || each.destinationProvider().equals(id))
                        .map(StorageMapping::name),
                plans.values().stream().filter(each -> each.sourceProvider().equals(id) || each.destinationProvider().equals(id))
                        .map(Plan::name),
                limits.values().stream().filter(each -> each.scope().namedProviders().contains(id)).map(CopyLimit::name))
                .flatMap(Function.identity()));
    }

    @Override
    public synchronized void createNetworkMapping(NetworkMapping mapping) {
        requireProviders(mapping.sourceProvider(), mapping.destinationProvider());
        put(networks, mapping.id(), NetworkMapping::name, mapping);
    }

    @Override
    public synchronized Optional<NetworkMapping> findNetworkMapping(String idOrName) {
        return find(networks, NetworkMapping::name, idOrName);
    }

    @Override
    public synchronized List<NetworkMapping> listNetworkMappings() {
        return list(networks, NetworkMapping::name);
    }

    @Override
    public synchronized boolean deleteNetworkMapping(String id) {
        return delete(networks, id, EngineFault.MAPPING_IN_USE,
                plans.values().stream().filter(each -> each.networkMapping().equals(id)).map(Plan::name));
    }

    @Override
    public synchronized void createStorageMapping(StorageMapping mapping) {
        requireProviders(mapping.sourceProvider(), mapping.destinationProvider());
        put(storages, mapping.id(), StorageMapping::name, mapping);
    }

    @Override
    public synchronized Optional<StorageMapping> findStorageMapping(String idOrName) {
        return find(storages, StorageMapping::name, idOrName);
    }

    @Override
    public synchronized List<StorageMapping> listStorageMappings() {
        return list(storages, StorageMapping::name);
    }

    @Override
    public synchronized boolean deleteStorageMapping(String id) {
        return delete(storages, id, EngineFault.MAPPING_IN_USE,
                plans.values().stream().filter(each -> each.storageMapping().equals(id)).map(Plan::name));
    }

    @Override
    public synchronized void createPlan(Plan plan, Map<String, Map<String, String>> given) {
        requireProviders(plan.sourceProvider(), plan.destinationProvider());
        if (!networks.containsKey(plan.networkMapping()) || !storages.containsKey(plan.storageMapping())) {
            throw new FaultException(EngineFault.MAPPING_NOT_FOUND, "mappings " + plan.networkMapping() + " and " + plan.storageMapping(),
                    "one of them is not there");
        }
        put(plans, plan.id().value(), Plan::name, plan);
        keys.put(plan.id().value(), given);
    }

    @Override
    public synchronized Map<String, String> guestKeys(PlanId plan, String vm) {
        return keys.getOrDefault(plan.value(), Map.of()).getOrDefault(vm, Map.of());
    }

    @Override
    public synchronized Optional<Plan> findPlan(String idOrName) {
        return find(plans, Plan::name, idOrName);
    }

    @Override
    public synchronized List<Plan> listPlans() {
        return list(plans, Plan::name);
    }

    @Override
    public synchronized boolean deletePlan(String id) {
        boolean gone = delete(plans, id, EngineFault.PLAN_IN_USE,
                running.test(PlanId.from(id)) ? Stream.of("a migration that has not ended") : Stream.empty());
        if (gone) {
            keys.remove(id);
        }
        limits.values().removeIf(each -> each.scope().namedPlan().filter(id::equals).isPresent());
        return gone;
    }

    @Override
    public synchronized void putLimit(CopyLimit limit) {
        for (var provider : limit.scope().namedProviders()) {
            requireProviders(provider, provider);
        }
        limit.scope().namedPlan().filter(plan -> !plans.containsKey(plan)).ifPresent(plan -> {
            throw new FaultException(EngineFault.PLAN_NOT_FOUND, "plan " + plan, "there is none of that id");
        });
        limits.put(limit.name(), limit);
    }

    @Override
    public synchronized Optional<CopyLimit> findLimit(String name) {
        return Optional.ofNullable(limits.get(name));
    }

    @Override
    public synchronized List<CopyLimit> listLimits() {
        return list(limits, CopyLimit::name);
    }

    @Override
    public synchronized boolean deleteLimit(String name) {
        return limits.remove(name) != null;
    }
}
