package io.godwit.blockio;

import java.nio.ByteBuffer;

/// A disk to write. Thread-safe.
public interface BlockSink extends AutoCloseable {
    long sizeBytes();

    /// Writes all that is between position and limit.
    void write(long offset, ByteBuffer bytes);

    /// Makes all of it read as zero from now on, by the cheapest means that is sure.
    void clear();

    /// Whether what was never written since [#clear()] reads as zero, so that zeroes need no write.
    boolean readsAsZero();

    /// Returns when all that was written lies on the device.
    void flush();

    @Override
    void close();
}
