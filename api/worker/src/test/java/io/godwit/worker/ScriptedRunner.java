package io.godwit.worker;

import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/// A job that runs until the test lets it end, or until it is stopped.
final class ScriptedRunner implements JobRunner {
    static final JobResult RESULT = new JobResult.Inspected(new GuestReport(List.of(), List.of(), List.of()));
    final CountDownLatch mayEnd = new CountDownLatch(1);
    final CountDownLatch started = new CountDownLatch(1);
    final AtomicInteger runs = new AtomicInteger();
    Consumer<JobRun> atStart = _ -> {
    };
    Consumer<SideTask> side = _ -> {
    };

    @Override
    public JobResult run(WorkerJob job, JobRun run) {
        run.interruptOnStop();
        runs.incrementAndGet();
        atStart.accept(run);
        started.countDown();
        try {
            mayEnd.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException("stopped at a checkpoint", e);
        }
        return RESULT;
    }

    @Override
    public SideResult run(SideTask task, WorkerJob job, JobRun run) {
        side.accept(task);
        return new SideResult(task.name(), 42);
    }
}
