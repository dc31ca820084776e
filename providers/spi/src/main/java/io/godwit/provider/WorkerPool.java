package io.godwit.provider;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import java.util.Map;
import java.util.Optional;
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

    /// Tells a running copy what it may take from its source from now on. `false` where no such copy could be told: it keeps to what it was
    /// told before; a copy that was told may have been so too late to say it.
    boolean limit(VmMigrationId owner, JobName name, CopyShare share);

    /// Gives a running job secrets by name, which stay in its memory: what is started again has to be given them again. `false` where no
    /// running job could be told.
    boolean secrets(VmMigrationId owner, JobName name, Map<String, String> values);

    /// How far a running job was when it last told so by itself, without asking it; empty where it has not yet, or runs no more.
    Optional<JobProgress> heard(VmMigrationId owner, JobName name);

    /// Calls back, from any thread, when a job of this pool has ended or moved; a hint only, it may be lost.
    void onChange(Consumer<VmMigrationId> listener);
}
