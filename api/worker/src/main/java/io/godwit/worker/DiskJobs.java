package io.godwit.worker;

import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.FaultException;

/// The real work: inspection, conversion, copy, boot check.
final class DiskJobs implements JobRunner {
    @Override
    public JobResult run(WorkerJob job, JobRun run) {
        throw new FaultException(WorkerFault.JOB_UNKNOWN, "job " + job.name() + " cannot be done here",
                "this worker knows no " + job.getClass().getSimpleName());
    }

    @Override
    public SideResult run(SideTask task, WorkerJob job, JobRun run) {
        throw new FaultException(WorkerFault.JOB_UNKNOWN, "check " + task.name() + " of job " + job.name() + " cannot be done here",
                "this worker knows no " + task.getClass().getSimpleName());
    }
}
