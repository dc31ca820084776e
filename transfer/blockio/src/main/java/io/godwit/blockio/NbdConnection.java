package io.godwit.blockio;

import static io.godwit.blockio.NbdWire.CHUNK_BLOCK_STATUS;
import static io.godwit.blockio.NbdWire.CHUNK_DONE;
import static io.godwit.blockio.NbdWire.CHUNK_ERROR;
import static io.godwit.blockio.NbdWire.CHUNK_ERROR_BIT;
import static io.godwit.blockio.NbdWire.CHUNK_ERROR_OFFSET;
import static io.godwit.blockio.NbdWire.CHUNK_NONE;
import static io.godwit.blockio.NbdWire.CHUNK_OFFSET_DATA;
import static io.godwit.blockio.NbdWire.CHUNK_OFFSET_HOLE;
import static io.godwit.blockio.NbdWire.CMD_BLOCK_STATUS;
import static io.godwit.blockio.NbdWire.CMD_DISCONNECT;
import static io.godwit.blockio.NbdWire.CMD_FLAG_FUA;
import static io.godwit.blockio.NbdWire.CMD_FLAG_NO_HOLE;
import static io.godwit.blockio.NbdWire.CMD_FLUSH;
import static io.godwit.blockio.NbdWire.CMD_READ;
import static io.godwit.blockio.NbdWire.CMD_TRIM;
import static io.godwit.blockio.NbdWire.CMD_WRITE;
import static io.godwit.blockio.NbdWire.CMD_WRITE_ZEROES;
import static io.godwit.blockio.NbdWire.REQUEST_MAGIC;
import static io.godwit.blockio.NbdWire.SIMPLE_REPLY_MAGIC;
import static io.godwit.blockio.NbdWire.STRUCTURED_REPLY_MAGIC;

import io.godwit.model.fault.FaultException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One connection to an NBD server, for one thread, with many requests in flight. What the server sends is believed only as far as it
/// answers what was asked: an unknown cookie, a byte outside the request or twice, a missing byte or an endless length is a fault, and so is
/// silence for longer than the stall limit.
///
/// Reads and writes must not be in flight together: both sides could wait for each other.
public final class NbdConnection implements BlockReader {
    private static final int REQUEST_BYTES = 28;
    private static final int LONGEST_STATUS = 4 + 8 * (2 << 20);
    private static final int LONGEST_ERROR = 4096 + 14;
    private static final long LONGEST_STATUS_QUERY = 1L << 31;

    private final NbdEndpoint endpoint;
    private final NbdStream stream;
    private final NbdExport export;
    private final NbdSettings settings;
    private final int longestRead;

    private final ByteBuffer requests;
    private final ByteBuffer header = ByteBuffer.allocateDirect(32);
    private final ByteBuffer small = ByteBuffer.allocateDirect(8192);
    private final ByteBuffer payload;
    private final ArrayDeque<ByteBuffer> spare = new ArrayDeque<>(); // for answers in pieces
    private final @Nullable Pending[] slots;
    private final ArrayDeque<Integer> free = new ArrayDeque<>();
    private long sequence;
    private int inFlight;
    private int answeredSimply; // requests in flight that may be answered by 16 bytes

    private NbdConnection(NbdEndpoint endpoint, NbdStream stream, NbdExport export, NbdSettings settings) {
        this.endpoint = endpoint;
        this.stream = stream;
        this.export = export;
        this.settings = settings;
        longestRead = Math.min(settings.requestBytes(), export.maximumBlock());
        requests = ByteBuffer.allocateDirect(REQUEST_BYTES * settings.depth());
        payload = ByteBuffer.allocateDirect(longestRead);
        slots = new Pending[settings.depth()];
        for (int slot = 0; slot < slots.length; slot++) {
            free.add(slot);
        }
    }

    /// Connects and shakes hands.
    ///
    /// @param contexts names of metadata contexts to ask for; which were granted is in [#export()]
    public static NbdConnection open(NbdEndpoint endpoint, NbdSettings settings, List<String> contexts) {
        var stream = new NbdStream(endpoint, settings.stallLimit());
        try {
            return new NbdConnection(endpoint, stream, new NbdHandshake(endpoint, stream).negotiate(contexts), settings);
        } catch (RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    public NbdExport export() {
        return export;
    }

    @Override
    public int depth() {
        return settings.depth();
    }

    @Override
    public int inFlight() {
        return inFlight;
    }

    @Override
    public void submit(long offset, int length, long tag) {
        if (length < 1 || length > longestRead) {
            throw new IllegalArgumentException("a read of " + length + " bytes; at most " + longestRead);
        }
        submit(CMD_READ, 0, offset, length, tag, null);
    }

    /// Puts a write on its way, to be confirmed by [#take(Taker)] with no bytes.
    ///
    /// @param through whether the answer must wait until it lies on the device
    public void submitWrite(long offset, ByteBuffer bytes, boolean through, long tag) {
        submit(CMD_WRITE, through ? CMD_FLAG_FUA : 0, offset, bytes.remaining(), tag, bytes);
    }

    /// Puts a write of zeroes on its way, to be confirmed by [#take(Taker)] with no bytes.
    ///
    /// @param keepAllocated whether the server may not punch a hole for it
    public void submitWriteZeroes(long offset, int length, boolean keepAllocated, long tag) {
        submit(CMD_WRITE_ZEROES, keepAllocated ? CMD_FLAG_NO_HOLE : 0, offset, length, tag, null);
    }

    @Override
    public void take(Taker taker) {
        var done = await();
        try {
            taker.taken(done.tag, done.offset, done.bytes == null ? small.clear().limit(0) : done.bytes);
        } finally {
            recycle(done);
        }
    }

    /// What a granted context says from that offset on: runs in order and without a gap, at least one, and none behind the range.
    public List<BlockStatus> blockStatus(String context, long offset, long length) {
        var id = export.contexts().get(context);
        if (id == null) {
            throw new IllegalArgumentException(endpoint + " did not grant " + context);
        }
        requireIdle();
        submit(CMD_BLOCK_STATUS, 0, offset, (int) Math.min(length, LONGEST_STATUS_QUERY), 0, null).context = id;
        return await().statuses;
    }

    /// Returns when all confirmed writes of all connections lie on the device.
    public void flush() {
        requireIdle();
        submit(CMD_FLUSH, 0, 0, 0, 0, null);
        await();
    }

    public void trim(long offset, int length) {
        requireIdle();
        submit(CMD_TRIM, 0, offset, length, 0, null);
        await();
    }

    /// Makes a range read as zero.
    ///
    /// @param keepAllocated whether the server may not punch a hole for it
    public void writeZeroes(long offset, int length, boolean keepAllocated) {
        requireIdle();
        submit(CMD_WRITE_ZEROES, keepAllocated ? CMD_FLAG_NO_HOLE : 0, offset, length, 0, null);
        await();
    }

    private void requireIdle() {
        if (inFlight > 0) {
            throw new IllegalStateException(inFlight + " requests are in flight");
        }
    }

    private Pending submit(int command, int flags, long offset, int length, long tag, @Nullable ByteBuffer data) {
        var slot = free.poll();
        if (slot == null) {
            throw new IllegalStateException("more than " + settings.depth() + " requests in flight");
        }
        long bytes = command == CMD_BLOCK_STATUS ? length & 0xffffffffL : length;
        if (offset < 0 || bytes < 0 || offset > export.sizeBytes() - bytes) {
            free.push(slot);
            throw new IllegalArgumentException(
                    NbdWire.commandName(command) + " of " + bytes + " bytes at " + offset + " of " + export.sizeBytes());
        }
        long cookie = ++sequence << 16 | slot;
        var pending = new Pending(cookie, command, offset, bytes, tag);
        slots[slot] = pending;
        inFlight++;
        answeredSimply += pending.mayBeAnsweredSimply(export.structured()) ? 1 : 0;
        requests.putInt(REQUEST_MAGIC).putShort((short) flags).putShort((short) command).putLong(cookie).putLong(offset).putInt(length);
        if (data != null || !requests.hasRemaining()) {
            sendRequests();
        }
        if (data != null) {
            stream.write(data);
        }
        return pending;
    }

    private void sendRequests() {
        stream.write(requests.flip());
        requests.clear();
    }

    /// Reads messages until one request has all of its answer.
    private Pending await() {
        if (inFlight == 0) {
            throw new IllegalStateException("nothing is in flight");
        }
        if (requests.position() > 0) {
            sendRequests();
        }
        while (true) {
            var done = receive();
            if (done != null) {
                slots[(int) (done.cookie & 0xffff)] = null;
                free.add((int) (done.cookie & 0xffff));
                inFlight--;
                answeredSimply -= done.mayBeAnsweredSimply(export.structured()) ? 1 : 0;
                if (done.error != null) {
                    recycle(done);
                    throw failed(done, done.error);
                }
                return done;
            }
        }
    }

    private @Nullable Pending receive() {
        stream.read(header.clear().limit(answeredSimply > 0 ? 16 : 20));
        int magic = header.getInt();
        if (magic == SIMPLE_REPLY_MAGIC) {
            int error = header.getInt();
            var pending = require(header.getLong());
            if (!pending.mayBeAnsweredSimply(export.structured())) {
                throw broken("it answers a " + NbdWire.commandName(pending.command) + " simply after agreeing on structured replies");
            }
            return simple(pending, error);
        }
        if (magic != STRUCTURED_REPLY_MAGIC) {
            throw broken("a reply has the magic " + Integer.toHexString(magic));
        }
        if (!export.structured()) {
            throw broken("it sends structured replies that were not agreed on");
        }
        int flags = header.getShort() & 0xffff;
        int type = header.getShort() & 0xffff;
        long cookie = header.getLong();
        if (answeredSimply > 0) {
            stream.read(header.clear().limit(4));
        }
        long length = header.getInt() & 0xffffffffL;
        var pending = require(cookie);
        boolean last = (flags & CHUNK_DONE) != 0;
        chunk(pending, type, length, last);
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

    private Pending require(long cookie) {
        int slot = (int) (cookie & 0xffff);
        var pending = slot < slots.length ? slots[slot] : null;
        if (pending == null || pending.cookie != cookie) {
            throw broken("it answers a request that is not in flight (cookie " + Long.toHexString(cookie) + ")");
        }
        return pending;
    }

    private Pending simple(Pending pending, int error) {
        if (error != 0) {
            pending.error = NbdWire.errorName(error);
        } else if (pending.command == CMD_READ) {
            pending.bytes = payload.clear().limit((int) pending.length);
            stream.read(payload);
        }
        return pending;
    }

    private void chunk(Pending pending, int type, long length, boolean last) {
        switch (type) {
            case CHUNK_NONE -> requireLength(length == 0, type, length);
            case CHUNK_OFFSET_DATA -> data(pending, length, last);
            case CHUNK_OFFSET_HOLE -> hole(pending, length);
            case CHUNK_BLOCK_STATUS -> status(pending, length);
            default -> {
                if ((type & CHUNK_ERROR_BIT) == 0) {
                    throw broken("a chunk is of the unknown type " + type);
                }
                error(pending, type, length);
            }
        }
    }

    private void data(Pending pending, long length, boolean last) {
        requireLength(pending.command == CMD_READ && length > 8 && length - 8 <= pending.length, CHUNK_OFFSET_DATA, length);
        int count = (int) length - 8;
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
        return at;
    }

    private ByteBuffer piecesOf(Pending pending) {
        var pieces = pending.pieces;
        if (pieces == null) {
            pieces = spare.isEmpty() ? ByteBuffer.allocateDirect(longestRead) : spare.pop();
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

    private void status(Pending pending, long length) {
        requireLength(pending.command == CMD_BLOCK_STATUS && length >= 12 && length <= LONGEST_STATUS && (length - 4) % 8 == 0,
                CHUNK_BLOCK_STATUS,
                length);
        stream.read(header.clear().limit(4));
        boolean ours = header.getInt() == pending.context;
        if (ours && !pending.statuses.isEmpty()) {
            throw broken("it sends the block status of a context twice");
        }
        var found = new ArrayList<BlockStatus>();
        long at = pending.offset;
        long end = pending.offset + pending.length;
        for (int left = (int) length - 4; left > 0;) {
            stream.read(small.clear().limit(Math.min(left, small.capacity())));
            left -= small.limit();
            while (small.hasRemaining()) {
                long count = small.getInt() & 0xffffffffL;
                long flags = small.getInt() & 0xffffffffL;
                if (count == 0 || (at >= end && ours)) {
                    throw broken("its block status does not fit the range that was asked for");
                }
                if (ours) {
                    found.add(new BlockStatus(at, Math.min(count, end - at), flags)); // the last may go beyond
                }
                at += count;
            }
        }
        if (ours) {
            pending.statuses = Collections.unmodifiableList(found);
        }
    }

    private void error(Pending pending, int type, long length) {
        requireLength(length >= 6 && length <= LONGEST_ERROR, type, length);
        stream.read(small.clear().limit((int) length));
        int number = small.getInt();
        int message = small.getShort() & 0xffff;
        if (message > small.remaining() - (type == CHUNK_ERROR_OFFSET ? 8 : 0)) {
            throw broken("an error's message is longer than its chunk");
        }
        var text = StandardCharsets.UTF_8.decode(small.slice(small.position(), message)).toString();
        var at = type == CHUNK_ERROR_OFFSET ? " at " + small.getLong(small.position() + message) : "";
        var more = type == CHUNK_ERROR || type == CHUNK_ERROR_OFFSET ? "" : " (error of the unknown type " + type + ")";
        pending.error = NbdWire.errorName(number) + at + (text.isEmpty() ? "" : ": " + text) + more;
    }

    private void requireLength(boolean right, int type, long length) {
        if (!right) {
            throw broken("a chunk of type " + type + " with " + length + " bytes does not answer the request");
        }
    }

    private void recycle(Pending pending) {
        if (pending.pieces != null) {
            spare.push(pending.pieces);
            pending.pieces = null;
        }
        pending.bytes = null;
    }

    private FaultException failed(Pending pending, String error) {
        var code = switch (pending.command) {
            case CMD_READ, CMD_BLOCK_STATUS -> BlockFault.NBD_READ_FAILED;
            default -> error.startsWith("ENOSPC") ? BlockFault.TARGET_FULL : BlockFault.NBD_WRITE_FAILED;
        };
        return new FaultException(code,
                NbdWire.commandName(pending.command) + " of " + pending.length + " bytes at offset " + pending.offset + " of "
                        + endpoint + " failed",
                error);
    }

    private FaultException broken(String why) {
        close();
        return new FaultException(BlockFault.NBD_PROTOCOL_BROKEN, endpoint + " broke the protocol", why);
    }

    /// Tells the server that no more requests come, where nothing is in flight, and closes the socket.
    public void disconnect() {
        if (inFlight == 0) {
            try {
                requests.clear().putInt(REQUEST_MAGIC).putShort((short) 0).putShort((short) CMD_DISCONNECT).putLong(0).putLong(0).putInt(0);
                sendRequests();
            } catch (FaultException e) {
                // it is gone already
            }
        }
        close();
    }

    /// From any thread: whoever waits for an answer fails.
    @Override
    public void close() {
        stream.close();
    }

    /// A request in flight.
    private static final class Pending {
        final long cookie;
        final int command;
        final long offset;
        final long length;
        final long tag;
        int context;
        boolean whole;
        @Nullable
        Coverage coverage;
        @Nullable
        ByteBuffer pieces;
        @Nullable
        ByteBuffer bytes;
        @Nullable
        String error;
        List<BlockStatus> statuses = List.of();

        Pending(long cookie, int command, long offset, long length, long tag) {
            this.cookie = cookie;
            this.command = command;
            this.offset = offset;
            this.length = length;
            this.tag = tag;
        }

        boolean mayBeAnsweredSimply(boolean structured) {
            return !structured || (command != CMD_READ && command != CMD_BLOCK_STATUS);
        }
    }
}
