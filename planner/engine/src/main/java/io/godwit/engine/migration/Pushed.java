package io.godwit.engine.migration;

import io.godwit.engine.journal.Phase;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import org.jspecify.annotations.Nullable;

/// What one push came to.
///
/// @param stage that was pushed
/// @param phase after it
/// @param did what happened
/// @param fault where the step ended with one
public record Pushed(VmMigrationId id, String stage, Phase phase, Did did, @Nullable Fault fault) {
    public enum Did {
        /// Not leased to this replica, or no longer: nothing was done that counts.
        NOTHING,
        /// The stage waits and will be looked at again.
        WAITED,
        /// A step was completed, or undone.
        STEPPED,
        /// A step ended with a fault.
        FAULTED
    }

    /// Whether the VM migration stands still after this: ended, or failed.
    public boolean ended() {
        return !phase.active();
    }
}
