package io.godwit.engine.journal;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// One entry of a VM migration's journal; never changed once it was appended.
///
/// @param seq counts from 1 without gaps
/// @param epoch of the lease that it was appended under; 0 for CREATED
/// @param attempt of the step, from 1; 0 for entries of no step
/// @param operationId of an intent and its result
/// @param type constant under which the payload's class is registered in [FactTypes]
/// @param version of that type
/// @param payload what it says, a public record
/// @param at the store's time
public record JournalEntry(long seq, long epoch, StepPath step, int attempt, EntryKind kind, @Nullable String operationId, String type,
        int version, Record payload, Instant at) {}
