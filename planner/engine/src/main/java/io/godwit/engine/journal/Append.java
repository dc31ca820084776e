package io.godwit.engine.journal;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What one transaction writes.
///
/// @param entries to append, numbered on from the last; may be empty
/// @param take slots to take, all or none of the whole append
/// @param freeSlots whether all slots of this VM migration are freed (before any are taken)
/// @param journalled numbers of the inbox's commands that the entries journal; they leave the inbox
/// @param status the projection after it
/// @param nextCheckAt when it is due again; `null` = never by itself. A command or a wake that came since the lease was taken keeps it
/// due at once
/// @param release whether the lease ends with it
public record Append(List<JournalEntry> entries, List<Slot> take, boolean freeSlots, List<Long> journalled, Status status,
        @Nullable Instant nextCheckAt, boolean release) {}
