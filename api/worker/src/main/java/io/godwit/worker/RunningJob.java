package io.godwit.worker;

import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.Control;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.WorkerReport;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One job while it runs: where it is, whether it should stop and why, what it was told. Any thread.
final class RunningJob implements JobRun {
    private static final long NEWS_EVERY_NANOS = 250_000_000; // a busy copier reports thousands of times a second

    private final JobOrder order;
    private final Path runtimeFolder;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition news = lock.newCondition();
    private final List<Runnable> stopCallbacks = new ArrayList<>();
    private final List<Consumer<Control.Limits>> limitCallbacks = new ArrayList<>();
    private final List<Runnable> secretCallbacks = new ArrayList<>();
    private final Map<String, String> secrets = new HashMap<>();
    private JobProgress progress = JobProgress.NONE;
    private long version = 1;
    private long versionedAt = System.nanoTime();
    private boolean unpublished;
    private boolean ended;
    private Control.@Nullable Limits limits;
    private @Nullable Fault stopReason;

    RunningJob(JobOrder order, Path runtimeFolder) {
        this.order = order;
        this.runtimeFolder = runtimeFolder;
    }

    JobOrder order() {
        return order;
    }

    @Override
    public VmMigrationId owner() {
        return order.owner();
    }

    @Override
    public Path runtimeFolder() {
        return runtimeFolder;
    }

    @Override
    public void progress(JobProgress latest) {
        lock.lock();
        try {
            if (!latest.equals(progress)) {
                progress = latest;
                unpublished = true;
                publishIfDue();
            }
        } finally {
            lock.unlock();
        }
    }

    private void publishIfDue() {
        var now = System.nanoTime();
        if (unpublished && now - versionedAt >= NEWS_EVERY_NANOS) {
            version++;
            versionedAt = now;
            unpublished = false;
            news.signalAll();
        }
    }

    JobProgress lastProgress() {
        lock.lock();
        try {
            return progress;
        } finally {
            lock.unlock();
        }
    }

    /// What is newer than that version, as soon as there is something; else, after the wait, what there is. Returns at once at the job's end.
    WorkerReport report(long afterVersion, Duration wait) throws InterruptedException {
        var deadline = System.nanoTime() + wait.toNanos();
        lock.lock();
        try {
            publishIfDue();
            while (version <= afterVersion && !ended && deadline - System.nanoTime() > 0) {
                var _ = news.await(Math.min(deadline - System.nanoTime(), NEWS_EVERY_NANOS), TimeUnit.NANOSECONDS);
                publishIfDue();
            }
            return new WorkerReport(order.attempt(), version, new JobStatus.Running(order.job().name(), progress));
        } finally {
            lock.unlock();
        }
    }

    /// Lets go of who waits for news.
    void ended() {
        lock.lock();
        try {
            ended = true;
            news.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Asks the job to stop; the first reason counts.
    void stop(Fault reason) {
        List<Runnable> callbacks;
        lock.lock();
        try {
            if (stopReason != null) {
                return;
            }
            stopReason = reason;
            callbacks = List.copyOf(stopCallbacks);
        } finally {
            lock.unlock();
        }
        callbacks.forEach(Runnable::run);
    }

    Optional<Fault> stopReason() {
        lock.lock();
        try {
            return Optional.ofNullable(stopReason);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean stopRequested() {
        return stopReason().isPresent();
    }

    @Override
    public void onStop(Runnable callback) {
        lock.lock();
        try {
            if (stopReason == null) {
                stopCallbacks.add(callback);
                return;
            }
        } finally {
            lock.unlock();
        }
        callback.run();
    }

    @Override
    public Optional<String> secret(String name) {
        lock.lock();
        try {
            return Optional.ofNullable(secrets.get(name));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void onLimits(Consumer<Control.Limits> callback) {
        Control.Limits now;
        lock.lock();
        try {
            limitCallbacks.add(callback);
            now = limits;
        } finally {
            lock.unlock();
        }
        if (now != null) {
            callback.accept(now);
        }
    }

    /// Does what it is told.
    ///
    /// @return false where this job has no such thing
    boolean control(Control control) {
        switch (control) {
            case Control.Cancel _ ->
                stop(Fault.of(WorkerFault.JOB_CANCELED, "job " + order.job().name() + " was stopped", "it was canceled"));
            case Control.Secrets(var values) -> keep(values);
            case Control.Limits latest -> {
                return limit(latest);
            }
        }
        return true;
    }

    @Override
    public void onSecrets(Runnable callback) {
        lock.lock();
        try {
            secretCallbacks.add(callback);
        } finally {
            lock.unlock();
        }
    }

    private void keep(Map<String, String> values) {
        List<Runnable> callbacks;
        lock.lock();
        try {
            secrets.putAll(values);
            callbacks = List.copyOf(secretCallbacks);
        } finally {
            lock.unlock();
        }
        callbacks.forEach(Runnable::run);
    }

    private boolean limit(Control.Limits latest) {
        List<Consumer<Control.Limits>> callbacks;
        lock.lock();
        try {
            limits = latest;
            callbacks = List.copyOf(limitCallbacks);
        } finally {
            lock.unlock();
        }
        callbacks.forEach(each -> each.accept(latest));
        return !callbacks.isEmpty();
    }
}
