package io.godwit.api.schedule;

import io.godwit.model.fault.FaultException;
import io.godwit.model.plan.PlanId;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.quartz.Job;
import org.quartz.JobExecutionContext;
import org.quartz.JobExecutionException;

/// What Quartz runs at the time. Its name is in the database: it cannot change.
public final class StartPlan implements Job {
    private static final int TRIES = 300;

    private final Consumer<PlanId> due;
    private final CountDownLatch stopping;

    StartPlan(Consumer<PlanId> due, CountDownLatch stopping) {
        this.due = due;
        this.stopping = stopping;
    }

    @Override
    public void execute(JobExecutionContext context) throws JobExecutionException {
        try {
            due.accept(new PlanId(context.getJobDetail().getKey().getName()));
        } catch (FaultException e) { // the database: nothing could be recorded, so it is tried again
            throw new JobExecutionException(e, context.getRefireCount() < TRIES && !isStoppedWithinASecond());
        }
    }

    private boolean isStoppedWithinASecond() {
        try {
            return stopping.await(1, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }
}
