package io.godwit.engine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.Bounds;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.limit.LimitScope;
import io.godwit.model.limit.LimitWindow;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.model.plan.PlanId;
import java.time.DayOfWeek;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Map;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/// What every catalog store is held to. Each test starts with a store that holds nothing.
public abstract class CatalogStoreContract {
    private static final ProviderRow SOURCE = new ProviderRow("pr-1", "files", Role.SOURCE, "ova", "/srv/ova", Map.of("depth", "2"),
            Map.of("password", "geheim \"ü\""), null);
    private static final ProviderRow DESTINATION = new ProviderRow("pr-2", "here", Role.DESTINATION, "local", "/srv/pool", Map.of(),
            Map.of(),
            "node-1");
    private static final NetworkMapping NETWORKS = new NetworkMapping("n-1", "nets", "pr-1", "pr-2",
            List.of(new NetworkMapping.Pair("a", new NetworkTarget.Named("default")),
                    new NetworkMapping.Pair("b", new NetworkTarget.Ignored()),
                    new NetworkMapping.Pair("c", new NetworkTarget.Pod()),
                    new NetworkMapping.Pair("d", new NetworkTarget.Multus("ns", "lan"))));
    private static final StorageMapping STORAGES = new StorageMapping("s-1", "stores", "pr-1", "pr-2", List.of(
            new StorageMapping.Pair("a", StorageTarget.DEFAULT),
            new StorageMapping.Pair("b", new StorageTarget("fast", "Block", "ReadWriteMany"))));
    private static final Plan PLAN = new Plan(PlanId.from("p-1"), "web", "all of it", "pr-1", "pr-2", "n-1", "s-1", MigrationType.COLD,
            "default",
            false, true, List.of(new PlanVm("vm-1", "web 1", null, null), new PlanVm("vm-2", "web 2", "web-two", "/dev/sda2")));

    /// The same store for the whole test.
    protected abstract CatalogStore store();

    private void createAll() {
        store().createProvider(SOURCE);
        store().createProvider(DESTINATION);
        store().createNetworkMapping(NETWORKS);
        store().createStorageMapping(STORAGES);
        store().createPlan(PLAN);
    }

    @Test
    public void whatWasCreatedIsFoundByIdAndByName() {
        createAll();
        assertThat(store().findProvider("pr-1")).contains(SOURCE);
        assertThat(store().findProvider("here")).contains(DESTINATION);
        assertThat(store().findNetworkMapping("n-1")).contains(NETWORKS);
        assertThat(store().findNetworkMapping("nets")).contains(NETWORKS);
        assertThat(store().findStorageMapping("s-1")).contains(STORAGES);
        assertThat(store().findStorageMapping("stores")).contains(STORAGES);
        assertThat(store().findPlan("p-1")).contains(PLAN);
        assertThat(store().findPlan("web")).contains(PLAN);
        assertThat(store().findPlan("none")).isEmpty();
        assertThat(store().listProviders()).containsExactly(SOURCE, DESTINATION);
        assertThat(store().listNetworkMappings()).containsExactly(NETWORKS);
        assertThat(store().listStorageMappings()).containsExactly(STORAGES);
        assertThat(store().listPlans()).containsExactly(PLAN);
    }

    @Test
    public void keysOfAPlanAreItsVmsAndGoWithIt() {
        createAll();
        assertThat(store().deletePlan("p-1")).isTrue();
        var keys = Map.of("vm-2", Map.of("all", "ä secret", "/dev/sda2", "another"), "vm-1", Map.of("all", "third"));
        store().createPlan(PLAN, keys);
        assertThat(store().guestKeys(PLAN.id(), "vm-1")).isEqualTo(keys.get("vm-1"));
        assertThat(store().guestKeys(PLAN.id(), "vm-2")).isEqualTo(keys.get("vm-2"));
        assertThat(store().guestKeys(PLAN.id(), "vm-3")).isEmpty();
        assertThat(store().deletePlan("p-1")).isTrue();
        store().createPlan(PLAN);
        assertThat(store().guestKeys(PLAN.id(), "vm-1")).isEmpty();
    }

    @Test
    public void aNameIsGivenOnce() {
        createAll();
        assertFault(() -> store().createProvider(new ProviderRow("pr-3", "files", Role.SOURCE, "ova", "/", Map.of(), Map.of(), null)),
                EngineFault.NAME_TAKEN);
        assertFault(() -> store().createNetworkMapping(new NetworkMapping("n-2", "nets", "pr-1", "pr-2", List.of())),
                EngineFault.NAME_TAKEN);
        assertFault(() -> store().createStorageMapping(new StorageMapping("s-2", "stores", "pr-1", "pr-2", List.of())),
                EngineFault.NAME_TAKEN);
        assertFault(() -> store().createPlan(new Plan(PlanId.from("p-2"), "web", "", "pr-1", "pr-2", "n-1", "s-1", MigrationType.COLD,
                "default", false, true, List.of())), EngineFault.NAME_TAKEN);
        assertThat(store().listProviders()).hasSize(2);
    }

    @Test
    public void whatIsNamedMustBeThere() {
        store().createProvider(SOURCE);
        assertFault(() -> store().createNetworkMapping(NETWORKS), EngineFault.PROVIDER_NOT_FOUND);
        assertFault(() -> store().createStorageMapping(STORAGES), EngineFault.PROVIDER_NOT_FOUND);
        assertFault(() -> store().createPlan(PLAN), EngineFault.PROVIDER_NOT_FOUND);
        store().createProvider(DESTINATION);
        assertFault(() -> store().createPlan(PLAN), EngineFault.MAPPING_NOT_FOUND);
    }

    @Test
    public void whatIsNamedCannotGo() {
        createAll();
        assertFault(() -> store().deleteProvider("pr-1"), EngineFault.PROVIDER_IN_USE);
        assertFault(() -> store().deleteNetworkMapping("n-1"), EngineFault.MAPPING_IN_USE);
        assertFault(() -> store().deleteStorageMapping("s-1"), EngineFault.MAPPING_IN_USE);
        assertThat(store().deletePlan("p-1")).isTrue();
        assertThat(store().deletePlan("p-1")).isFalse();
        assertThat(store().deleteNetworkMapping("n-1")).isTrue();
        assertFault(() -> store().deleteProvider("pr-2"), EngineFault.PROVIDER_IN_USE);
        assertThat(store().deleteStorageMapping("s-1")).isTrue();
        assertThat(store().deleteProvider("pr-1")).isTrue();
        assertThat(store().deleteProvider("pr-2")).isTrue();
        assertThat(store().listProviders()).isEmpty();
    }

    @Test
    public void aLimitIsFoundAsItWasSetLast() {
        createAll();
        var night = new LimitWindow(List.of(DayOfWeek.MONDAY, DayOfWeek.FRIDAY), LocalTime.of(22, 0), LocalTime.of(6, 30),
                ZoneId.of("Europe/Berlin"), new Bounds(0, 0.25, 20));
        var limits = List.of(new CopyLimit("all", new LimitScope.Total(), new Bounds(Long.MAX_VALUE, 1e6, 0), List.of()),
                new CopyLimit("disk", new LimitScope.Disk("p-1", "vm-1", "disk-0"), new Bounds(7, 0, 0), List.of()),
                new CopyLimit("esx", new LimitScope.SourceHost("pr-1", "esx1"), Bounds.NONE, List.of(night)),
                new CopyLimit("source", new LimitScope.SourceHost("pr-1", null), new Bounds(7, 0, 0), List.of()),
                new CopyLimit("vm", new LimitScope.Vm("p-1", "vm-1"), new Bounds(7, 0, 0), List.of()),
                new CopyLimit("wan", new LimitScope.Link(List.of("pr-1", "pr-2")), new Bounds(7, 0, 0), List.of()));
        limits.forEach(store()::putLimit);
        assertThat(store().listLimits()).isEqualTo(limits);
        assertThat(store().findLimit("wan")).contains(limits.getLast());
        assertThat(store().findLimit("none")).isEmpty();
        var other = new CopyLimit("wan", new LimitScope.Link(List.of("pr-2")), new Bounds(9, 0, 0), List.of());
        store().putLimit(other);
        assertThat(store().findLimit("wan")).contains(other);
        assertThat(store().deleteLimit("wan")).isTrue();
        assertThat(store().deleteLimit("wan")).isFalse();
        assertThat(store().listLimits()).hasSize(5);
    }

    @Test
    public void aLimitKeepsItsProvidersAndGoesWithItsPlan() {
        createAll();
        store().putLimit(new CopyLimit("vm", new LimitScope.Vm("p-1", "vm-1"), new Bounds(7, 0, 0), List.of()));
        store().putLimit(new CopyLimit("wan", new LimitScope.Link(List.of("pr-2")), new Bounds(7, 0, 0), List.of()));
        assertThat(store().deletePlan("p-1")).isTrue();
        assertThat(store().listLimits()).extracting(CopyLimit::name).containsExactly("wan");
        assertThat(store().deleteNetworkMapping("n-1")).isTrue();
        assertThat(store().deleteStorageMapping("s-1")).isTrue();
        assertFault(() -> store().deleteProvider("pr-2"), EngineFault.PROVIDER_IN_USE);
        assertThat(store().deleteProvider("pr-1")).isTrue();
        assertThat(store().deleteLimit("wan")).isTrue();
        assertThat(store().deleteProvider("pr-2")).isTrue();
    }

    @Test
    public void aLimitNamesOnlyWhatIsThere() {
        createAll();
        assertFault(() -> store().putLimit(new CopyLimit("a", new LimitScope.SourceHost("gone", null), Bounds.NONE, List.of())),
                EngineFault.PROVIDER_NOT_FOUND);
        assertFault(() -> store().putLimit(new CopyLimit("a", new LimitScope.Vm("gone", "vm-1"), Bounds.NONE, List.of())),
                EngineFault.PLAN_NOT_FOUND);
        assertThat(store().listLimits()).isEmpty();
    }

    private static void assertFault(ThrowingCallable call, EngineFault code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class,
                exception -> assertThat(exception.fault().code()).isEqualTo(code.name()));
    }
}
