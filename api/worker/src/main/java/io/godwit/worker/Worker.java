package io.godwit.worker;

import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.protocol.FileTree;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.JobProcesses;
import io.godwit.protocol.KernelLock;
import io.godwit.protocol.WorkerProcess;
import io.godwit.protocol.WorkerReport;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/// Runs the job of one folder, once, as the only process that does. The end is written before the lock is dropped, so that who gets the
/// lock and finds no end knows that this process died without one.
public final class Worker {
    /// What a worker's process ends with.
    public enum Exit {
        /// The end of the job, good or bad, is written.
        ENDED(0),
        /// Another process holds the folder's lock: this one did nothing.
        NOT_MINE(75),
        /// No job came, or the folder cannot be used.
        NO_JOB(66);

        private final int code;

        Exit(int code) {
            this.code = code;
        }

        public int code() {
            return code;
        }
    }

    private static final Logger LOG = System.getLogger(Worker.class.getName());
    private static final Duration LOCK_PATIENCE = Duration.ofSeconds(3); // a pool that looks whether it is free holds it for a moment
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(10);
    private static final long LOOK_MILLIS = 250;
    private static final Duration SILENCE_WITHOUT_JOB = Duration.ofHours(1);

    private final JobFolder folder;
    private final JobRunner runner;
    private final AtomicReference<RunningJob> job = new AtomicReference<>();
    private final CompletableFuture<JobOrder> ordered = new CompletableFuture<>();
    private final AtomicLong heardAt = new AtomicLong(System.nanoTime());
    private final CountDownLatch ended = new CountDownLatch(1);

    public Worker(Path folder, JobRunner runner) {
        this.folder = new JobFolder(folder);
        this.runner = runner;
    }

    /// Runs until the job has ended.
    public Exit run() {
        try (var lock = KernelLock.take(folder.lock(), LOCK_PATIENCE).orElse(null)) {
            if (lock == null) {
                LOG.log(Level.INFO, "another worker holds {0}", folder.lock());
                return Exit.NOT_MINE;
            }
            return runLocked();
        } catch (IOException e) {
            LOG.log(Level.ERROR, "the job's folder " + folder.path() + " cannot be used", e);
            return Exit.NO_JOB;
        } finally {
            ended.countDown();
        }
    }

    /// Stops at the next checkpoint, as on SIGTERM, and waits until the end is written or the time is over.
    public boolean stop(Duration within) throws InterruptedException {
        var running = job.get();
        if (running != null) {
            running.stop(Fault.of(WorkerFault.WORKER_STOPPED, "job " + running.order().job().name() + " was interrupted",
                    "its worker was asked to end"));
        }
        ordered.cancel(false);
        return ended.await(within.toNanos(), TimeUnit.NANOSECONDS);
    }

    private Exit runLocked() throws IOException {
        var strays = JobProcesses.kill(folder, KILL_PATIENCE);
        if (!strays) {
            LOG.log(Level.ERROR, "processes of an earlier attempt cannot be killed: {0}", JobProcesses.of(folder));
            return Exit.NO_JOB;
        }
        var given = folder.readOrder();
        if (given.isPresent() && hasEnded(given.get())) {
            LOG.log(Level.INFO, "attempt {0} of {1} has ended before", given.get().attempt(), given.get().job().name());
            return Exit.ENDED;
        }
        given.ifPresent(ordered::complete);
        var runtime = runtimeFolder();
        folder.writeProcess(WorkerProcess.current());
        try (var _ = WorkerSocket.listen(runtime.resolve("worker.sock"), new Ear(runtime))) {
            var order = awaitOrder();
            if (order.isEmpty()) {
                return Exit.NO_JOB;
            }
            if (given.isEmpty()) {
                folder.writeOrder(order.get());
            }
            var running = begin(order.get(), runtime);
            LOG.log(Level.INFO, "job {0} of {1}, attempt {2}", order.get().job().name(), order.get().owner(), order.get().attempt());
            var end = endOf(running);
            if (!JobProcesses.kill(folder, KILL_PATIENCE)) {
                end = broken(running, Fault.of(WorkerFault.WORKER_FAILED, "job " + order.get().job().name() + " left processes behind",
                        "they cannot be killed: " + JobProcesses.of(folder)));
            }
            LOG.log(Level.INFO, "ended: {0}", end instanceof JobStatus.Broken(_, _, var fault) ? fault : "well");
            folder.writeEnd(new WorkerReport(order.get().attempt(), Long.MAX_VALUE, end));
            running.ended();
        } finally {
            FileTree.delete(runtime); // sockets, and what killed tools left
        }
        return Exit.ENDED;
    }

    private boolean hasEnded(JobOrder order) throws IOException {
        return folder.readEnd().filter(end -> end.attempt() >= order.attempt()).isPresent();
    }

    /// Made by who started us, as the target of a link; alone, we make one.
    private Path runtimeFolder() throws IOException {
        var owner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));
        if (!Files.isSymbolicLink(folder.runLink())) {
            Files.createSymbolicLink(folder.runLink(), Files.createTempDirectory("gw", owner));
        }
        var target = Files.readSymbolicLink(folder.runLink());
        if (!Files.isDirectory(target)) {
            Files.createDirectories(target, owner);
        }
        return target;
    }

    private Optional<JobOrder> awaitOrder() {
        try {
            return Optional.of(ordered.get(SILENCE_WITHOUT_JOB.toSeconds(), TimeUnit.SECONDS));
        } catch (TimeoutException | java.util.concurrent.CancellationException e) {
            LOG.log(Level.INFO, "no job came");
            return Optional.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new AssertionError("never completed with an exception", e);
        }
    }

    private synchronized RunningJob begin(JobOrder order, Path runtime) {
        var running = job.get();
        if (running == null) {
            running = new RunningJob(order, runtime);
            job.set(running);
        }
        return running;
    }

    private JobStatus endOf(RunningJob running) {
        var work = running.order().job();
        // platform threads: file sinks and tools' pipes would pin virtual ones
        try (var pool = Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("job").factory());
                var watchdog = Executors.newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("silence").factory())) {
            var _ = watchdog.scheduleWithFixedDelay(() -> stopWhenForsaken(running), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
            var failed = new CompletableFuture<Fault>();
            var main = CompletableFuture.supplyAsync(() -> watched(running, failed, () -> runner.run(work, running)), pool);
            var sides = work.sideTasks().stream()
                    .map(task -> CompletableFuture.supplyAsync(() -> watched(running, failed, () -> runner.run(task, work, running)), pool))
                    .toList();
            var end = awaitAll(running, failed, main, sides);
            watchdog.shutdownNow();
            return end;
        }
    }

    /// Ends the whole job with the first fault of its parts.
    private static <T> Optional<T> watched(RunningJob running, CompletableFuture<Fault> failed, Supplier<T> part) {
        try {
            return Optional.of(part.get());
        } catch (FaultException e) {
            LOG.log(Level.WARNING, "the job failed", e);
            failed.complete(e.fault());
        } catch (RuntimeException | Error e) { // whatever it is, the end must be written
            LOG.log(Level.ERROR, "the job failed in a way that it should not", e);
            failed.complete(Fault.of(WorkerFault.WORKER_FAILED, "job " + running.order().job().name() + " failed", e));
        }
        running.stop(failed.join());
        return Optional.empty();
    }

    private static JobStatus awaitAll(RunningJob running, CompletableFuture<Fault> failed, CompletableFuture<Optional<JobResult>> main,
            List<CompletableFuture<Optional<SideResult>>> sides) {
        var result = main.join();
        var sideResults = sides.stream().map(CompletableFuture::join).flatMap(Optional::stream).toList();
        if (result.isPresent() && !failed.isDone()) { // also when it was asked to stop too late
            return new JobStatus.Done(running.order().job().name(), running.lastProgress(), result.get(), sideResults);
        }
        return broken(running, running.stopReason().orElseGet(failed::join));
    }

    private static JobStatus broken(RunningJob running, Fault fault) {
        return new JobStatus.Broken(running.order().job().name(), running.lastProgress(), fault);
    }

    private void stopWhenForsaken(RunningJob running) {
        var silence = Duration.ofNanos(System.nanoTime() - heardAt.get());
        if (silence.toSeconds() >= running.order().silenceSeconds()) {
            running.stop(Fault.of(WorkerFault.WORKER_FORSAKEN, "job " + running.order().job().name() + " stopped at its checkpoint",
                    "no server has asked for it for " + silence.toSeconds() + " s"));
        }
    }

    private final class Ear implements WorkerSocket.Talk {
        private final Path runtime;

        Ear(Path runtime) {
            this.runtime = runtime;
        }

        @Override
        public boolean take(JobOrder order) {
            ordered.complete(order);
            return begin(ordered.join(), runtime).order().equals(order);
        }

        @Override
        public Optional<RunningJob> job() {
            return Optional.ofNullable(job.get());
        }

        @Override
        public void heard() {
            heardAt.set(System.nanoTime());
        }
    }
}
