package io.godwit.engine.simulation;

/// A bug that is planted in what surrounds the engine, or in a stage, to see whether the simulation finds it.
enum Mutant {
    NONE,
    /// Intents never reach the disk.
    INTENT_LEFT_OUT,
    /// The destination adopts a volume by its disk's key, whoever owns it.
    ADOPTION_WITHOUT_ID_CHECK,
    /// The store takes appends of whoever had a lease once.
    APPEND_WITHOUT_EPOCH,
    /// The end of a step keeps its slots.
    SLOT_NOT_RELEASED,
    /// Slots are taken without looking whether they are free.
    SLOT_NOT_CHECKED,
    /// Undoing the allocation removes the first volume only.
    COMPENSATION_FORGETS_A_VOLUME,
    /// A retry begins one step too early.
    RETRY_OF_A_FINISHED_STEP,
    /// Calls of earlier owners are not waited out before a cancel removes things.
    CALLS_NOT_WAITED_OUT,
    /// The pool says that all jobs are dead and has not looked.
    JOBS_NOT_PROVEN_DEAD
}
