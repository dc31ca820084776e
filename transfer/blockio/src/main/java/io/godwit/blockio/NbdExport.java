package io.godwit.blockio;

import java.util.Map;

/// What a server said of its export in the handshake.
///
/// @param contexts id of each metadata context that it granted, by name
/// @param replies how it answers
/// @param minimumBlock alignment of requests
/// @param maximumBlock longest read or write
public record NbdExport(long sizeBytes, int flags, Replies replies, Map<String, Integer> contexts, int minimumBlock, int maximumBlock) {
    /// The three kinds of answers that the protocol has.
    public enum Replies {
        /// A status and the bytes.
        SIMPLE,
        /// In chunks, so that block status can be told, and an error in the middle.
        STRUCTURED,
        /// In chunks whose lengths, as those of requests, have 64 bits.
        EXTENDED
    }

    public NbdExport {
        contexts = Map.copyOf(contexts);
    }

    public boolean readOnly() {
        return (flags & NbdWire.EXPORT_READ_ONLY) != 0;
    }

    /// Whether several connections see each other's flushed writes.
    public boolean multiConnection() {
        return (flags & NbdWire.EXPORT_CAN_MULTI_CONN) != 0;
    }

    public boolean canFlush() {
        return (flags & NbdWire.EXPORT_SEND_FLUSH) != 0;
    }

    public boolean canForceUnitAccess() {
        return (flags & NbdWire.EXPORT_SEND_FUA) != 0;
    }

    public boolean canTrim() {
        return (flags & NbdWire.EXPORT_SEND_TRIM) != 0;
    }

    /// Whether it can be asked to answer a read in one piece.
    public boolean canReadWhole() {
        return (flags & NbdWire.EXPORT_SEND_DF) != 0;
    }

    public boolean canWriteZeroes() {
        return (flags & NbdWire.EXPORT_SEND_WRITE_ZEROES) != 0;
    }
}
