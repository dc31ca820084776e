package io.godwit.blockio;

import java.util.Map;

/// What a server said of its export in the handshake.
///
/// @param contexts id of each metadata context that it granted, by name
/// @param structured whether it answers in chunks, and so can tell block status
/// @param minimumBlock alignment of requests
/// @param maximumBlock longest read or write
public record NbdExport(long sizeBytes, int flags, boolean structured, Map<String, Integer> contexts, int minimumBlock, int maximumBlock) {
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

    public boolean canWriteZeroes() {
        return (flags & NbdWire.EXPORT_SEND_WRITE_ZEROES) != 0;
    }
}
