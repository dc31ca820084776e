package io.godwit.model.migration;

/// How the VMs of a plan move.
public enum MigrationType {
    /// The source is stopped for the whole copy.
    COLD,
    /// The disks are copied while the source runs; it is stopped for the last difference only.
    WARM
}
