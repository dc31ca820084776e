package io.godwit.worker;

import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;

/// Does the work of jobs. Both methods block until the work has ended, and throw a [io.godwit.model.fault.FaultException] for what went
/// wrong. How they are stopped they say themselves, by [JobRun#onStop(Runnable)]: by an interrupt, or at a checkpoint; then they may throw
/// anything.
public interface JobRunner {
    JobResult run(WorkerJob job, JobRun run);

    /// Runs beside the job, on a thread of its own.
    SideResult run(SideTask task, WorkerJob job, JobRun run);
}
