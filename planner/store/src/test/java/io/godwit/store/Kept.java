package io.godwit.store;

import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Projection;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.Status;
import io.godwit.engine.journal.StepPath;
import java.time.Instant;
import java.util.List;

/// An entry that says the whole state after it, so that the projection is the last entry.
public record Kept(Status status, List<Slot> slots) {
    static final FactTypes FACTS = new FactTypes().register("kept", 1, Kept.class);
    static final Projection PROJECTION = journal -> {
        var last = (Kept) journal.getLast().payload();
        return new Projection.Projected(last.status(), last.slots());
    };

    JournalEntry entry(long seq, long epoch, String operation, Instant at) {
        return new JournalEntry(seq, epoch, new StepPath("0:Work"), 1, EntryKind.FACT, operation, "kept", 1, this, at);
    }
}
