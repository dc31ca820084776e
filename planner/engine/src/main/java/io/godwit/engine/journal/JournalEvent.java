package io.godwit.engine.journal;

import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;

/// A journal entry's place among those of all VM migrations.
///
/// @param number grows by one with each entry of the store, in the order of their commits: who has seen one has seen all below it
/// @param seq of the entry in its own journal
public record JournalEvent(long number, MigrationId migration, VmMigrationId vm, String vmName, long seq) {}
