package io.godwit.engine.migration;

import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Phase;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import org.jspecify.annotations.Nullable;

/// Something that happened to a VM migration, and how it stood then.
///
/// @param number grows by one with each event of all VM migrations: who has seen one has seen all below it
/// @param phase after it
/// @param stage that ran or was next after it
/// @param entry of the journal
public record MigrationEvent(long number, MigrationId migration, VmMigrationId vm, String vmName, Phase phase, @Nullable String stage,
        JournalEntry entry) {}
