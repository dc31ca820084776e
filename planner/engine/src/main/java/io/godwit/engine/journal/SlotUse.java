package io.godwit.engine.journal;

import io.godwit.model.migration.VmMigrationId;

/// A slot that is taken.
public record SlotUse(VmMigrationId id, String pool, int cost) {}
