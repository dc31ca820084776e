package io.godwit.blockio;

import static io.godwit.blockio.NbdWire.CHUNK_BLOCK_STATUS;
import static io.godwit.blockio.NbdWire.CHUNK_BLOCK_STATUS_EXTENDED;
import static io.godwit.blockio.NbdWire.CHUNK_DONE;
import static io.godwit.blockio.NbdWire.CHUNK_ERROR;
import static io.godwit.blockio.NbdWire.CHUNK_ERROR_BIT;
import static io.godwit.blockio.NbdWire.CHUNK_ERROR_OFFSET;
import static io.godwit.blockio.NbdWire.CHUNK_NONE;
import static io.godwit.blockio.NbdWire.CHUNK_OFFSET_DATA;
import static io.godwit.blockio.NbdWire.CHUNK_OFFSET_HOLE;
import static io.godwit.blockio.NbdWire.CMD_BLOCK_STATUS;
import static io.godwit.blockio.NbdWire.CMD_READ;
import static io.godwit.blockio.NbdWire.EXTENDED_REPLY_MAGIC;
import static io.godwit.blockio.NbdWire.SIMPLE_REPLY_MAGIC;
import static io.godwit.blockio.NbdWire.STRUCTURED_REPLY_MAGIC;

import io.godwit.blockio.NbdExport.Replies;
import io.godwit.model.fault.FaultException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import org.jspecify.annotations.Nullable;

/// Reads what a server answers. It is believed only as far as it answers what was asked: an unknown cookie, a byte outside the request or
/// twice, a missing byte or an endless length is a fault.
final class NbdReplies {
    private static final long LONGEST_STATUS = 8 + 16 * (2 << 20);
    private static final int MOST_RUNS = 128 << 10; // of one answer; who asks on from there gets the rest
    private static final int LONGEST_ERROR = 4096 + 14;

    private final NbdEndpoint endpoint;
    private final NbdStream stream;
    private final Replies kind;
    private final NbdBuffers buffers;
    private final InFlight inFlight;
    private final ByteBuffer header;

    NbdReplies(NbdEndpoint endpoint, NbdStream stream, Replies kind, NbdBuffers buffers, InFlight inFlight) {
        this.endpoint = endpoint;
        this.stream = stream;
        this.kind = kind;
        this.buffers = buffers;
        this.inFlight = inFlight;
        this.header = buffers.header;
    }

    /// Reads messages until one request has all of its answer, which may be an error, and that is in flight no more.
    Pending next() {
        while (true) {
            var done = kind == Replies.EXTENDED ? extended() : compact();
            if (done != null) {
                inFlight.remove(done);
                return done;
            }
        }
    }

    private @Nullable Pending compact() {
        boolean maybeSimple = inFlight.someAnsweredSimply();
        stream.read(header.clear().limit(maybeSimple ? 16 : 20));
        int magic = header.getInt();
        if (magic == SIMPLE_REPLY_MAGIC) {
            int error = header.getInt();
            var pending = require(header.getLong());
            if (!pending.mayBeAnsweredSimply) {
                throw broken("it answers a " + NbdWire.commandName(pending.command) + " simply after agreeing on structured replies");
            }
            return simple(pending, error);
        }
        if (magic != STRUCTURED_REPLY_MAGIC) {
            throw wrongMagic(magic);
        }
        if (kind == Replies.SIMPLE) {
            throw broken("it sends structured replies that were not agreed on");
        }
        int flags = header.getShort() & 0xffff;
        int type = header.getShort() & 0xffff;
        long cookie = header.getLong();
        if (maybeSimple) {
            stream.read(header.clear().limit(4));
        }
        return chunk(require(cookie), flags, type, header.getInt() & 0xffffffffL);
    }

    private @Nullable Pending extended() {
        stream.read(header.clear().limit(32));
        int magic = header.getInt();
        if (magic != EXTENDED_REPLY_MAGIC) {
            throw wrongMagic(magic);
        }
        int flags = header.getShort() & 0xffff;
        int type = header.getShort() & 0xffff;
        var pending = require(header.getLong());
        long offset = header.getLong();
        if (offset != pending.offset) {
            throw broken("it answers a request at " + pending.offset + " as if it were at " + Long.toUnsignedString(offset));
        }
        return chunk(pending, flags, type, header.getLong());
    }

    private Pending require(long cookie) {
        var pending = inFlight.find(cookie);
        if (pending == null) {
            throw broken("it answers a request that is not in flight (cookie " + Long.toHexString(cookie) + ")");
        }
        return pending;
    }

    private Pending simple(Pending pending, int error) {
        if (error != 0) {
            pending.errorNumber = error;
            pending.error = NbdWire.errorName(error);
        } else if (pending.command == CMD_READ) {
            pending.bytes = buffers.payload.clear().limit((int) pending.length);
            stream.read(buffers.payload);
        }
        return pending;
    }

    /// Reads one chunk, and returns the request where this was the last of its answer.
    ///
    /// @param length an unsigned number: a negative one is too long for any type
    private @Nullable Pending chunk(Pending pending, int flags, int type, long length) {
        boolean last = (flags & CHUNK_DONE) != 0;
        switch (type) {
            case CHUNK_NONE -> requireLength(length == 0, type, length);
            case CHUNK_OFFSET_DATA -> data(pending, length, last);
            case CHUNK_OFFSET_HOLE -> hole(pending, length);
            case CHUNK_BLOCK_STATUS -> status(pending, type, length, 4, 8);
            case CHUNK_BLOCK_STATUS_EXTENDED -> status(pending, type, length, 8, 16);
            default -> {
                if ((type & CHUNK_ERROR_BIT) == 0) {
                    throw broken("a chunk is of the unknown type " + type);
                }
                error(pending, type, length);
            }
        }
        if (!last) {
            if (type == CHUNK_NONE) {
                throw broken("it sends an empty chunk that does not end the answer");
            }
            return null;
        }
        if (pending.error == null) {
            requireComplete(pending);
        }
        return pending;
    }

    private void data(Pending pending, long length, boolean last) {
        requireLength(pending.command == CMD_READ && length > 8 && length - 8 <= pending.length, CHUNK_OFFSET_DATA, length);
        int count = (int) length - 8;
        var payload = buffers.payload;
        if (count == pending.length && pending.pieces == null && last) { // nearly always: one system call, no copy
            header.clear().limit(8);
            payload.clear().limit(count);
            stream.fill(header, payload);
            if (header.flip().getLong() != pending.offset) {
                throw broken("it sends data that was not asked for");
            }
            pending.bytes = payload.flip();
            pending.whole = true;
            return;
        }
        stream.read(header.clear().limit(8));
        int at = place(pending, header.getLong(), count);
        var pieces = piecesOf(pending);
        stream.fill(pieces.clear().position(at).limit(at + count));
    }

    private void hole(Pending pending, long length) {
        requireLength(pending.command == CMD_READ && length == 12, CHUNK_OFFSET_HOLE, length);
        stream.read(header.clear().limit(12));
        long offset = header.getLong();
        int count = header.getInt();
        if (count <= 0) {
            throw broken("it sends a hole of " + (count & 0xffffffffL) + " bytes");
        }
        int at = place(pending, offset, count);
        var pieces = piecesOf(pending);
        MemorySegment.ofBuffer(pieces.clear().position(at).limit(at + count)).fill((byte) 0);
    }

    /// Where in the answer a piece goes.
    private int place(Pending pending, long offset, int count) {
        if (pending.whole || offset < pending.offset || offset > pending.offset + pending.length - count) {
            throw broken(
                    "it sends " + count + " bytes at " + offset + " in answer to a read of " + pending.length + " at " + pending.offset);
        }
        int at = (int) (offset - pending.offset);
        if (pending.coverage == null) {
            pending.coverage = new Coverage((int) pending.length);
        }
        if (!pending.coverage.add(at, count)) {
            throw broken("it sends bytes at " + offset + " twice");
        }
        if (pending.coverage.scattered()) {
            throw broken(
                    "it answers a read of " + pending.length + " bytes in more than " + Coverage.MOST_ISLANDS + " pieces that lie apart");
        }
        return at;
    }

    private ByteBuffer piecesOf(Pending pending) {
        var pieces = pending.pieces;
        if (pieces == null) {
            pieces = buffers.piece((int) pending.length);
            pending.pieces = pieces;
        }
        return pieces;
    }

    private void requireComplete(Pending pending) {
        if (pending.command == CMD_READ && !pending.whole) {
            if (pending.coverage == null || !pending.coverage.complete() || pending.pieces == null) {
                throw broken("it ends its answer with " + (pending.coverage == null ? pending.length : pending.coverage.missing())
                        + " bytes missing of a read at " + pending.offset);
            }
            pending.bytes = pending.pieces.clear().limit((int) pending.length);
        }
        if (pending.command == CMD_BLOCK_STATUS && pending.statuses.isEmpty()) {
            throw broken("it ends a block status without a word of it");
        }
    }

    private void status(Pending pending, int type, long length, int head, int each) {
        requireLength(
                pending.command == CMD_BLOCK_STATUS && length >= head + each && length <= LONGEST_STATUS && (length - head) % each == 0,
                type, length);
        boolean wide = type == CHUNK_BLOCK_STATUS_EXTENDED;
        if (wide && kind != Replies.EXTENDED) {
            throw broken("it sends an extended block status that was not agreed on");
        }
        stream.read(header.clear().limit(head));
        boolean ours = header.getInt() == pending.context;
        long runs = (length - head) / each;
        if (wide) {
            int told = header.getInt();
            if (told != 0 && told != runs) {
                throw broken("it says that a block status has " + (told & 0xffffffffL) + " runs and sends " + runs);
            }
        }
        if (ours && !pending.statuses.isEmpty()) {
            throw broken("it sends the block status of a context twice");
        }
        var found = new ArrayList<BlockStatus>();
        var small = buffers.small;
        long at = pending.offset;
        long end = pending.offset + pending.length;
        for (long left = length - head; left > 0;) {
            stream.read(small.clear().limit((int) Math.min(left, small.capacity())));
            left -= small.limit();
            while (small.hasRemaining()) {
                long count = wide ? small.getLong() : small.getInt() & 0xffffffffL;
                long flags = wide ? small.getLong() : small.getInt() & 0xffffffffL;
                if (count == 0 || (at >= end && ours)) {
                    throw broken("its block status does not fit the range that was asked for");
                }
                long to = count < 0 || count > end - at ? end : at + count; // the last may go beyond
                if (ours && found.size() < MOST_RUNS) {
                    found.add(new BlockStatus(at, to - at, flags));
                }
                at = to;
            }
        }
        if (ours) {
            pending.statuses = Collections.unmodifiableList(found);
        }
    }

    private void error(Pending pending, int type, long length) {
        requireLength(length >= 6 && length <= LONGEST_ERROR, type, length);
        var small = buffers.small;
        stream.read(small.clear().limit((int) length));
        int number = small.getInt();
        int message = small.getShort() & 0xffff;
        if (message > small.remaining() - (type == CHUNK_ERROR_OFFSET ? 8 : 0)) {
            throw broken("an error's message is longer than its chunk");
        }
        var text = StandardCharsets.UTF_8.decode(small.slice(small.position(), message)).toString();
        var at = type == CHUNK_ERROR_OFFSET ? " at " + small.getLong(small.position() + message) : "";
        var more = type == CHUNK_ERROR || type == CHUNK_ERROR_OFFSET ? "" : " (error of the unknown type " + type + ")";
        pending.errorNumber = number;
        pending.error = NbdWire.errorName(number) + at + (text.isEmpty() ? "" : ": " + text) + more;
    }

    private void requireLength(boolean right, int type, long length) {
        if (!right) {
            throw broken("a chunk of type " + type + " with " + Long.toUnsignedString(length) + " bytes does not answer the request");
        }
    }

    private FaultException wrongMagic(int magic) {
        return broken("a reply has the magic " + Integer.toHexString(magic));
    }

    private FaultException broken(String why) {
        stream.close();
        return new FaultException(BlockFault.NBD_PROTOCOL_BROKEN, endpoint + " broke the protocol", why);
    }
}
