package io.godwit.model.inventory;

/// A finding about a VM before its migration.
///
/// @param id stable, e.g. `ova.digest.missing`
/// @param label short, for a list
/// @param assessment what it means and what to do
public record Concern(String id, Severity severity, String label, String assessment) {
    public enum Severity {
        INFORMATION, WARNING, CRITICAL
    }
}
