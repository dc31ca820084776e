package io.godwit.engine.stage;

import io.godwit.engine.journal.EngineEntry.Intended;
import io.godwit.engine.stage.Outcome.Waiting;
import io.godwit.engine.stage.StageFact.JobStarted;
import io.godwit.engine.stage.StageFact.SourceChecked;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.SpiFault;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// How stages work through a worker job: started once per attempt, adopted ever after, never two of one VM at once.
final class Jobs {
    private static final String START = "start-job";
    private static final Duration RECHECK = Duration.ofSeconds(5);

    private Jobs() {}

    /// Starts or adopts the job; calls back with the result of one that ended well.
    static <R extends JobResult> Outcome run(StageContext context, WorkerJob job, String doing, Class<R> kind, Function<R, Outcome> done) {
        Optional<JobStatus> status;
        try {
            status = ensure(context, job);
        } catch (FaultException e) {
            if (e.fault().is(SpiFault.WORKER_UNREACHABLE)) { // it may well be at work: no second one, and no end of the step
                return new Waiting(e.fault().what() + ": " + e.fault().why(), RECHECK.multipliedBy(2));
            }
            throw e;
        }
        if (status.isEmpty()) {
            return new Waiting("an earlier job is being stopped", Duration.ofSeconds(2));
        }
        return switch (status.get()) {
            case JobStatus.Running _ -> {
                GuestKeys.give(context, job);
                var waiting = new Waiting(doing, RECHECK);
                yield waiting;
            }
            case JobStatus.Broken(_, _, var fault) -> throw new FaultException(fault);
            case JobStatus.Done(_, _, var result, var sides) -> {
                if (!job.sideTasks().isEmpty()) {
                    context.record(new SourceChecked(sides));
                }
                var then = done.apply(kind.cast(result));
                yield then;
            }
        };
    }

    /// Where the job is; started or adopted first if this attempt has not done so. Empty while another one may be alive.
    private static Optional<JobStatus> ensure(StageContext context, WorkerJob job) {
        if (!context.list(JobStarted.class).contains(new JobStarted(job.name(), context.attempt()))) {
            if (!othersAreDead(context, job)) {
                return Optional.empty();
            }
            context.effect(START, job.name() + "#" + context.attempt(), JobStarted.class, () -> {
                var status = context.workers().ensure(context.id(), job, context.attempt());
                return new JobStarted(status.name(), context.attempt());
            });
        }
        return Optional.of(context.workers().status(context.id(), job.name()));
    }

    private static boolean othersAreDead(StageContext context, WorkerJob job) {
        if (!context.untilSettled().isZero()) { // a lost call of an earlier attempt could still start one
            return false;
        }
        return context.list(Intended.class).stream().filter(intent -> intent.action().equals(START))
                .map(intent -> new JobName(intent.target().substring(0, intent.target().indexOf('#')))).distinct()
                .filter(name -> !name.equals(job.name())).allMatch(name -> context.workers().stop(context.id(), name));
    }

    /// The checks of the source that no earlier job has done.
    static List<SideTask> sideTasks(StageContext context) {
        if (context.find(SourceChecked.class).isPresent()) {
            return List.of();
        }
        var vm = context.require(SourceRead.class).vm();
        return context.source().sideTasks(vm.id(), vm.identity());
    }

    /// Where the last job of this step is.
    static JobProgress progress(StageContext context) {
        var jobs = context.journal().facts(context.step(), JobStarted.class);
        return jobs.isEmpty() ? JobProgress.NONE : context.workers().status(context.id(), jobs.getLast().job()).progress();
    }
}
