package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.RecordJson;
import io.godwit.engine.limit.CopyLimits;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.migration.VmMigrationView;
import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Migrations as REST shows them.
final class MigrationViews {
    /// One start of a plan.
    ///
    /// @param phase `Pending`, `Running`, `Succeeded`, `Failed` or `Canceled`
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Migration(String id, PlanRef plan, Instant started, @Nullable Instant completed,
            @OneOf("Pending Running Succeeded Failed Canceled") String phase, List<VmMigration> vms) {

        static Migration of(MigrationView migration) {
            return new Migration(migration.id().value(), new PlanRef(migration.plan().value(), migration.planName()), migration.started(),
                    migration.completed(), migration.phase().label(), migration.vms().stream().map(VmMigration::of).toList());
        }
    }

    record PlanRef(String id, String name) {}

    record VmRef(String id, String name) {}

    /// One VM's way through a migration.
    ///
    /// @param phase `Queued`, `Running`, `Waiting`, `Failed`, `Canceling`, `Canceled` or `Succeeded`
    /// @param stage that runs or is next
    /// @param fault of the failed step, or of the last attempt while the next is due
    /// @param leftovers what could not be removed
    /// @param limits that its running copy is under; only where the VM migration is asked for alone
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record VmMigration(String id, String migration, VmRef vm, @Nullable String targetName,
            @OneOf("Queued Running Waiting Failed Canceling Canceled Succeeded") String phase, @Nullable String stage,
            @Nullable String waitingFor, @Nullable Instant started, @Nullable Instant completed, @Nullable FaultView fault,
            List<PipelineStep> pipeline, List<Disk> disks, @Nullable Boot boot, @Nullable TargetVm targetVm, List<String> leftovers,
            List<String> warnings, LimitViews.@Nullable UnderLimits limits) {

        static VmMigration of(VmMigrationView view) {
            var fault = view.fault();
            var boot = view.boot();
            var target = view.targetVm();
            return new VmMigration(view.id().value(), view.migration().value(), new VmRef(view.vmId(), view.vmName()), view.targetName(),
                    label(view.phase()), view.stage(), view.waitingFor(), view.started(), view.completed(),
                    fault == null ? null : FaultView.of(fault),
                    view.pipeline().stream().map(PipelineStep::of).toList(), view.disks().stream().map(Disk::of).toList(),
                    boot == null ? null : Boot.of(boot), target == null ? null : new TargetVm(target.name(), target.definition()),
                    leftovers(view), view.warnings(), null);
        }

        VmMigration under(CopyLimits.@Nullable UnderLimits now) {
            return new VmMigration(id, migration, vm, targetName, phase, stage, waitingFor, started, completed, fault, pipeline, disks,
                    boot,
                    targetVm, leftovers, warnings, now == null ? null : LimitViews.UnderLimits.of(now));
        }

        /// What is there after a success is the VM and its volumes.
        private static List<String> leftovers(VmMigrationView view) {
            return view.phase() == Phase.SUCCEEDED ? List.of() : view.leftovers();
        }

        /// A phase as REST shows it.
        static String label(Phase phase) {
            return switch (phase) {
                case QUEUED -> "Queued";
                case RUNNING -> "Running";
                case WAITING -> "Waiting";
                case FAILED -> "Failed";
                case CANCELING -> "Canceling";
                case CANCELED -> "Canceled";
                case SUCCEEDED -> "Succeeded";
            };
        }
    }

    /// One of the five steps that users of MTV know.
    ///
    /// @param name `Initialize`, `AllocateDisks`, `ConvertImage`, `CopyDisks` or `CreateVM`
    /// @param phase `Pending`, `Running`, `Completed` or `Failed`
    /// @param tasks one per disk that bytes are counted of
    /// @param phases the tool's own named steps, the last one running
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record PipelineStep(@OneOf("Initialize AllocateDisks ConvertImage CopyDisks CreateVM") String name,
            @OneOf("Pending Running Completed Failed") String phase, @Nullable Instant started,
            @Nullable Instant completed, List<Stage> stages,
            Progress progress, List<Task> tasks, List<ToolStep> phases) {

        static PipelineStep of(VmMigrationView.PipelineView step) {
            return new PipelineStep(step.step().label(), step.phase().label(), step.started(), step.completed(),
                    step.stages().stream().map(Stage::of).toList(),
                    new Progress(step.completedBytes(), step.totalBytes(), step.bytesPerSecond(), step.secondsLeft()),
                    step.progress().disks().stream().map(Task::of).toList(),
                    step.progress().phases().stream().map(phase -> new ToolStep(phase.name(), phase.started())).toList());
        }
    }

    /// @param attempt 0 before the first
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Stage(String name, @OneOf("Pending Running Completed Failed") String phase, @Nullable Instant started,
            @Nullable Instant completed,
            int attempt) {

        static Stage of(VmMigrationView.StageView stage) {
            return new Stage(stage.name(), stage.phase().label(), stage.started(), stage.completed(), stage.attempt());
        }
    }

    /// Over all disks; all 0 where the step counts no bytes.
    ///
    /// @param secondsLeft absent while nothing moves
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Progress(long completedBytes, long totalBytes, long bytesPerSecond, @Nullable Long secondsLeft) {}

    /// Bytes of one disk.
    ///
    /// @param name the disk's key
    /// @param completedBytes that need no more work: copied, or known to be zero
    /// @param transferredBytes really moved
    /// @param verifiedBytes read back and found equal
    record Task(String name, long completedBytes, long totalBytes, long transferredBytes, long verifiedBytes, long bytesPerSecond) {

        static Task of(JobProgress.DiskProgress disk) {
            return new Task(disk.key(), disk.doneBytes(), disk.totalBytes(), disk.transferredBytes(), disk.verifiedBytes(),
                    disk.bytesPerSecond());
        }
    }

    record ToolStep(String name, Instant started) {}

    /// The proof for one copied disk: roots are SHA-256 over the SHA-256 of each 4,096 digests of blocks in order.
    ///
    /// @param readBack `DEVICE`, `PAGE_CACHE` or `SERVER`: where the bytes came from that were compared
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Disk(String key, long sizeBytes, long dataBytes, long zeroBytes, @Nullable Long blocks, int blockBytes, String method,
            String sourceRoot, @Nullable String targetRoot,
            @OneOf("DEVICE PAGE_CACHE SERVER") @Nullable String readBack,
            boolean verified) {

        static Disk of(DiskReport disk) {
            return new Disk(disk.key(), disk.sizeBytes(), disk.dataBytes(), disk.zeroBytes(), disk.blocks(), disk.blockBytes(),
                    disk.method(), disk.sourceRoot(),
                    disk.targetRoot(), disk.readBack() == null ? null : disk.readBack().name(), disk.verified());
        }
    }

    /// What the boot check saw.
    ///
    /// @param verdict `booted`, `failed` or `unproven`
    /// @param consoleText where the text of the serial console is kept
    /// @param screendump where a picture is kept; absent when the machine was gone before one could be taken
    /// @param proof `console`, `guestAgent`, `journal`, `wtmp` or `eventLog`; absent when nothing proved that it boots
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Boot(@OneOf("booted failed unproven") String verdict, String evidence, int seconds, String consoleText,
            @Nullable String screendump,
            @OneOf("console guestAgent journal wtmp eventLog") @Nullable String proof) {

        static Boot of(BootReport boot) {
            return new Boot(switch (boot.verdict()) {
                case BOOTED -> "booted";
                case FAILED -> "failed";
                case UNPROVEN -> "unproven";
            }, boot.evidence(), boot.seconds(), boot.consoleText(), boot.screendump(), proof(boot.proof()));
        }

        private static @Nullable String proof(BootReport.@Nullable Proof proof) {
            return switch (proof) {
                case null -> null;
                case CONSOLE -> "console";
                case GUEST_AGENT -> "guestAgent";
                case JOURNAL -> "journal";
                case WTMP -> "wtmp";
                case EVENT_LOG -> "eventLog";
            };
        }
    }

    record TargetVm(String name, String definition) {}

    /// What has become of a migrated VM since.
    ///
    /// @param sourceRead whether the source could be looked at
    /// @param source why the source can no longer be taken for what was migrated, or cannot be looked at; absent = it is the same
    /// @param target what of the VM is not there any more, or is another than was made
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Recheck(boolean asItWas, boolean sourceRead, @Nullable String source, List<String> target) {

        static Recheck of(io.godwit.engine.migration.Recheck recheck) {
            return new Recheck(recheck.asItWas(), recheck.sourceRead(), recheck.source(), recheck.target());
        }
    }

    /// Which VM migrations are meant; none = all of the migration.
    record SelectionRequest(@Nullable Set<String> vms) {

        static Set<VmMigrationId> ids(@Nullable SelectionRequest request) {
            return request == null || request.vms() == null
                    ? Set.of()
                    : request.vms().stream().map(VmMigrationId::from).collect(Collectors.toUnmodifiableSet());
        }
    }

    /// One entry of the journal.
    ///
    /// @param step where in the itinerary: `<index>:<stage>`; empty for entries of no step
    /// @param kind CREATED, COMMANDED, STEP_STARTED, INTENT, RESULT, FACT, STEP_ENDED or UNDONE
    /// @param data as it is stored
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Entry(long seq, long epoch, String step, int attempt,
            @OneOf("CREATED COMMANDED STEP_STARTED INTENT RESULT FACT STEP_ENDED UNDONE") String kind,
            @Nullable String operationId, String type, Instant at,
            Map<String, @Nullable Object> data) {

        static Entry of(JournalEntry entry) {
            return new Entry(entry.seq(), entry.epoch(), entry.step().value(), entry.attempt(), entry.kind().name(), entry.operationId(),
                    entry.type(), entry.at(), RecordJson.tree(entry.payload()));
        }
    }

    record Log(String name, long sizeBytes) {

        static Log of(DestinationProvider.LogFile log) {
            return new Log(log.name(), log.sizeBytes());
        }
    }

    private MigrationViews() {}
}
