package io.godwit.engine.stage;

import io.godwit.engine.journal.Slot;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.StageFact.GuestConverted;
import io.godwit.engine.stage.StageFact.GuestInspected;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.engine.stage.StageFact.WorkVolumeMade;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import java.util.List;

/// Makes the guest bootable on KVM, on overlays over all its disks at once; neither source nor volumes are written.
public final class ConvertGuest implements Stage {
    public static final String NAME = "ConvertGuest";
    private static final int GENERATION = 1;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.CONVERT_IMAGE;
    }

    @Override
    public List<Slot> slots(StageContext context) {
        return List.of(new Slot("conversions", 1, context.settings().conversions()));
    }

    @Override
    public Outcome execute(StageContext context) {
        return Jobs.run(context, job(context), "the guest is being converted", JobResult.Converted.class, converted -> {
            context.record(new GuestConverted(converted));
            converted.report().warnings().forEach(warning -> context.record(new Warned(warning)));
            return new Completed();
        });
    }

    @Override
    public JobProgress progress(StageContext context) {
        return Jobs.progress(context);
    }

    private static WorkerJob job(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        var work = context.require(WorkVolumeMade.class).work();
        var name = context.jobName("convert", List.of(vm.identity(), work.identity(), String.valueOf(GENERATION)));
        return new WorkerJob.Convert(name, work.path(), Jobs.sideTasks(context), GENERATION, Machine.sourceShape(context),
                Machine.inputs(context), context.order().vm().rootDisk(),
                GuestKeys.named(context, context.require(GuestInspected.class).guest().encryptedDevices()));
    }
}
