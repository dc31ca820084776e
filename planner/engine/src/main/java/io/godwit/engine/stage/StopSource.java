package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.EngineEntry.Intended;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.Outcome.Waiting;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.SourceStarted;
import io.godwit.engine.stage.StageFact.SourceStopped;
import io.godwit.engine.stage.StageFact.StopOrdered;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.provider.PowerControl;
import java.time.Duration;

/// Shuts the source VM down and waits until it is off. A cancel starts it again if it was we who stopped it.
public final class StopSource implements Stage {
    public static final String NAME = "StopSource";
    private static final String SHUT_DOWN = "shut-down";
    private static final Duration DEADLINE = Duration.ofMinutes(10);
    private static final Duration RECHECK = Duration.ofSeconds(5);

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.INITIALIZE;
    }

    @Override
    public Outcome execute(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        var power = power(context);
        var state = power.stateOf(vm.id());
        if (state == PowerState.OFF) {
            context.record(new SourceStopped());
            return new Completed();
        }
        context.effect(SHUT_DOWN, vm.id() + "#" + context.attempt(), StopOrdered.class, () -> {
            power.shutDown(vm.id(), vm.identity());
            return new StopOrdered(state);
        });
        var since = context.journal().attemptStarted(context.step()).orElse(context.now());
        if (since.plus(DEADLINE).isBefore(context.now())) {
            throw new FaultException(EngineFault.SOURCE_DID_NOT_STOP, "VM " + vm.name(), "it is still " + state + " after " + DEADLINE);
        }
        return new Waiting("the source VM is shutting down", RECHECK);
    }

    @Override
    public Outcome compensate(StageContext context) {
        var ordered = context.journal().facts(context.step(), Intended.class).stream()
                .anyMatch(intent -> intent.action().equals(SHUT_DOWN));
        if (ordered) {
            var vm = context.require(SourceRead.class).vm();
            context.effect("power-on", vm.id(), SourceStarted.class, () -> {
                power(context).powerOn(vm.id(), vm.identity());
                return new SourceStarted();
            });
        }
        return new Completed();
    }

    private static PowerControl power(StageContext context) {
        return context.source().power().orElseThrow(() -> new FaultException(EngineFault.JOURNAL_INCONSISTENT, "stage StopSource",
                "source " + context.order().plan().sourceProvider() + " has no power control any more"));
    }
}
