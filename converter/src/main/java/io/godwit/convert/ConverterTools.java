package io.godwit.convert;

import io.godwit.export.Exports;
import io.godwit.process.Supervisor;
import java.nio.file.Path;

/// What the worker lends to who works on a guest.
///
/// @param runtime an existing folder with a short path, for sockets
public record ConverterTools(Supervisor supervisor, Exports exports, Path runtime, ConverterSettings settings) {}
