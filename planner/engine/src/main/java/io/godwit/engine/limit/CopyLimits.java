package io.godwit.engine.limit;

import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What people may know of the limits that copies are under, and say of them.
public interface CopyLimits {
    /// What holds for the copy of that VM migration which this node keeps within its limits; empty where none runs, or none holds.
    Optional<UnderLimits> of(VmMigrationId id);

    /// Limits were set or unset: look at them now.
    void changed();

    /// What holds for one copy.
    ///
    /// @param share that the worker was told last
    /// @param limits names of all that hold for it, in force now
    /// @param bytesBoundBy name of the limit that its bytes per second stop at; `null` where it asks for less than it may take
    /// @param requestsBoundBy the same, of its requests per second
    record UnderLimits(CopyShare share, List<String> limits, @Nullable String bytesBoundBy, @Nullable String requestsBoundBy) {}
}
