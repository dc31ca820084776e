package io.godwit.engine.journal;

/// What a person or a schedule may order of a VM migration.
public enum Command {
    /// Stop, undo everything and leave nothing behind.
    CANCEL,
    /// Go on at the step that failed.
    RETRY,
    /// End the rounds of a warm migration.
    CUTOVER
}
