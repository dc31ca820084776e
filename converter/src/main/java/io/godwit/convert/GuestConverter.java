package io.godwit.convert;

import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import java.util.function.Consumer;

/// Looks into guests and makes them bootable on KVM. Both calls last for minutes; an interrupt ends them, and nothing that they started
/// outlives their return.
public interface GuestConverter {
    /// Looks into a stopped VM's disks without writing.
    ///
    /// @param steps told of each step when it begins
    /// @throws io.godwit.model.fault.FaultException when there is not exactly one system to migrate, or no way to look
    JobResult.Inspected inspect(WorkerJob.Inspect job, Consumer<Phase> steps);

    /// Converts the guest on overlays over its disks. What an earlier run left of the same generation is deleted first; after a fault no
    /// overlay of the generation is left; after success all are checked and on stable storage.
    ///
    /// @param steps told of each step when it begins, in the tool's own words
    /// @throws io.godwit.model.fault.FaultException when the guest could not be converted
    JobResult.Converted convert(WorkerJob.Convert job, Consumer<Phase> steps);
}
