package io.godwit.model.fault;

/// Who has to act for a fault to go away.
public enum Blame {
    /// The person who wrote the plan or the settings.
    USER,
    /// The platform that the VM comes from, or its files.
    SOURCE,
    /// The platform that the VM goes to, or the machine that the worker runs on.
    DESTINATION,
    /// What is inside the VM.
    GUEST,
    /// Godwit itself: a bug.
    GODWIT
}
