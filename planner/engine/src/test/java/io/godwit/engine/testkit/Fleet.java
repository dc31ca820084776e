package io.godwit.engine.testkit;

import io.godwit.engine.assess.PlanAssessor;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.migration.JournalledMigrations;
import io.godwit.engine.migration.LeasedRunner;
import io.godwit.engine.migration.MigrationReader;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.stage.EngineSettings;
import io.godwit.engine.stage.Providers;
import io.godwit.engine.stage.Stages;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.testkit.Calls;
import io.godwit.provider.testkit.FakeDestination;
import io.godwit.provider.testkit.FakeSource;
import io.godwit.provider.testkit.FakeWorkerPool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.stream.Stream;

/// A whole engine in memory under a virtual clock: one replica, a source with VM `vm-1` (disks of 10 and 20 MB), a destination.
public final class Fleet {
    public static final EngineSettings SETTINGS = EngineSettings.forCores(4);

    public final FakeSource source;
    public final FakeWorkerPool workers = new FakeWorkerPool(this::now);
    public final FakeDestination destination = new FakeDestination(workers);
    public final InMemoryMigrationStore store = new InMemoryMigrationStore(this::now);
    public final InMemoryCatalogStore catalog = new InMemoryCatalogStore(store::uses);
    public final LeasedRunner runner;
    public final JournalledMigrations migrations;
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");

    /// With all stages of the release.
    public Fleet(boolean powerControl) {
        this(powerControl, Stages.all());
    }

    /// With these stages.
    public Fleet(boolean powerControl, Stages stages) {
        source = new FakeSource(Calls.AT_ONCE, powerControl).add("vm-1", "Web 1", 10_000_000, 20_000_000);
        var providers = new Providers() {
            @Override
            public SourceProvider source(String id) {
                if (!id.equals("pr-source")) {
                    throw new FaultException(EngineFault.PROVIDER_NOT_FOUND, "provider " + id, "there is none of that id");
                }
                return source;
            }

            @Override
            public DestinationProvider destination(String id) {
                return destination;
            }

            @Override
            public Map<String, String> guestKeys(PlanId plan, String vm) {
                return catalog.guestKeys(plan, vm);
            }
        };
        FactTypes types = Stages.factTypes();
        runner = new LeasedRunner(store, types, providers, stages, SETTINGS, "a");
        migrations = new JournalledMigrations(store, catalog, types, new PlanAssessor(catalog, providers),
                new MigrationReader(store, providers, stages, SETTINGS));
        catalog.createProvider(new ProviderRow("pr-source", "source", Role.SOURCE, "fake", "/", Map.of(), Map.of(), null));
        catalog.createProvider(
                new ProviderRow("pr-destination", "destination", Role.DESTINATION, "fake", "/", Map.of(), Map.of(), null));
        catalog.createNetworkMapping(new NetworkMapping("n-1", "nets", "pr-source", "pr-destination",
                List.of(new NetworkMapping.Pair("VM Network", new NetworkTarget.Named("default")))));
        catalog.createStorageMapping(new StorageMapping("s-1", "stores", "pr-source", "pr-destination",
                List.of(new StorageMapping.Pair("datastore1", StorageTarget.DEFAULT))));
        workers.onChange(store::wake);
    }

    public Instant now() {
        return now;
    }

    public void pass(Duration time) {
        now = now.plus(time);
    }

    /// A plan of these VMs, stored.
    public Plan plan(boolean skipGuestConversion, boolean checkBoot, String... vms) {
        var id = PlanId.random();
        var plan = new Plan(id, "plan " + id, "", "pr-source", "pr-destination", "n-1", "s-1", MigrationType.COLD, "default",
                skipGuestConversion,
                checkBoot, Stream.of(vms).map(vm -> new PlanVm(vm, vm, null, null)).toList());
        catalog.createPlan(plan);
        return plan;
    }

    /// A plan of `vm-1` with these keys, by device.
    public Plan planWithKeys(SortedMap<String, String> keys) {
        var id = PlanId.random();
        var plan = new Plan(id, "plan " + id, "", "pr-source", "pr-destination", "n-1", "s-1", MigrationType.COLD, "default", false, true,
                List.of(new PlanVm("vm-1", "vm-1", null, "first", List.copyOf(keys.keySet()))));
        catalog.createPlan(plan, Map.of("vm-1", keys));
        return plan;
    }

    /// Starts such a plan of `vm-1`.
    public MigrationView start() {
        return migrations.start(plan(false, true, "vm-1").id());
    }

    /// Pushes what is due until nothing is for that long.
    public void run(Duration quiet) {
        for (var end = now.plus(quiet); now.isBefore(end); pass(Duration.ofSeconds(1))) {
            while (pushAll()) {
                end = now.plus(quiet);
            }
        }
    }

    /// Pushes what is due now once; whether anything was.
    public boolean pushAll() {
        var due = runner.claimDue();
        due.forEach(each -> runner.execute(each.id()));
        return !due.isEmpty();
    }

    /// Pushes until the VM migration is at that stage with a push behind it.
    public void runUntil(VmMigrationId id, String stage) {
        for (int i = 0; i < 10_000; i++) {
            if (journal(id).open().filter(step -> step.stage().equals(stage)).isPresent()) {
                return;
            }
            if (!pushAll()) {
                pass(Duration.ofSeconds(1));
            }
        }
        throw new AssertionError(id + " never came to " + stage + ": " + journal(id).entries());
    }

    public Journal journal(VmMigrationId id) {
        return new Journal(store.journal(id));
    }

    public Phase phase(VmMigrationId id) {
        return store.findVm(id).orElseThrow().status().phase();
    }
}
