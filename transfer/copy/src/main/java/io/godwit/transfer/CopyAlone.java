package io.godwit.transfer;

import io.godwit.model.disk.WorkerJob.Verify;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How one disk is copied for itself, as `godwit copy` does.
///
/// @param checkpoint where a later run finds what this one has done if it does not come to its end; `null` = nowhere
/// @param targetIsZero the target is known to read as zero
public record CopyAlone(Verify verify, @Nullable Path checkpoint, boolean targetIsZero) {}
