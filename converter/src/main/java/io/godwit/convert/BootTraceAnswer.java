package io.godwit.convert;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What [ReadBootTraces] leaves.
///
/// @param looked files that were there and could be read
/// @param failure what libguestfs said; `null` = it could look
record BootTraceAnswer(List<BootTrace> traces, List<String> looked, @Nullable String failure) {}
