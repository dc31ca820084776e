package io.godwit.engine.migration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.migration.VmMigrationView.PipelineView;
import io.godwit.engine.migration.VmMigrationView.StepPhase;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.engine.testkit.Fleet;
import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.VmRequest;
import io.godwit.provider.testkit.FakeWorkerPool;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ColdMigrationTest {
    private static final Duration QUIET = Duration.ofMinutes(10);

    private final Fleet fleet = new Fleet(true);

    @Test
    void passesAllStagesAndShowsThem() {
        var migration = fleet.start();
        assertThat(migration.phase()).isEqualTo(MigrationView.Phase.PENDING);
        fleet.run(QUIET);
        var vm = only(migration);
        assertThat(vm.phase()).isEqualTo(Phase.SUCCEEDED);
        assertThat(vm.fault()).isNull();
        assertThat(vm.targetName()).isEqualTo("web-1");
        assertThat(vm.pipeline()).extracting(PipelineView::step).containsExactly(PipelineStep.values());
        assertThat(vm.pipeline()).allMatch(step -> step.phase() == StepPhase.COMPLETED && step.completed() != null);
        assertThat(vm.pipeline().stream().flatMap(step -> step.stages().stream()).map(VmMigrationView.StageView::name))
                .containsExactlyInAnyOrder(
                        "Initialize", "AllocateVolumes", "StopSource", "InspectGuest", "ConvertGuest", "CopyDisks", "VerifyDisks",
                        "CreateVm", "CheckBoot",
                        "Finish");
        assertThat(vm.disks()).extracting(DiskReport::key).containsExactly("disk-0", "disk-1");
        assertThat(vm.boot()).isNotNull();
        assertThat(vm.leftovers()).as("the VM and its volumes").hasSize(3);
        assertThat(fleet.source.powerLog()).containsExactly("off vm-1");
        assertThat(fleet.store.slots()).isEmpty();
        assertThat(fleet.migrations.find(migration.id()).orElseThrow().phase()).isEqualTo(MigrationView.Phase.SUCCEEDED);
        var request = fleet.destination.request(vm.id()).orElseThrow();
        assertThat(request.diskBus()).isEqualTo("virtio");
        assertThat(request.nics()).singleElement().satisfies(nic -> assertThat(nic.mac()).startsWith("52:54:00:"));
    }

    @Test
    void tellsWhatHasBecomeOfAMigratedVm() {
        var migration = fleet.start();
        var id = only(migration).id();
        assertThat(fleet.migrations.recheck(id).target()).containsExactly("VM vm-1 was not made yet");
        fleet.run(QUIET);
        assertThat(fleet.migrations.recheck(id)).isEqualTo(new Recheck(true, null, List.of()));
        fleet.source.changeBytes("vm-1");
        assertThat(fleet.migrations.recheck(id).source()).contains("was changed since it was read");
        fleet.destination.deleteVolume(id, "disk-1");
        fleet.destination.deleteVm(id);
        assertThat(fleet.migrations.recheck(id).target()).hasSize(2).anyMatch(each -> each.startsWith("the definition "))
                .anyMatch(each -> each.startsWith("volume ") && each.contains("disk-1"));
    }

    @Test
    void copiesTheConvertedOverlaysInOneJob() {
        var migration = fleet.start();
        fleet.run(QUIET);
        var copy = fleet.workers.last(only(migration).id(), WorkerJob.Copy.class).orElseThrow();
        assertThat(copy.disks()).hasSize(2).allMatch(disk -> disk.source() instanceof ExportSpec.Overlay(var base, var file)
                && base instanceof ExportSpec.Format && file.equals("overlays/1/" + disk.key() + ".qcow2"));
        assertThat(copy.sideTasks()).as("they rode on the first job").isEmpty();
        assertThat(fleet.workers.last(only(migration).id(), WorkerJob.Inspect.class).orElseThrow().sideTasks()).hasSize(1);
    }

    @Test
    void leavesOutConversionAndBootWhereThePlanSaysSo() {
        var migration = fleet.migrations.start(fleet.plan(true, false, "vm-1").id());
        fleet.run(QUIET);
        var vm = only(migration);
        assertThat(vm.phase()).isEqualTo(Phase.SUCCEEDED);
        assertThat(vm.conversion()).isNull();
        assertThat(vm.boot()).isNull();
        var copy = fleet.workers.last(vm.id(), WorkerJob.Copy.class).orElseThrow();
        assertThat(copy.disks()).allMatch(disk -> disk.source() instanceof ExportSpec.Format);
        assertThat(copy.sideTasks()).hasSize(1);
    }

    /// A guest that ran on virtio is known to have its drivers; of another one nothing is known but that most have those of SATA.
    @Test
    void keepsOnVirtioWhatIsNotConvertedAndRanOnIt() {
        assertThat(unconverted("vm-1")).returns("sata", VmRequest::diskBus).returns("e1000e", VmRequest::nicModel);
        var vm = fleet.source.requireVm("vm-1");
        fleet.source.put(new SourceVm("vm-2", "Web 2", "", vm.power(), vm.cpu(), vm.memoryBytes(), vm.firmware(), vm.guestOs(),
                vm.guestOsName(), vm.disks().stream().map(disk -> new SourceVm.SourceDisk(disk.key(), disk.name(), disk.capacityBytes(),
                        disk.storageId(), "virtio")).toList(),
                vm.nics().stream().map(nic -> new SourceVm.SourceNic(nic.key(), nic.networkId(), nic.mac(), "virtio")).toList(),
                List.of()));
        assertThat(unconverted("vm-2")).returns("virtio", VmRequest::diskBus).returns("virtio", VmRequest::nicModel);
    }

    private VmRequest unconverted(String vm) {
        var migration = fleet.migrations.start(fleet.plan(true, false, vm).id());
        fleet.run(QUIET);
        return fleet.destination.request(fleet.migrations.find(migration.id()).orElseThrow().vms().getFirst().id()).orElseThrow();
    }

    @Test
    void aFileSourceIsNeverStopped() {
        var files = new Fleet(false);
        var migration = files.start();
        files.run(QUIET);
        var vm = files.migrations.find(migration.id()).orElseThrow().vms().getFirst();
        assertThat(vm.phase()).isEqualTo(Phase.SUCCEEDED);
        assertThat(files.source.powerLog()).isEmpty();
    }

    @Test
    void aFaultParksWithEverythingKeptAndRetryGoesOnAtThatStep() {
        fleet.workers.fates((_, job, attempt) -> new Fate(Duration.ofSeconds(10),
                job instanceof WorkerJob.Convert && attempt == 1
                        ? Optional.of(Fault.of(EngineFault.SOURCE_RUNNING, "guest", "no root"))
                        : Optional.empty()));
        var migration = fleet.start();
        fleet.run(QUIET);
        var parked = only(migration);
        assertThat(parked.phase()).isEqualTo(Phase.FAILED);
        assertThat(parked.stage()).isEqualTo("ConvertGuest");
        assertThat(parked.fault()).isNotNull();
        assertThat(parked.pipeline().get(2).phase()).isEqualTo(StepPhase.FAILED);
        assertThat(fleet.destination.leftovers(parked.id())).hasSize(3);
        assertThat(fleet.store.slots()).isEmpty();
        fleet.migrations.retry(migration.id(), Set.of());
        fleet.run(QUIET);
        assertThat(only(migration).phase()).isEqualTo(Phase.SUCCEEDED);
        assertThat(starts(parked.id())).as("no finished step twice").allMatch(entry -> entry.step().stage().equals("ConvertGuest")
                || entry.attempt() == 1);
    }

    @Test
    void aRetryableFaultIsTriedFiveTimesWithGrowingPauses() {
        fleet.workers.fates((_, job, _) -> new Fate(Duration.ofSeconds(1),
                job instanceof WorkerJob.Copy ? Optional.of(Fault.of(SpiFault.WORKER_LOST, "job", "it was killed")) : Optional.empty()));
        var migration = fleet.start();
        fleet.run(QUIET);
        var id = only(migration).id();
        assertThat(fleet.phase(id)).isEqualTo(Phase.FAILED);
        assertThat(starts(id).stream().filter(entry -> entry.step().stage().equals("CopyDisks"))).hasSize(5);
        var job = fleet.workers.last(id, WorkerJob.Copy.class).orElseThrow();
        assertThat(fleet.workers.starts(id, job.name())).as("the same job, from its checkpoint").isEqualTo(5);
        fleet.workers.fates((_, _, _) -> Fate.endsWell(Duration.ofSeconds(1)));
        fleet.migrations.retry(migration.id(), Set.of(id));
        fleet.run(QUIET);
        assertThat(fleet.phase(id)).isEqualTo(Phase.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Initialize", "AllocateVolumes", "StopSource", "InspectGuest", "ConvertGuest", "CopyDisks", "CheckBoot"})
    void aCancelInAnyStageLeavesNothing(String stage) {
        var migration = fleet.start();
        var id = only(migration).id();
        if (!stage.equals("Initialize") && !stage.equals("AllocateVolumes") && !stage.equals("StopSource")) {
            fleet.runUntil(id, stage);
        } else {
            while (!fleet.journal(id).next().orElseThrow().stage().equals(stage)) {
                fleet.pushAll();
            }
        }
        fleet.migrations.cancel(migration.id(), Set.of());
        fleet.run(QUIET);
        assertThat(fleet.phase(id)).isEqualTo(Phase.CANCELED);
        assertThat(fleet.destination.leftovers(id)).isEmpty();
        assertThat(fleet.workers.running(id)).isEmpty();
        assertThat(fleet.store.slots()).isEmpty();
        assertThat(fleet.source.requireVm("vm-1").power()).as("running again").isEqualTo(PowerState.ON);
    }

    @Test
    void whatEndedCannotBeCancelledOrRetried() {
        var migration = fleet.start();
        fleet.run(QUIET);
        assertFault(() -> fleet.migrations.cancel(migration.id(), Set.of()), EngineFault.NOTHING_TO_CANCEL);
        assertFault(() -> fleet.migrations.retry(migration.id(), Set.of()), EngineFault.NOTHING_TO_RETRY);
        var id = only(migration).id();
        fleet.store.command(id, Command.CANCEL);
        fleet.run(QUIET);
        assertThat(fleet.phase(id)).as("a cancel that came too late").isEqualTo(Phase.SUCCEEDED);
        assertThat(fleet.store.inbox(id)).isEmpty();
    }

    @Test
    void aRunningPlanIsNotStartedAgain() {
        var plan = fleet.plan(false, true, "vm-1");
        fleet.migrations.start(plan.id());
        assertFault(() -> fleet.migrations.start(plan.id()), EngineFault.PLAN_ALREADY_RUNNING);
    }

    @Test
    void aPlanThatIsNotReadySaysWhy() {
        fleet.source.add("vm-2", "web 1", 1000);
        var plan = fleet.plan(false, true, "vm-1", "vm-2", "vm-3");
        assertThatThrownBy(() -> fleet.migrations.start(plan.id())).isInstanceOfSatisfying(FaultException.class, exception -> {
            assertThat(exception.fault().code()).isEqualTo("PLAN_NOT_READY");
            assertThat(exception.fault().why()).contains("vm-3").contains("both be called web-1");
        });
        assertThat(fleet.migrations.list()).isEmpty();
    }

    @Test
    void aConvertedVmWithoutBytesIsAFault() {
        fleet.workers.results(job -> job instanceof WorkerJob.Copy copy
                ? new JobResult.Copied(copy.disks().stream()
                        .map(disk -> new DiskReport(disk.key(), disk.sizeBytes(), 0, disk.sizeBytes(), 0L, 0, 1L, 1 << 20, "SHA-256", "aa",
                                "aa",
                                null, null, null, null, null))
                        .toList())
                : FakeWorkerPool.success(job));
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("NOTHING_COPIED");
    }

    @Test
    void aDigestThatDiffersIsAFault() {
        fleet.workers.results(job -> job instanceof WorkerJob.Copy copy
                ? new JobResult.Copied(copy.disks().stream()
                        .map(disk -> new DiskReport(disk.key(), disk.sizeBytes(), disk.sizeBytes(), 0, 0L, 0, 1L, 1 << 20, "SHA-256", "aa",
                                "ab",
                                null, null, null, null, null))
                        .toList())
                : FakeWorkerPool.success(job));
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("DISK_NOT_VERIFIED");
        assertThat(fleet.destination.findVm(only(migration).id())).isEmpty();
    }

    @Test
    void aDiskThatNobodyCopiedIsAFault() {
        fleet.workers.results(job -> job instanceof WorkerJob.Copy copy
                ? new JobResult.Copied(((JobResult.Copied) FakeWorkerPool.success(copy)).disks().subList(0, 1))
                : FakeWorkerPool.success(job));
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("DISK_NOT_VERIFIED");
    }

    @Test
    void aGuestThatDoesNotBootIsAFaultAndItsVolumesAreKept() {
        boots(BootReport.Verdict.FAILED);
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("GUEST_DID_NOT_BOOT");
        var vm = only(migration);
        assertThat(vm.boot()).isNotNull();
        assertThat(fleet.destination.findVolume(vm.id(), "disk-0")).isPresent();
        boots(BootReport.Verdict.BOOTED);
        fleet.migrations.retry(migration.id(), Set.of());
        fleet.run(QUIET);
        assertThat(only(migration).phase()).as("retry boots it anew").isEqualTo(Phase.SUCCEEDED);
    }

    @Test
    void theKeysOfAGuestReachTheWorkersThatOpenItAndNothingElse() {
        var keys = new TreeMap<>(Map.of("/dev/vg/root", "hunter2", "all", "correct horse"));
        var migration = fleet.migrations.start(fleet.planWithKeys(keys).id());
        fleet.run(QUIET);
        var vm = only(migration);
        assertThat(vm.phase()).isEqualTo(Phase.SUCCEEDED);
        var own = new WorkerJob.GuestKey("/dev/vg/root", "guest-key-0");
        var inspect = fleet.workers.last(vm.id(), WorkerJob.Inspect.class).orElseThrow();
        assertThat(inspect.keys()).containsExactly(own, new WorkerJob.GuestKey("all", "guest-key-1"));
        assertThat(inspect.rootDevice()).isEqualTo("first");
        var convert = fleet.workers.last(vm.id(), WorkerJob.Convert.class).orElseThrow();
        assertThat(convert.keys()).as("virt-v2v-in-place knows no key for all devices").containsExactly(own,
                new WorkerJob.GuestKey("/dev/sda2", "guest-key-1"), new WorkerJob.GuestKey("/dev/vg/root", "guest-key-1"));
        var secrets = Map.of("guest-key-0", "hunter2", "guest-key-1", "correct horse");
        assertThat(fleet.workers.secretsOf(vm.id(), inspect.name())).isEqualTo(secrets);
        assertThat(fleet.workers.secretsOf(vm.id(), convert.name())).isEqualTo(secrets);
        assertThat(fleet.workers.secretsOf(vm.id(), fleet.workers.last(vm.id(), WorkerJob.Copy.class).orElseThrow().name())).isEmpty();
        assertThat(fleet.store.journal(vm.id()))
                .noneMatch(entry -> keys.values().stream().anyMatch(entry.payload().toString()::contains));
    }

    @Test
    void aBootThatIsUnprovenIsAWarning() {
        boots(BootReport.Verdict.UNPROVEN);
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(only(migration).phase()).isEqualTo(Phase.SUCCEEDED);
        assertThat(only(migration).warnings()).singleElement().asString().contains("unproven");
    }

    private void boots(BootReport.Verdict verdict) {
        fleet.workers.results(job -> job instanceof WorkerJob.CheckBoot
                ? new JobResult.BootChecked(new BootReport(verdict, "what was seen", 60, "/fake/console.txt", null,
                        verdict == BootReport.Verdict.BOOTED ? BootReport.Proof.JOURNAL : null))
                : FakeWorkerPool.success(job));
    }

    @Test
    void aSourceThatChangedOnTheWayIsAFault() {
        var migration = fleet.start();
        fleet.runUntil(only(migration).id(), "ConvertGuest");
        fleet.source.changeBytes("vm-1");
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("SOURCE_CHANGED");
    }

    @Test
    void aVolumeThatIsAnotherByNowIsNeverWritten() {
        var migration = fleet.start();
        var id = only(migration).id();
        fleet.runUntil(id, "ConvertGuest");
        fleet.destination.loseVolume(id, "disk-1");
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("VOLUME_MISMATCH");
        assertThat(fleet.workers.last(id, WorkerJob.Copy.class)).isEmpty();
    }

    @Test
    void aFullDestinationIsFoundBeforeAnythingIsStopped() {
        fleet.destination.capacity(1000);
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("CAPACITY_EXCEEDED");
        assertThat(fleet.source.powerLog()).isEmpty();
        assertThat(fleet.destination.leftovers(only(migration).id())).isEmpty();
    }

    @Test
    void aStageWithoutARouteParksWithTheFaultThatSaysSo() {
        var migration = fleet.start();
        var due = fleet.runner.claimDue().getFirst();
        fleet.runner.park(due.id(), Fault.of(EngineFault.STAGE_ROUTE_MISSING, "stage " + due.stage(), "no route has its name"));
        assertThat(faultOf(migration)).isEqualTo("STAGE_ROUTE_MISSING");
        fleet.run(QUIET);
        assertThat(only(migration).phase()).isEqualTo(Phase.FAILED);
        fleet.migrations.retry(migration.id(), Set.of());
        fleet.run(QUIET);
        assertThat(only(migration).phase()).isEqualTo(Phase.SUCCEEDED);
    }

    @Test
    void aPushWithoutALeaseDoesNothing() {
        var migration = fleet.start();
        var id = only(migration).id();
        assertThat(fleet.runner.execute(id).did()).isEqualTo(Pushed.Did.NOTHING);
        assertThat(fleet.journal(id).entries()).hasSize(1);
    }

    @Test
    void theNextStageRunsInThePushOfItsOwnRouteOnly() {
        var migration = fleet.start();
        var id = only(migration).id();
        var due = fleet.runner.claimDue().getFirst();
        assertThat(due.stage()).isEqualTo("Initialize");
        fleet.migrations.cancel(migration.id(), Set.of()); // after the claim: this push is Initialize's and may not undo
        fleet.runner.execute(id);
        assertThat(fleet.runner.claimDue()).containsExactly(new VmMigrationRunner.Due(id, VmMigrationRunner.COMMANDS));
        fleet.runner.execute(id);
        assertThat(fleet.phase(id)).isEqualTo(Phase.CANCELED);
    }

    @Test
    void projectionsAreTheSameAfterTheyWereDropped() {
        var migration = fleet.start();
        var id = only(migration).id();
        fleet.runUntil(id, "CopyDisks");
        var row = fleet.store.findVm(id).orElseThrow().status();
        var slots = fleet.store.slots();
        fleet.store.rebuildProjections();
        var rebuilt = fleet.store.findVm(id).orElseThrow().status();
        assertThat(rebuilt.phase()).isEqualTo(row.phase());
        assertThat(rebuilt.stage()).isEqualTo(row.stage());
        assertThat(fleet.store.slots()).isEqualTo(slots).isNotEmpty();
        fleet.run(QUIET);
        assertThat(fleet.phase(id)).isEqualTo(Phase.SUCCEEDED);
    }

    @Test
    void aWorkerThatCannotBeReachedIsNeverReplacedByASecondOne() {
        var migration = fleet.start();
        var id = only(migration).id();
        fleet.runUntil(id, "CopyDisks");
        fleet.workers.unreachable(true);
        fleet.run(Duration.ofSeconds(1));
        fleet.pass(Duration.ofMinutes(5));
        fleet.pushAll();
        assertThat(only(migration).phase()).isEqualTo(Phase.RUNNING);
        assertThat(only(migration).waitingFor()).contains("no answer");
        fleet.workers.unreachable(false);
        fleet.run(QUIET);
        assertThat(only(migration).phase()).isEqualTo(Phase.SUCCEEDED);
        var copy = fleet.workers.last(id, WorkerJob.Copy.class).orElseThrow();
        assertThat(fleet.workers.starts(id, copy.name())).isEqualTo(1);
    }

    @Test
    void aGuestThatDoesNotShutDownIsAFaultInTheEnd() {
        fleet.source.deaf(true);
        var migration = fleet.start();
        fleet.run(Duration.ofMinutes(15));
        assertThat(faultOf(migration)).isEqualTo("SOURCE_DID_NOT_STOP");
        fleet.source.deaf(false);
        fleet.migrations.retry(migration.id(), Set.of());
        fleet.run(QUIET);
        assertThat(only(migration).phase()).isEqualTo(Phase.SUCCEEDED);
    }

    @Test
    void conversionsWaitForEachOther() {
        for (int i = 2; i < 6; i++) {
            fleet.source.add("vm-" + i, "web-" + i, 1_000_000);
        }
        fleet.workers.fates((_, job, _) -> Fate.endsWell(Duration.ofSeconds(job instanceof WorkerJob.Convert ? 120 : 5)));
        var migration = fleet.migrations.start(fleet.plan(false, false, "vm-1", "vm-2", "vm-3", "vm-4", "vm-5").id());
        int most = 0;
        boolean waited = false;
        for (int i = 0; i < 3_000 && fleet.store.phases().values().stream().anyMatch(Phase::active); i++) {
            most = Math.max(most, (int) fleet.workers.running().stream().filter(WorkerJob.Convert.class::isInstance).count());
            waited |= fleet.migrations.find(migration.id()).orElseThrow().vms().stream()
                    .anyMatch(vm -> "a free slot".equals(vm.waitingFor()));
            fleet.pushAll();
            fleet.pass(Duration.ofSeconds(1));
        }
        assertThat(fleet.store.phases().values()).containsOnly(Phase.SUCCEEDED);
        assertThat(most).isEqualTo(Fleet.SETTINGS.conversions());
        assertThat(waited).isTrue();
    }

    @Test
    void aBugInAStageParksAndIsToldApart() {
        fleet.workers.fates((_, _, _) -> {
            throw new IllegalStateException("never thought of that");
        });
        var migration = fleet.start();
        fleet.run(QUIET);
        assertThat(faultOf(migration)).isEqualTo("STAGE_BROKEN");
        assertThat(only(migration).fault()).isNotNull();
    }

    private List<JournalEntry> starts(VmMigrationId id) {
        return fleet.store.journal(id).stream().filter(entry -> entry.kind() == EntryKind.STEP_STARTED).toList();
    }

    private VmMigrationView only(MigrationView migration) {
        return fleet.migrations.find(migration.id()).orElseThrow().vms().getFirst();
    }

    private String faultOf(MigrationView migration) {
        var vm = only(migration);
        assertThat(vm.phase()).isEqualTo(Phase.FAILED);
        return Optional.ofNullable(vm.fault()).orElseThrow().code();
    }

    private static void assertFault(ThrowingCallable call, EngineFault code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class,
                exception -> assertThat(exception.fault().code()).isEqualTo(code.name()));
    }
}
