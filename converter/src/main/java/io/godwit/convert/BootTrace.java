package io.godwit.convert;

import io.godwit.model.disk.BootReport.Proof;

/// One start of a guest, as the guest itself wrote it down.
///
/// @param identity tells it from all other starts
/// @param words for a person
record BootTrace(Proof proof, String identity, String words) {
    /// Whether both tell of the same start.
    boolean same(BootTrace other) {
        return proof == other.proof && identity.equals(other.identity);
    }
}
