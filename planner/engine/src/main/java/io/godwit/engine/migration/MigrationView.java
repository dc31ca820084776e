package io.godwit.engine.migration;

import io.godwit.model.migration.MigrationId;
import io.godwit.model.plan.PlanId;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One start of a plan.
///
/// @param completed when its last VM migration came to a stand
public record MigrationView(MigrationId id, PlanId plan, String planName, Instant started, @Nullable Instant completed, Phase phase,
        List<VmMigrationView> vms) {
    /// Over all its VM migrations: FAILED and CANCELED only when none is active any more.
    public enum Phase {
        PENDING("Pending"), RUNNING("Running"), SUCCEEDED("Succeeded"), FAILED("Failed"), CANCELED("Canceled");

        private final String label;

        Phase(String label) {
            this.label = label;
        }

        /// As REST shows it.
        public String label() {
            return label;
        }
    }
}
