package io.godwit.api;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.WorkerPool;
import io.godwit.provider.testkit.FakeWorkerPool;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// The testkit's pool for many threads, whose jobs end soon, with a hint, as those of a real pool do.
final class HintingWorkerPool implements WorkerPool {
    private static final Duration SOON = Duration.ofMillis(50);

    private final FakeWorkerPool pool = new FakeWorkerPool(Clock.systemUTC());
    private final List<Consumer<VmMigrationId>> listeners = new CopyOnWriteArrayList<>();

    HintingWorkerPool() {
        fates((_, _, _) -> FakeWorkerPool.Fate.endsWell(SOON));
    }

    synchronized void fates(FakeWorkerPool.Fates fates) {
        pool.fates(fates);
    }

    synchronized void finish(VmMigrationId owner) {
        pool.finish(owner);
        listeners.forEach(listener -> listener.accept(owner));
    }

    @Override
    public synchronized JobStatus ensure(VmMigrationId owner, WorkerJob job, int attempt) {
        CompletableFuture.delayedExecutor(SOON.toMillis() + 10, TimeUnit.MILLISECONDS)
                .execute(() -> listeners.forEach(listener -> listener.accept(owner)));
        return pool.ensure(owner, job, attempt);
    }

    @Override
    public synchronized JobStatus status(VmMigrationId owner, JobName name) {
        return pool.status(owner, name);
    }

    @Override
    public synchronized boolean stop(VmMigrationId owner, JobName name) {
        return pool.stop(owner, name);
    }

    @Override
    public synchronized boolean stopAll(VmMigrationId owner) {
        return pool.stopAll(owner);
    }

    @Override
    public synchronized boolean limit(VmMigrationId owner, JobName name, CopyShare share) {
        return pool.limit(owner, name, share);
    }

    @Override
    public synchronized boolean secrets(VmMigrationId owner, JobName name, Map<String, String> values) {
        return pool.secrets(owner, name, values);
    }

    @Override
    public synchronized Optional<JobProgress> heard(VmMigrationId owner, JobName name) {
        return pool.heard(owner, name);
    }

    @Override
    public void onChange(Consumer<VmMigrationId> listener) {
        listeners.add(listener);
    }
}
