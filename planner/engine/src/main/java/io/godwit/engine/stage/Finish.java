package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.Outcome.Waiting;
import io.godwit.engine.stage.StageFact.Ended;
import io.godwit.engine.stage.StageFact.Removed;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.DestinationProvider.Logs;

/// Removes our scratch and lists what is kept.
public final class Finish implements Stage {
    public static final String NAME = "Finish";

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
        var settling = context.untilSettled();
        if (!settling.isZero()) { // a late call could make again what is removed here
            return new Waiting("calls of earlier steps are running out", settling);
        }
        var destination = context.destination();
        context.effect("delete-work-volume", "work", Removed.class, () -> {
            destination.deleteWorkVolume(context.id(), Logs.KEEP);
            return new Removed("work volume");
        });
        var work = destination.findWorkVolume(context.id());
        if (work.isPresent()) {
            throw new FaultException(EngineFault.LEFTOVERS_FOUND, "work volume " + work.get().path(), "it is there after it was removed");
        }
        context.record(new Ended(destination.leftovers(context.id())));
        return new Completed();
    }
}
