package io.godwit.transfer;

import io.godwit.model.disk.WorkerJob.Verify;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// How one disk is copied for itself, as `godwit copy` does.
///
/// @param checkpoint where a later run finds what this one has done; `null` = nowhere
/// @param targetIsZero the target is known to read as zero
/// @param knowsSource whether the source's identity would be another one if its bytes were; else a finished checkpoint proves nothing, and is removed
/// @param knowsTarget the same of the target; else some of it is read back before a checkpoint is believed
public record CopyAlone(Verify verify, @Nullable Path checkpoint, boolean targetIsZero, boolean knowsSource, boolean knowsTarget) {}
