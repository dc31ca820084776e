package io.godwit.engine.journal;

import java.util.List;

/// Makes of a journal what a store keeps beside it, so that a store can drop its projections and make them anew.
@FunctionalInterface
public interface Projection {
    /// The status and slots after the last entry.
    ///
    /// @param journal of one VM migration, whole and in order, never empty
    Projected of(List<JournalEntry> journal);

    /// What follows from a journal.
    ///
    /// @param status without `waitingFor`, which no journal holds
    /// @param slots that the journal's last step holds
    record Projected(Status status, List<Slot> slots) {}
}
