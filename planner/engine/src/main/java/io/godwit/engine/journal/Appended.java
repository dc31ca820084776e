package io.godwit.engine.journal;

/// What became of an append.
public enum Appended {
    WRITTEN,
    /// The lease is another's by now, or another wrote these numbers: nothing was written.
    STALE,
    /// A slot is not free: nothing was written.
    SLOTS_FULL
}
