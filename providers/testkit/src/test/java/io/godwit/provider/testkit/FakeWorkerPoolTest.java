package io.godwit.provider.testkit;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.WorkerPool;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

class FakeWorkerPoolTest extends WorkerPoolContract {
    private final AtomicLong seconds = new AtomicLong();
    private final FakeWorkerPool pool = new FakeWorkerPool(() -> Instant.EPOCH.plusSeconds(seconds.incrementAndGet()));

    FakeWorkerPoolTest() {
        pool.fates((_, job, _) -> {
            var kind = job.workVolume();
            var takes = kind.equals("endless") ? Duration.ofDays(365) : Duration.ofSeconds(5);
            return new FakeWorkerPool.Fate(takes,
                    kind.equals("failing") ? Optional.of(Fault.of(SpiFault.WORKER_LOST, "job", "it was killed")) : Optional.empty());
        });
    }

    @Override
    protected WorkerPool pool() {
        return pool;
    }

    @Override
    protected WorkerPool nextPool() {
        return pool;
    }

    @Override
    protected WorkerJob endlessJob(VmMigrationId owner, JobName name) {
        return job(name, "endless");
    }

    @Override
    protected WorkerJob shortJob(VmMigrationId owner, JobName name) {
        return job(name, "short");
    }

    @Override
    protected WorkerJob failingJob(VmMigrationId owner, JobName name) {
        return job(name, "failing");
    }

    private static WorkerJob job(JobName name, String kind) {
        return new WorkerJob.Inspect(name, kind, List.of(), List.of(), null);
    }

    @Override
    protected int starts(VmMigrationId owner, JobName name) {
        return pool.starts(owner, name);
    }
}
