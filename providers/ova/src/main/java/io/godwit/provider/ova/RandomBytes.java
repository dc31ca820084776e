package io.godwit.provider.ova;

import java.io.Closeable;
import java.io.IOException;

/// Bytes that can be read at any place: those of a file, wherever it is.
interface RandomBytes extends Closeable {
    long sizeBytes();

    /// That many bytes; a fault where there are fewer by now.
    byte[] read(long offset, int length) throws IOException;
}
