package io.godwit.engine.journal;

import io.godwit.model.migration.VmMigrationId;
import java.time.Instant;

/// The right to push one VM migration.
///
/// @param owner the node that holds it
/// @param epoch larger than that of every earlier lease of this VM migration
/// @param until by the store's time; afterwards another may take it
public record Lease(VmMigrationId id, String owner, long epoch, Instant until) {}
