package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.StageFact.BootChecked;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.engine.stage.StageFact.WorkVolumeMade;
import io.godwit.model.disk.BootReport.Verdict;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.DestinationProvider.Volume;
import java.util.List;
import java.util.stream.Stream;

/// Starts the VM once, apart from everything, and sees whether it boots.
public final class CheckBoot implements Stage {
    public static final String NAME = "CheckBoot";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.CREATE_VM;
    }

    @Override
    public Outcome execute(StageContext context) {
        var check = context.destination().bootCheck();
        if (check.isEmpty()) {
            context.record(new Warned("The boot was not checked: this destination cannot start a VM apart from everything."));
            return new Completed();
        }
        var request = Machine.target(context);
        // every attempt looks anew: a verdict is a result, and a job that has one is never run again
        var parts = Stream.concat(request.disks().stream().map(Volume::identity),
                Stream.of("attempt " + context.attempt())).toList();
        var job = check.get().job(context.jobName("boot", List.copyOf(parts)), context.require(WorkVolumeMade.class).work(), context.id(),
                request);
        return Jobs.run(context, job, "the VM is being booted", JobResult.BootChecked.class, checked -> {
            var boot = checked.boot();
            context.record(new BootChecked(boot));
            if (boot.verdict() == Verdict.FAILED) {
                throw new FaultException(EngineFault.GUEST_DID_NOT_BOOT, "VM " + request.name(),
                        boot.evidence() + " (console: " + boot.consoleText() + ")");
            }
            if (boot.verdict() == Verdict.UNPROVEN) {
                context.record(new Warned("Whether the VM boots is unproven: " + boot.evidence()));
            }
            return new Completed();
        });
    }

    @Override
    public JobProgress progress(StageContext context) {
        return Jobs.progress(context);
    }
}
