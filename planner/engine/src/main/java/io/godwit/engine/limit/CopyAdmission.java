package io.godwit.engine.limit;

import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import org.jspecify.annotations.Nullable;

/// Where copies ask what they may take from their sources.
public interface CopyAdmission {
    /// Where nobody set a limit.
    CopyAdmission UNLIMITED = new CopyAdmission() {
        @Override
        public @Nullable CopyShare admit(CopyJob job) {
            return null;
        }

        @Override
        public void running(CopyJob job) {}

        @Override
        public void mayHaveEnded(VmMigrationId id) {}
    };

    /// Called before a copy is started: what it may take from its first byte on, until it is told otherwise; `null` where no limit holds for it.
    @Nullable
    CopyShare admit(CopyJob job);

    /// It was found running; harmless when that is known.
    void running(CopyJob job);

    /// A hint to look at the copy of that VM migration, so that others get what it had.
    void mayHaveEnded(VmMigrationId id);
}
