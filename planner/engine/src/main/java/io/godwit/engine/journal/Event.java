package io.godwit.engine.journal;

/// What an entry means for the state; intents, results and facts mean nothing for it.
public enum Event {
    CREATED, STEP_STARTED, STEP_COMPLETED, LAST_STEP_COMPLETED,
    /// With another try to come.
    STEP_FAULTED,
    /// Without.
    STEP_FAILED, STEP_STOPPED, STEP_UNDONE, ALL_UNDONE, CANCEL, RETRY, CUTOVER
}
