package io.godwit.provider;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.migration.VmMigrationId;
import java.util.function.Consumer;

/// Runs jobs in worker processes that outlive this one, and finds them again.
public interface WorkerPool {
    /// Starts the job under its name, or adopts the one of that name, running or ended. A [JobStatus.Broken] of an earlier attempt is
    /// started again, from its checkpoint, once its process is proven dead; one of this attempt is returned.
    ///
    /// @param attempt counts from 1 within one step occurrence
    JobStatus ensure(VmMigrationId owner, WorkerJob job, int attempt);

    /// Where the job is; `Broken` with `WORKER_LOST` for one that was never started or whose folder is gone.
    JobStatus status(VmMigrationId owner, JobName name);

    /// Asks the job to stop, then makes it, and returns whether it is proven dead by now; call again until it is.
    boolean stop(VmMigrationId owner, JobName name);

    /// Whether no process of that owner is alive any more. Asks those that are to stop.
    boolean stopAll(VmMigrationId owner);

    /// Calls back, from any thread, when a job of this pool has ended or moved; a hint only, it may be lost.
    void onChange(Consumer<VmMigrationId> listener);
}
