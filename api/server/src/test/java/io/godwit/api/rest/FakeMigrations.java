package io.godwit.api.rest;

import io.godwit.engine.assess.Assessment;
import io.godwit.engine.assess.Assessment.Condition;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.migration.MigrationEvent;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.migration.Migrations;
import io.godwit.engine.migration.Recheck;
import io.godwit.engine.migration.RunningJob;
import io.godwit.engine.migration.VmMigrationView;
import io.godwit.engine.migration.VmMigrationView.PipelineView;
import io.godwit.engine.migration.VmMigrationView.StageView;
import io.godwit.engine.migration.VmMigrationView.StepPhase;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.ReadBack;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider.TargetVm;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/// Keeps the rules of the port: one active migration per plan, cancel what has not ended, retry what has failed.
public final class FakeMigrations implements Migrations {
    public record Remembered(VmMigrationId vm, List<String> disks) {}

    private final CatalogStore catalog;
    private final List<MigrationView> all = new ArrayList<>();
    private final List<MigrationEvent> happened = new CopyOnWriteArrayList<>();
    final List<Set<VmMigrationId>> ordered = new ArrayList<>();
    boolean ready = true;

    FakeMigrations(CatalogStore catalog) {
        this.catalog = catalog;
    }

    void clear() {
        all.clear();
        ordered.clear();
        happened.clear();
        ready = true;
    }

    @Override
    public Assessment assess(Plan plan) {
        var blocked = new Condition("NetworkNotMapped", Condition.Category.CRITICAL, "network net-0 of web is not mapped", "Map net-0.");
        var hint = new Condition("SlowConversion", Condition.Category.ADVISORY, "this machine has no KVM", "Expect minutes.");
        return new Assessment(ready ? List.of(hint) : List.of(blocked, hint), List.of());
    }

    @Override
    public MigrationView start(PlanId id, MigrationId as) {
        if (find(as).isPresent()) {
            return find(as).get();
        }
        var plan = catalog.findPlan(id.value()).orElseThrow();
        if (all.stream().anyMatch(one -> one.plan().equals(id) && one.phase() == MigrationView.Phase.RUNNING)) {
            throw new FaultException(EngineFault.PLAN_ALREADY_RUNNING, "plan " + plan.name() + " cannot start", "a migration of it runs");
        }
        if (!ready) {
            throw new FaultException(EngineFault.PLAN_NOT_READY, "plan " + plan.name() + " cannot start",
                    "network net-0 of web is not mapped");
        }
        return put(as, plan, VmMigrationId.random(), Phase.RUNNING, null);
    }

    MigrationView failed(Plan plan, Fault fault) {
        return put(MigrationId.random(), plan, VmMigrationId.random(), Phase.FAILED, fault);
    }

    private MigrationView put(MigrationId id, Plan plan, VmMigrationId vmId, Phase phase, @Nullable Fault fault) {
        var stages = List.of(new StageView("CopyDisks", StepPhase.RUNNING, RestSlice.NOW, null, 1));
        var progress = new JobProgress(List.of(new JobProgress.Phase("copying", RestSlice.NOW)),
                List.of(new JobProgress.DiskProgress("disk-0", 30, 100, 20, 10, 7)));
        var vm = new VmMigrationView(vmId, id, "vm-1", "web", "web", phase, "CopyDisks", "disks are being copied", RestSlice.NOW, null,
                fault,
                List.of(new PipelineView(PipelineStep.COPY_DISKS, StepPhase.RUNNING, RestSlice.NOW, null, stages, progress)),
                List.of(new DiskReport("disk-0", 100, 60, 40, 0L, 0, 10L, 10, "SHA-256", "aa", "aa", ReadBack.DEVICE, 100L, Verify.FULL,
                        10L, null)),
                null, null,
                new BootReport(BootReport.Verdict.BOOTED, "login:", 12, "/pool/console.txt", null, BootReport.Proof.CONSOLE),
                new TargetVm("web", "/pool/web.yaml"), "/pool/work", plan.destinationProvider(), List.of(), List.of());
        var migration = new MigrationView(id, plan.id(), plan.name(), RestSlice.NOW, null,
                phase == Phase.FAILED ? MigrationView.Phase.FAILED : MigrationView.Phase.RUNNING, List.of(vm));
        all.removeIf(one -> one.id().equals(id));
        all.addFirst(migration);
        return migration;
    }

    @Override
    public Optional<MigrationView> find(MigrationId id) {
        return all.stream().filter(one -> one.id().equals(id)).findFirst();
    }

    @Override
    public List<MigrationView> list(@Nullable MigrationId before, int limit) {
        return all.stream().skip(before == null ? 0 : 1 + all.indexOf(find(before).orElseThrow())).limit(limit).toList();
    }

    @Override
    public Optional<VmMigrationView> findVm(VmMigrationId id) {
        return all.stream().flatMap(one -> one.vms().stream()).filter(one -> one.id().equals(id)).findFirst();
    }

    @Override
    public List<JournalEntry> journal(VmMigrationId id) {
        return List.of(new JournalEntry(1, 4, new StepPath("1:AllocateVolumes"), 1, EntryKind.FACT, "op-1", "Remembered", 1,
                new Remembered(id, List.of("disk-0")), RestSlice.NOW));
    }

    @Override
    public Recheck recheck(VmMigrationId id) {
        return new Recheck(true, null, List.of("volume of " + id + " is gone"));
    }

    @Override
    public List<MigrationEvent> events(long after, @Nullable MigrationId migration, int limit) {
        return happened.stream().filter(event -> event.number() > after && (migration == null || event.migration().equals(migration)))
                .limit(limit).toList();
    }

    @Override
    public long lastEvent() {
        return happened.size();
    }

    @Override
    public List<RunningJob> running() {
        return List.of();
    }

    /// Lets that happen to the only VM of a migration.
    void happens(MigrationView migration, Phase phase, EntryKind kind, Record payload) {
        var vm = migration.vms().getFirst();
        long number = happened.size() + 1L;
        happened.add(new MigrationEvent(number, migration.id(), vm.id(), vm.vmName(), phase, "CopyDisks", new JournalEntry(number, 1,
                new StepPath("5:CopyDisks"), 1, kind, null, payload.getClass().getSimpleName(), 1, payload, RestSlice.NOW)));
    }

    /// The migration has come to its end.
    void ends(MigrationView migration) {
        put(migration.id(), catalog.findPlan(migration.plan().value()).orElseThrow(), migration.vms().getFirst().id(), Phase.FAILED, null);
    }

    @Override
    public MigrationView cancel(MigrationId id, Set<VmMigrationId> vms) {
        return order(id, vms);
    }

    @Override
    public MigrationView retry(MigrationId id, Set<VmMigrationId> vms) {
        var migration = order(id, vms);
        if (migration.phase() != MigrationView.Phase.FAILED) {
            throw new FaultException(EngineFault.NOTHING_TO_RETRY, "migration " + id + " cannot be retried", "none of its VMs has failed");
        }
        return migration;
    }

    private MigrationView order(MigrationId id, Set<VmMigrationId> vms) {
        ordered.add(vms);
        return find(id).orElseThrow(
                () -> new FaultException(EngineFault.MIGRATION_NOT_FOUND, "cannot find migration " + id, "there is none of that id"));
    }
}
