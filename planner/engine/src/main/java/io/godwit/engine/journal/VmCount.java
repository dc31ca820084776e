package io.godwit.engine.journal;

/// How many VM migrations from one provider to another there are in a phase.
///
/// @param sourceProvider id, which may be that of one that is gone; empty for those of plans that were deleted before this was kept
public record VmCount(Phase phase, String sourceProvider, String destinationProvider, int vms) {}
