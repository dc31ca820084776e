package io.godwit.engine.migration;

import io.godwit.engine.journal.Phase;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.ConversionReport;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider.TargetVm;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One VM's way through a migration, as its journal and the running job show it.
///
/// @param targetName `null` until it was chosen
/// @param stage that runs or is next
/// @param waitingFor for people
/// @param fault of the failed step, or of the last attempt while the next is due
/// @param workVolume where logs lie as workers see it; `null` until it was made
/// @param destination id of the provider
/// @param leftovers what Finish or a cancel found still there
/// @param warnings what went not quite well, for people
public record VmMigrationView(VmMigrationId id, MigrationId migration, String vmId, String vmName, @Nullable String targetName, Phase phase,
        @Nullable String stage, @Nullable String waitingFor, @Nullable Instant started, @Nullable Instant completed,
        @Nullable Fault fault, List<PipelineView> pipeline, List<DiskReport> disks, @Nullable GuestReport guest,
        @Nullable ConversionReport conversion, @Nullable BootReport boot, @Nullable TargetVm targetVm, @Nullable String workVolume,
        String destination, List<String> leftovers, List<String> warnings) {
    public enum StepPhase {
        PENDING("Pending"), RUNNING("Running"), COMPLETED("Completed"), FAILED("Failed");

        private final String label;

        StepPhase(String label) {
            this.label = label;
        }

        /// As REST shows it.
        public String label() {
            return label;
        }
    }

    /// One of the five steps that users know; those without a stage in this itinerary are left out.
    ///
    /// @param progress of the job that runs in it now, else what is known of it; [JobProgress#NONE] where nothing is
    public record PipelineView(PipelineStep step, StepPhase phase, @Nullable Instant started, @Nullable Instant completed,
            List<StageView> stages, JobProgress progress) {
        /// Bytes over all disks that need no more work.
        public long completedBytes() {
            return progress.disks().stream().mapToLong(JobProgress.DiskProgress::doneBytes).sum();
        }

        public long totalBytes() {
            return progress.disks().stream().mapToLong(JobProgress.DiskProgress::totalBytes).sum();
        }

        public long bytesPerSecond() {
            return progress.disks().stream().mapToLong(JobProgress.DiskProgress::bytesPerSecond).sum();
        }

        /// `null` while nothing moves.
        public @Nullable Long secondsLeft() {
            long rate = bytesPerSecond();
            return rate == 0 ? null : Math.ceilDiv(totalBytes() - completedBytes(), rate);
        }
    }

    /// One stage; of a repeated one the last round.
    ///
    /// @param attempt 0 before the first
    public record StageView(String name, StepPhase phase, @Nullable Instant started, @Nullable Instant completed, int attempt) {}
}
