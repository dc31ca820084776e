package io.godwit.convert;

import io.godwit.export.Exports;
import io.godwit.process.Supervisor;
import java.nio.file.Path;
import java.util.function.UnaryOperator;

/// What the worker lends to who works on a guest.
///
/// @param runtime an existing folder with a short path, for sockets
/// @param secrets gives the value of a secret by its name, and waits until it was sent
public record ConverterTools(Supervisor supervisor, Exports exports, Path runtime, ConverterSettings settings,
        UnaryOperator<String> secrets) {}
