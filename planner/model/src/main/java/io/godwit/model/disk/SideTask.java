package io.godwit.model.disk;

import java.util.List;

/// A check beside a job that needs no step of its own; `VerifyDisks` demands its result.
public sealed interface SideTask {
    /// Unique in the VM migration, e.g. `manifest`.
    String name();

    /// Reads byte ranges and compares their digests with the given ones.
    record CheckDigests(String name, List<DigestedRange> ranges) implements SideTask {}

    /// A range and what its digest must be.
    ///
    /// @param what name for people, e.g. the file's name in the package
    /// @param algorithm as in [java.security.MessageDigest#getInstance(String)]
    /// @param expectedHex lower case
    record DigestedRange(String what, ExportSpec bytes, String algorithm, String expectedHex) {}
}
