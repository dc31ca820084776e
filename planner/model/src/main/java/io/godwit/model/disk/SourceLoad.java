package io.godwit.model.disk;

import io.godwit.model.limit.CopyShare;
import java.time.Instant;

/// What a copy has asked of its source since it began, and how long its share held it back: what limits are divided by.
///
/// @param at by the worker's clock; only differences count
/// @param bytes asked for
/// @param requests reads
/// @param heldByBytesMillis how long a read waited because the job's bytes per second were spent
/// @param heldByRequestsMillis the same, of its requests per second
/// @param share that it keeps to
public record SourceLoad(Instant at, long bytes, long requests, long heldByBytesMillis, long heldByRequestsMillis, CopyShare share) {}
