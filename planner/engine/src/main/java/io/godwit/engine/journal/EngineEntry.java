package io.godwit.engine.journal;

import io.godwit.engine.itinerary.Itinerary;
import io.godwit.model.fault.Fault;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Payloads that the engine writes itself: what a VM migration's state follows from.
public sealed interface EngineEntry {
    /// Everything that was ordered, as it was when the plan was started: later changes of plan or mappings do not reach it.
    ///
    /// @param networks with network ids as sources
    /// @param storages with storage ids as sources
    record Created(MigrationId migration, Plan plan, PlanVm vm, NetworkMapping networks, StorageMapping storages, Itinerary itinerary)
            implements
                EngineEntry {}

    record Commanded(Command command) implements EngineEntry {}

    record StepStarted(List<Slot> slots) implements EngineEntry {}

    /// A call that is about to be made.
    record Intended(String action, String target) implements EngineEntry {}

    /// The step is done.
    ///
    /// @param last whether it was the itinerary's last
    record StepCompleted(boolean last) implements EngineEntry {}

    /// The step was given up because of a cancel; nothing of it runs any more.
    record StepStopped() implements EngineEntry {}

    /// An attempt of a step, or of undoing it, ended with a fault.
    ///
    /// @param retryAt when the engine tries again by itself; `null` = it waits for a person
    record StepFaulted(Fault fault, @Nullable Instant retryAt) implements EngineEntry {}

    record StepUndone() implements EngineEntry {}

    /// All steps are undone, and nothing was found left.
    record AllUndone() implements EngineEntry {}

    /// Registers all of them.
    static FactTypes register(FactTypes types) {
        return types.register("created", 1, Created.class).register("commanded", 1, Commanded.class)
                .register("step-started", 1, StepStarted.class).register("intended", 1, Intended.class)
                .register("step-completed", 1, StepCompleted.class).register("step-stopped", 1, StepStopped.class)
                .register("step-faulted", 1, StepFaulted.class).register("step-undone", 1, StepUndone.class)
                .register("all-undone", 1, AllUndone.class);
    }
}
