package io.godwit.model.fault;

/// A kind of fault. Each module has one enum of them; [#name()] is what users, logs and REST see, so it is never renamed.
/// docs/reference/faults.md is made of them all.
public interface FaultCode {
    /// The constant's name, unique over all modules, e.g. `OVA_DIGEST_MISMATCH`.
    String name();

    CatalogueEntry entry();
}
