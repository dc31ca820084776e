package io.godwit.engine.journal;

/// What an entry says.
public enum EntryKind {
    /// The first entry: the plan as it was, and the itinerary.
    CREATED,
    /// A command of a person or a schedule, taken from the inbox by the lease holder.
    COMMANDED,
    /// A step's attempt begins, with the slots that it holds.
    STEP_STARTED,
    /// A call that changes something outside is about to be made.
    INTENT,
    /// What such a call made, or what was found of it later.
    RESULT,
    /// Something that a stage learnt or proved.
    FACT,
    /// A step's attempt (or an attempt to undo a step) has ended: completed, stopped or with a fault.
    STEP_ENDED,
    /// A step's effects are gone; its earlier entries are skipped by look-ups. Without a step: everything is gone.
    UNDONE
}
