package io.godwit.engine.migration;

import io.godwit.engine.assess.Assessment;
import io.godwit.engine.assess.PlanAssessor;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.itinerary.Itineraries;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.MigrationStore.NewVmMigration;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Concern;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Starts migrations and puts commands into inboxes; what it shows it reads from journals.
public final class JournalledMigrations implements Migrations {
    private final MigrationStore store;
    private final CatalogStore catalog;
    private final FactTypes types;
    private final PlanAssessor assessor;
    private final MigrationReader reader;

    public JournalledMigrations(MigrationStore store, CatalogStore catalog, FactTypes types, PlanAssessor assessor,
            MigrationReader reader) {
        this.store = store;
        this.catalog = catalog;
        this.types = types;
        this.assessor = assessor;
        this.reader = reader;
    }

    @Override
    public Assessment assess(Plan plan) {
        return assessor.assess(plan).assessment();
    }

    @Override
    public MigrationView start(PlanId id, MigrationId as) {
        var there = find(as);
        if (there.isPresent()) {
            return there.get();
        }
        var plan = catalog.findPlan(id.value())
                .orElseThrow(() -> new FaultException(EngineFault.PLAN_NOT_FOUND, "plan " + id, "there is none of that id"));
        requireEnded(plan); // before its own VMs are found in the way; the store decides in the end
        var finding = assessor.assess(plan);
        var networks = finding.networks();
        var storages = finding.storages();
        if (networks == null || storages == null || !finding.assessment().ready()) {
            throw new FaultException(EngineFault.PLAN_NOT_READY, "plan " + plan.name(), critical(finding.assessment()));
        }
        var migration = new MigrationRow(as, plan.id(), plan.name(), store.now());
        store.create(migration, plan.vms().stream().map(vm -> create(migration, plan, vm, networks, storages, finding.canStop())).toList());
        return require(migration.id());
    }

    private void requireEnded(Plan plan) {
        for (var vm : store.listUnended()) {
            if (vm.plan().equals(plan.id())) {
                throw new FaultException(
                        vm.status().phase().active() ? EngineFault.PLAN_ALREADY_RUNNING : EngineFault.PLAN_HAS_FAILED_MIGRATION,
                        "plan " + plan.name(), "VM " + vm.vmName() + " of migration " + vm.migration() + " is " + vm.status().phase());
            }
        }
    }

    private static String critical(Assessment assessment) {
        return Stream.concat(
                assessment.conditions().stream().filter(each -> each.category() == Assessment.Condition.Category.CRITICAL)
                        .map(Assessment.Condition::message),
                assessment.vms().stream().flatMap(vm -> vm.concerns().stream().filter(each -> each.severity() == Concern.Severity.CRITICAL)
                        .map(concern -> "VM " + vm.name() + ": " + concern.label() + ": " + concern.assessment())))
                .collect(Collectors.joining(" "));
    }

    private NewVmMigration create(MigrationRow migration, Plan plan, Plan.PlanVm vm, NetworkMapping networks, StorageMapping storages,
            boolean canStop) {
        var payload = new Created(migration.id(), plan, vm, networks, storages, Itineraries.cold(plan, canStop));
        var type = types.typeOf(payload);
        var entry = new JournalEntry(1, 0, StepPath.NONE, 0, EntryKind.CREATED, null, type.type(), type.version(), payload, store.now());
        return new NewVmMigration(new VmMigrationRow(VmMigrationId.random(), migration.id(), plan.id(), vm.id(), vm.name(), node(plan),
                new Journal(List.of(entry)).status(null), store.now()), entry);
    }

    private @Nullable String node(Plan plan) {
        return Stream.of(plan.destinationProvider(), plan.sourceProvider()).map(catalog::findProvider).flatMap(Optional::stream)
                .map(ProviderRow::node).filter(Objects::nonNull).findFirst().orElse(null);
    }

    private MigrationView require(MigrationId id) {
        return find(id)
                .orElseThrow(() -> new FaultException(EngineFault.MIGRATION_NOT_FOUND, "migration " + id, "there is none of that id"));
    }

    @Override
    public Optional<MigrationView> find(MigrationId id) {
        return store.find(id).map(row -> view(row, true));
    }

    @Override
    public List<MigrationView> list(@Nullable MigrationId before, int limit) {
        return store.list(before, limit).stream().map(row -> view(row, false)).toList();
    }

    private MigrationView view(MigrationRow row, boolean progress) {
        var vms = store.listVms(row.id()).stream().map(vm -> reader.view(vm, progress)).toList();
        boolean active = vms.stream().anyMatch(vm -> vm.phase().active());
        Instant completed = active
                ? null
                : vms.stream().map(VmMigrationView::completed).filter(Objects::nonNull).max(Instant::compareTo).orElse(null);
        return new MigrationView(row.id(), row.plan(), row.planName(), row.startedAt(), completed, phase(vms), vms);
    }

    private static MigrationView.Phase phase(List<VmMigrationView> vms) {
        if (vms.stream().anyMatch(vm -> vm.phase().active())) {
            return vms.stream().allMatch(vm -> vm.phase() == Phase.QUEUED) ? MigrationView.Phase.PENDING : MigrationView.Phase.RUNNING;
        }
        if (vms.stream().anyMatch(vm -> vm.phase() == Phase.FAILED)) {
            return MigrationView.Phase.FAILED;
        }
        return vms.stream().anyMatch(vm -> vm.phase() == Phase.CANCELED) ? MigrationView.Phase.CANCELED : MigrationView.Phase.SUCCEEDED;
    }

    @Override
    public Optional<VmMigrationView> findVm(VmMigrationId id) {
        return store.findVm(id).map(row -> reader.view(row, true));
    }

    @Override
    public List<JournalEntry> journal(VmMigrationId id) {
        return store.journal(id);
    }

    @Override
    public Recheck recheck(VmMigrationId id) {
        return reader.recheck(store.findVm(id).orElseThrow(() -> new FaultException(EngineFault.VM_MIGRATION_NOT_FOUND,
                "VM migration " + id, "there is none of that id")));
    }

    @Override
    public List<MigrationEvent> events(long after, @Nullable MigrationId migration, int limit) {
        var journals = new HashMap<VmMigrationId, List<JournalEntry>>();
        var states = new HashMap<VmMigrationId, Journal>();
        var events = new ArrayList<MigrationEvent>();
        for (var event : store.events(after, migration, limit)) {
            var entries = journals.computeIfAbsent(event.vm(), store::journal);
            int seq = (int) event.seq();
            var before = states.get(event.vm());
            var state = before == null
                    ? new Journal(entries.subList(0, seq))
                    : before.plus(entries.subList(before.entries().size(), seq));
            states.put(event.vm(), state);
            events.add(new MigrationEvent(event.number(), event.migration(), event.vm(), event.vmName(), state.state().phase(),
                    state.status(null).stage(), entries.get(seq - 1)));
        }
        return List.copyOf(events);
    }

    @Override
    public long lastEvent() {
        return store.lastEvent();
    }

    @Override
    public List<RunningJob> running() {
        return store.listUnended().stream().filter(row -> row.status().phase() == Phase.RUNNING).map(reader::heard)
                .flatMap(Optional::stream).toList();
    }

    @Override
    public MigrationView cancel(MigrationId id, Set<VmMigrationId> vms) {
        command(id, vms, Command.CANCEL, phase -> !phase.ended(), EngineFault.NOTHING_TO_CANCEL);
        return require(id);
    }

    @Override
    public MigrationView retry(MigrationId id, Set<VmMigrationId> vms) {
        command(id, vms, Command.RETRY, phase -> phase == Phase.FAILED || phase == Phase.WAITING, EngineFault.NOTHING_TO_RETRY);
        return require(id);
    }

    private void command(MigrationId id, Set<VmMigrationId> named, Command command, Predicate<Phase> possible, EngineFault otherwise) {
        if (store.find(id).isEmpty()) {
            throw new FaultException(EngineFault.MIGRATION_NOT_FOUND, "migration " + id, "there is none of that id");
        }
        var all = store.listVms(id);
        for (var each : named) {
            if (all.stream().noneMatch(vm -> vm.id().equals(each))) {
                throw new FaultException(EngineFault.VM_MIGRATION_NOT_FOUND, "VM migration " + each,
                        "migration " + id + " has none of that id");
            }
        }
        var chosen = all.stream().filter(vm -> named.isEmpty() || named.contains(vm.id())).toList();
        var able = chosen.stream().filter(vm -> possible.test(vm.status().phase())).toList();
        if (able.isEmpty()) {
            throw new FaultException(otherwise, command + " of migration " + id, chosen.stream()
                    .map(vm -> "VM " + vm.vmName() + " is " + vm.status().phase()).collect(Collectors.joining(", ")));
        }
        able.forEach(vm -> store.command(vm.id(), command));
    }
}
