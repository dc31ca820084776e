package io.godwit.model.disk;

import java.time.Instant;
import java.util.List;

/// What people see of a running job; never what the engine decides by.
///
/// @param phases the tool's own named steps in order, the last one running; never an invented percentage
/// @param disks bytes per disk, empty where the job counts none
public record JobProgress(List<Phase> phases, List<DiskProgress> disks) {
    public static final JobProgress NONE = new JobProgress(List.of(), List.of());

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
