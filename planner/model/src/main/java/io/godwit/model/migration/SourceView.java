package io.godwit.model.migration;

/// Which bytes of a disk are meant.
public sealed interface SourceView {
    /// What the running VM holds right now; changes under the reader.
    record Live() implements SourceView {}

    /// A frozen view of a running VM.
    record Snapshot(String ref) implements SourceView {}

    /// The disks of a VM that does not run.
    record Stopped() implements SourceView {}

    /// The converted disks: overlays of that generation, over one of the other views.
    record Overlay(int generation) implements SourceView {}
}
