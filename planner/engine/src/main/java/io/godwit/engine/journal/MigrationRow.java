package io.godwit.engine.journal;

import io.godwit.model.migration.MigrationId;
import io.godwit.model.plan.PlanId;
import java.time.Instant;

/// One start of a plan. Primary data.
public record MigrationRow(MigrationId id, PlanId plan, String planName, Instant startedAt) {}
