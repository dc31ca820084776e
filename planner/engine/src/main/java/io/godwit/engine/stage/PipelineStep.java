package io.godwit.engine.stage;

/// The five steps that users of MTV know; each stage belongs to one.
public enum PipelineStep {
    INITIALIZE("Initialize"), ALLOCATE_DISKS("AllocateDisks"), CONVERT_IMAGE("ConvertImage"), COPY_DISKS("CopyDisks"), CREATE_VM(
            "CreateVM");

    private final String label;

    PipelineStep(String label) {
        this.label = label;
    }

    /// As REST shows it.
    public String label() {
        return label;
    }
}
