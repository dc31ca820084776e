package io.godwit.blockio;

import java.nio.ByteBuffer;

/// Writes, perhaps many in flight, on one thread.
public interface BlockWriter extends AutoCloseable {
    /// Writes all that is between position and limit. The buffer is the caller's again after the return; the write may have its end later.
    ///
    /// @param tag given back when it is written
    void write(long offset, ByteBuffer bytes, long tag);

    /// Makes a range read as zero, by the cheapest means that is sure.
    ///
    /// @param tag given back when it does
    void zero(long offset, long length, long tag);

    /// Returns when every write has its end.
    void drain();

    /// Leaves what is in flight to itself.
    @Override
    void close();

    /// Is told when a write has its end.
    @FunctionalInterface
    interface Written {
        /// Those bytes are the target's now, though perhaps not yet on its device.
        void written(long tag);
    }
}
