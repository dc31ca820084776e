package io.godwit.model.fault;

/// What the catalogue of faults tells of a code, and all that code and document know of it: who has to act, and whether it may pass,
/// are told nowhere else. Each text is one or two sentences.
///
/// @param blame who has to act
/// @param retryable whether the same call may succeed later with nothing changed by a person
/// @param meaning what such a fault says
/// @param cause what it usually comes from
/// @param remedy what a person can do about it: imperative
public record CatalogueEntry(Blame blame, boolean retryable, String meaning, String cause, String remedy) {
    /// Of a fault that the engine tries again by itself.
    public static CatalogueEntry passing(Blame blame, String meaning, String cause, String remedy) {
        return new CatalogueEntry(blame, true, meaning, cause, remedy);
    }

    /// Of a fault that stays until a person acts.
    public static CatalogueEntry lasting(Blame blame, String meaning, String cause, String remedy) {
        return new CatalogueEntry(blame, false, meaning, cause, remedy);
    }
}
