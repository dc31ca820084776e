package io.godwit.engine.stage;

import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.StageFact.Removed;
import io.godwit.engine.stage.StageFact.TargetChosen;
import io.godwit.engine.stage.StageFact.VmCreated;

/// Defines the VM over its volumes, and leaves it off.
public final class CreateVm implements Stage {
    public static final String NAME = "CreateVm";
    private static final String CREATE = "create-vm";

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
        var request = Machine.target(context);
        context.effect(CREATE, request.name(), VmCreated.class,
                () -> new VmCreated(context.destination().ensureVm(context.id(), request)));
        return new Completed();
    }

    @Override
    public Outcome compensate(StageContext context) {
        var name = context.require(TargetChosen.class).name();
        if (context.intended(CREATE, name)) {
            context.effect("delete-vm", name, Removed.class, () -> {
                context.destination().deleteVm(context.id());
                return new Removed("VM " + name);
            });
        }
        return new Completed();
    }
}
