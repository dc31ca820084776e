package io.godwit.blockio;

import static io.godwit.blockio.NbdWire.CMD_BLOCK_STATUS;
import static io.godwit.blockio.NbdWire.CMD_FLUSH;
import static io.godwit.blockio.NbdWire.CMD_READ;
import static io.godwit.blockio.NbdWire.CMD_TRIM;
import static io.godwit.blockio.NbdWire.CMD_WRITE_ZEROES;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A request in flight, and what has come of its answer.
final class Pending {
    final long cookie;
    final int command;
    final long offset;
    final long length;
    final long tag;
    final boolean mayBeAnsweredSimply;
    final boolean slow;
    long asked; // what the server had been waited for then
    int context;
    boolean whole;
    int errorNumber;
    @Nullable
    Coverage coverage;
    @Nullable
    ByteBuffer pieces;
    @Nullable
    ByteBuffer bytes;
    @Nullable
    String error;
    List<BlockStatus> statuses = List.of();

    Pending(long cookie, int command, long offset, long length, long tag, NbdExport.Replies replies) {
        this.cookie = cookie;
        this.command = command;
        this.offset = offset;
        this.length = length;
        this.tag = tag;
        slow = command == CMD_FLUSH || command == CMD_WRITE_ZEROES || command == CMD_TRIM;
        mayBeAnsweredSimply = switch (replies) {
            case SIMPLE -> true;
            case STRUCTURED -> command != CMD_READ && command != CMD_BLOCK_STATUS;
            case EXTENDED -> false;
        };
    }
}
