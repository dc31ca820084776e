package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;

/// Many reads in flight on one thread.
public interface BlockReader extends AutoCloseable {
    /// Reads at most in flight.
    int depth();

    int inFlight();

    /// Puts a read on its way; sent with the next [#take(Taker)] at the latest.
    ///
    /// @param tag given back with the bytes
    void submit(long offset, int length, long tag);

    /// The same for a read that is to be answered in one piece, where that can be asked for. QEMU answers others as it finds data and holes, and
    /// closes the connection instead of telling an error of them (nbd/server.c, nbd_co_send_sparse_read).
    default void submitWhole(long offset, int length, long tag) {
        submit(offset, length, tag);
    }

    /// Sends what was submitted, for who does something else before he takes.
    default void send() {
        // it is on its way
    }

    /// Waits until any read is complete, and hands its bytes over.
    void take(Taker taker);

    @Override
    void close();

    /// Gets the bytes of one read.
    @FunctionalInterface
    interface Taker {
        /// One read is complete.
        ///
        /// @param bytes all that was asked for, between position and limit; the buffer is the reader's again after the return
        void taken(long tag, long offset, ByteBuffer bytes);

        /// One read has failed; the others are not touched by that. Unless this is overridden, [#take(Taker)] throws.
        default void failed(long tag, FaultException fault) {
            throw fault;
        }
    }
}
