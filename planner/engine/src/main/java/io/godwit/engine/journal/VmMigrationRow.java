package io.godwit.engine.journal;

import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One VM migration as lists show it. Identity and node are of its creation; the rest is a projection.
///
/// @param node the only node that may push it; `null` = any
/// @param nextCheckAt `null` = not due by itself
public record VmMigrationRow(VmMigrationId id, MigrationId migration, PlanId plan, String vmId, String vmName, @Nullable String node,
        Status status, @Nullable Instant nextCheckAt) {}
