package io.godwit.model.fault;

/// A kind of fault. Each module has one enum of them; [#name()] is what users, logs and REST see, so it is never renamed.
public interface FaultCode {
    /// The constant's name, unique over all modules, e.g. `OVA_DIGEST_MISMATCH`.
    String name();

    Blame blame();

    /// Whether the same call may succeed later with nothing changed by a person.
    boolean retryable();

    /// What a person can do about it: one imperative sentence.
    String remedy();
}
