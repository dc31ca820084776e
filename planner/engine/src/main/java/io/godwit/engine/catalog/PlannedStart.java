package io.godwit.engine.catalog;

import io.godwit.model.fault.Fault;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.plan.PlanId;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// That a plan is to start at a time, and what became of it.
///
/// @param within for so long after that time it may still be started, when no server ran at it
/// @param migration id of what is then started
/// @param node the only one that can start it; `null` = any
/// @param fault why it was not started
public record PlannedStart(PlanId plan, Instant at, Duration within, MigrationId migration, @Nullable String node, State state,
        @Nullable Fault fault) {
    public enum State {
        SCHEDULED, STARTED,
        /// No server ran at that time, nor soon enough after it.
        MISSED,
        /// It could not be started.
        REFUSED
    }

    /// The same, decided.
    public PlannedStart as(State decided, @Nullable Fault why) {
        return new PlannedStart(plan, at, within, migration, node, decided, why);
    }
}
