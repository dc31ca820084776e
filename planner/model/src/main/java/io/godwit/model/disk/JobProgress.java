package io.godwit.model.disk;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What people see of a running job; no step is ever decided by it.
///
/// @param phases the tool's own named steps in order, the last one running; never an invented percentage
/// @param disks bytes per disk, empty where the job counts none
/// @param load of a copy on its source; `null` of any other job
public record JobProgress(List<Phase> phases, List<DiskProgress> disks, @Nullable SourceLoad load) {
    public static final JobProgress NONE = new JobProgress(List.of(), List.of());

    /// Of a job that is no copy.
    public JobProgress(List<Phase> phases, List<DiskProgress> disks) {
        this(phases, disks, null);
    }

    /// A step of the tool as it named it itself.
    public record Phase(String name, Instant started) {}

    /// Bytes of one disk so far.
    ///
    /// @param doneBytes bytes that need no more work (copied, or known to be zero)
    /// @param totalBytes size of the disk
    /// @param transferredBytes bytes really moved
    /// @param verifiedBytes bytes read back and found equal
    /// @param bytesPerSecond over the last seconds; 0 when idle
    public record DiskProgress(String key, long doneBytes, long totalBytes, long transferredBytes, long verifiedBytes,
            long bytesPerSecond) {}
}
