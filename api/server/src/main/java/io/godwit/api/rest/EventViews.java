package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.godwit.engine.journal.EngineEntry;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.migration.MigrationEvent;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.migration.RunningJob;
import io.godwit.engine.migration.VmMigrationView.PipelineView;
import io.godwit.engine.migration.VmMigrationView.StepPhase;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.engine.stage.StageFact.Warned;
import io.swagger.v3.oas.annotations.media.Schema;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Events as REST shows them.
final class EventViews {
    /// Name and data of one event.
    record Named(String name, Object data) {}

    /// Something happened to a VM migration: the data of the events `state`, `fault` and `warning`.
    ///
    /// @param vm its name at the source
    /// @param change `created`, `started`, `completed`, `faulted`, `commanded`, `stopped`, `undone` or `warned`
    /// @param phase of the VM migration after it, as in its view
    /// @param stage that is meant; where the change is of none, the one that is next
    /// @param attempt of that stage
    /// @param command `cancel` or `retry`; only of `commanded`
    /// @param fault only of `faulted`
    /// @param retryAt when the engine tries again by itself; absent where it waits for a person
    /// @param warning only of `warned`
    @Schema(name = "MigrationEvent")
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Event(String migration, String vmMigration, String vm, Instant at,
            @OneOf("created started completed faulted commanded stopped undone warned") String change,
            @OneOf("Queued Running Waiting Failed Canceling Canceled Succeeded") String phase,
            @Nullable String stage, @Nullable Integer attempt, @OneOf("cancel retry") @Nullable String command,
            @Nullable FaultView fault, @Nullable Instant retryAt,
            @Nullable String warning) {}

    /// How far a job is: the data of the event `progress`, which has no id.
    @Schema(name = "ProgressEvent")
    record Progress(String migration, String vmMigration, String vm, String stage, MigrationViews.Progress progress,
            List<MigrationViews.Task> tasks, List<MigrationViews.ToolStep> phases) {

        static Progress of(RunningJob job) {
            var step = MigrationViews.PipelineStep
                    .of(new PipelineView(PipelineStep.COPY_DISKS, StepPhase.RUNNING, null, null, List.of(), job.progress()));
            return new Progress(job.migration().value(), job.vm().value(), job.vmName(), job.stage(), step.progress(), step.tasks(),
                    step.phases());
        }
    }

    /// The migration has come to a stand: the data of the event `end`.
    @Schema(name = "EndEvent")
    record End(String migration, @OneOf("Succeeded Failed Canceled") String phase) {

        static End of(MigrationView migration) {
            return new End(migration.id().value(), migration.phase().label());
        }
    }

    /// Empty for what only the journal shows: intents, results and facts.
    static Optional<Named> of(MigrationEvent event) {
        return switch (event.entry().payload()) {
            case EngineEntry.Created _ -> state(event, "created", null);
            case EngineEntry.StepStarted _ -> state(event, "started", null);
            case EngineEntry.StepCompleted _ -> state(event, "completed", null);
            case EngineEntry.StepStopped _ -> state(event, "stopped", null);
            case EngineEntry.StepUndone _ -> state(event, "undone", null);
            case EngineEntry.AllUndone _ -> state(event, "undone", null);
            case EngineEntry.Commanded(var command) -> state(event, "commanded", command.name().toLowerCase(Locale.ROOT));
            case EngineEntry.StepFaulted(var fault, var again) ->
                Optional.of(new Named("fault", event(event, "faulted", null, FaultView.of(fault), again, null)));
            case Warned(var text) -> Optional.of(new Named("warning", event(event, "warned", null, null, null, text)));
            default -> Optional.empty();
        };
    }

    private static Optional<Named> state(MigrationEvent event, String change, @Nullable String command) {
        return Optional.of(new Named("state", event(event, change, command, null, null, null)));
    }

    private static Event event(MigrationEvent event, String change, @Nullable String command, @Nullable FaultView fault,
            @Nullable Instant retryAt, @Nullable String warning) {
        JournalEntry entry = event.entry();
        boolean ofStep = entry.attempt() > 0;
        return new Event(event.migration().value(), event.vm().value(), event.vmName(), entry.at(), change,
                MigrationViews.VmMigration.label(event.phase()), ofStep ? entry.step().stage() : event.stage(),
                ofStep ? entry.attempt() : null, command, fault, retryAt, warning);
    }

    private EventViews() {}
}
