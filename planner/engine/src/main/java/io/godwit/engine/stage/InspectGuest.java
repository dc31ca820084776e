package io.godwit.engine.stage;

import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.StageFact.GuestInspected;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.WorkVolumeMade;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import java.util.List;

/// Looks into the stopped VM's disks, read-only.
public final class InspectGuest implements Stage {
    public static final String NAME = "InspectGuest";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.CONVERT_IMAGE;
    }

    @Override
    public Outcome execute(StageContext context) {
        return Jobs.run(context, job(context), "the guest is being inspected", JobResult.Inspected.class, inspected -> {
            context.record(new GuestInspected(inspected.guest()));
            return new Completed();
        });
    }

    @Override
    public JobProgress progress(StageContext context) {
        return Jobs.progress(context);
    }

    private static WorkerJob job(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        return new WorkerJob.Inspect(context.jobName("inspect", List.of(vm.identity())),
                context.require(WorkVolumeMade.class).work().path(),
                Jobs.sideTasks(context), Machine.inputs(context), context.order().vm().rootDisk(), GuestKeys.named(context));
    }
}
