package io.godwit.blockio;

import static io.godwit.blockio.NbdWire.CMD_BLOCK_STATUS;
import static io.godwit.blockio.NbdWire.CMD_DISCONNECT;
import static io.godwit.blockio.NbdWire.CMD_FLAG_DF;
import static io.godwit.blockio.NbdWire.CMD_FLAG_FUA;
import static io.godwit.blockio.NbdWire.CMD_FLAG_NO_HOLE;
import static io.godwit.blockio.NbdWire.CMD_FLAG_PAYLOAD_LENGTH;
import static io.godwit.blockio.NbdWire.CMD_FLUSH;
import static io.godwit.blockio.NbdWire.CMD_READ;
import static io.godwit.blockio.NbdWire.CMD_TRIM;
import static io.godwit.blockio.NbdWire.CMD_WRITE;
import static io.godwit.blockio.NbdWire.CMD_WRITE_ZEROES;
import static io.godwit.blockio.NbdWire.EXTENDED_REQUEST_MAGIC;
import static io.godwit.blockio.NbdWire.LONGEST_REQUEST_HEADER;
import static io.godwit.blockio.NbdWire.REQUEST_MAGIC;

import io.godwit.blockio.NbdExport.Replies;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One connection to an NBD server, for one thread, with many requests in flight. A lie of the server is a fault (see [NbdReplies]), and so
/// is silence for longer than the stall limit. A connection that broke stays broken: [NbdSource] makes another in its place.
///
/// Reads and writes must not be in flight together: both sides could wait for each other.
public final class NbdConnection implements BlockReader {
    /// What 32 bits hold, aligned to any block size.
    private static final long LONGEST_COMPACT_EFFECT = 1L << 31;

    private static final long LOOK_EVERY = 50_000_000;

    private final NbdEndpoint endpoint;
    private final NbdStream stream;
    private final NbdExport export;
    private final NbdSettings settings;
    private final int longestRead;
    private final boolean extended;
    private final NbdBuffers buffers;
    private final ByteBuffer requests;
    private final InFlight pending;
    private final NbdReplies replies;
    private final ArrayDeque<Pending> early = new ArrayDeque<>(); // answers that came while another was waited for
    private long looked = -LOOK_EVERY; // for the oldest request, by what was waited
    private boolean patient;
    private boolean replaced;

    private NbdConnection(NbdEndpoint endpoint, NbdStream stream, NbdExport export, NbdSettings settings, NbdBuffers buffers) {
        this.endpoint = endpoint;
        this.stream = stream;
        this.export = export;
        this.settings = settings;
        this.buffers = buffers;
        longestRead = Math.min(settings.requestBytes(), export.maximumBlock());
        extended = export.replies() == Replies.EXTENDED;
        requests = buffers.requests;
        pending = new InFlight(settings.depth());
        replies = new NbdReplies(endpoint, stream, export.replies(), buffers, pending);
    }

    /// Connects and shakes hands.
    ///
    /// @param contexts names of metadata contexts to ask for; which were granted is in [#export()]
    public static NbdConnection open(NbdEndpoint endpoint, NbdSettings settings, List<String> contexts) {
        return open(endpoint, settings, contexts, new NbdStream(endpoint, settings.stallLimit()), new NbdBuffers(settings));
    }

    /// The same on a stream that is not connected yet, so that another thread can already close it.
    static NbdConnection open(NbdEndpoint endpoint, NbdSettings settings, List<String> contexts, NbdStream stream, NbdBuffers buffers) {
        try {
            stream.connect();
            var export = new NbdHandshake(endpoint, stream, settings.tls()).negotiate(contexts);
            stream.established();
            return new NbdConnection(endpoint, stream, export, settings, buffers);
        } catch (RuntimeException e) {
            stream.close();
            throw e;
        }
    }

    /// The same connection for more and longer requests; nothing may be in flight.
    NbdConnection widened(NbdSettings wide, NbdBuffers more) {
        requireIdle();
        return new NbdConnection(endpoint, stream, export, wide, more);
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
        return pending.count() + early.size();
    }

    @Override
    public void submit(long offset, int length, long tag) {
        submitRead(offset, length, 0, tag);
    }

    @Override
    public void submitWhole(long offset, int length, long tag) {
        submitRead(offset, length, export.canReadWhole() ? CMD_FLAG_DF : 0, tag);
    }

    private void submitRead(long offset, int length, int flags, long tag) {
        if (length < 1 || length > longestRead) {
            throw new IllegalArgumentException("a read of " + length + " bytes; at most " + longestRead);
        }
        submit(CMD_READ, flags, offset, length, tag, null);
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
    public void send() {
        requireNotReplaced();
        if (requests.position() > 0) {
            sendRequests();
        }
    }

    @Override
    public void take(Taker taker) {
        requireNotReplaced();
        var done = early.isEmpty() ? await() : early.remove();
        try {
            if (done.error != null) {
                taker.failed(done.tag, failed(done));
            } else {
                taker.taken(done.tag, done.offset, done.bytes == null ? buffers.small.clear().limit(0) : done.bytes);
            }
        } finally {
            recycle(done);
        }
    }

    /// What a granted context says from that offset on: runs in order and without a gap, at least one, and none behind the range. Reads may be
    /// in flight, fewer than [#depth()].
    public List<BlockStatus> blockStatus(String context, long offset, long length) {
        var id = export.contexts().get(context);
        if (id == null) {
            throw new IllegalArgumentException(endpoint + " did not grant " + context);
        }
        var asked = submit(CMD_BLOCK_STATUS, 0, offset, Math.min(length, longestEffect()), 0, null);
        asked.context = id;
        return succeed(asked).statuses;
    }

    /// Returns when all confirmed writes of all connections lie on the device.
    public void flush() {
        requireIdle();
        succeed(submit(CMD_FLUSH, 0, 0, 0, 0, null));
    }

    public void trim(long offset, long length) {
        inPieces(CMD_TRIM, 0, offset, length);
    }

    /// Makes a range read as zero.
    ///
    /// @param keepAllocated whether the server may not punch a hole for it
    public void writeZeroes(long offset, long length, boolean keepAllocated) {
        inPieces(CMD_WRITE_ZEROES, keepAllocated ? CMD_FLAG_NO_HOLE : 0, offset, length);
    }

    /// One request where the server takes lengths of 64 bits, else as many as it needs.
    private void inPieces(int command, int flags, long offset, long length) {
        requireIdle();
        long end = offset + length;
        for (long at = offset; at < end;) {
            long count = Math.min(end - at, longestEffect());
            succeed(submit(command, flags, at, count, 0, null));
            at += count;
        }
    }

    private long longestEffect() {
        return extended ? Long.MAX_VALUE : LONGEST_COMPACT_EFFECT;
    }

    /// From now on another connection has its buffers: what this one still has of answers is lost, as if it had broken before they came.
    void replace() {
        replaced = true;
        stream.close();
    }

    private void requireNotReplaced() {
        if (replaced) {
            throw new FaultException(BlockFault.NBD_CLOSED, "the connection to " + endpoint + " broke",
                    "another was made in its place, with " + inFlight() + " requests in flight");
        }
    }

    private void requireIdle() {
        if (inFlight() > 0) {
            throw new IllegalStateException(inFlight() + " requests are in flight");
        }
    }

    private Pending submit(int command, int flags, long offset, long length, long tag, @Nullable ByteBuffer data) {
        requireNotReplaced();
        if (offset < 0 || length < 0 || offset > export.sizeBytes() - length) {
            throw new IllegalArgumentException(
                    NbdWire.commandName(command) + " of " + length + " bytes at " + offset + " of " + export.sizeBytes());
        }
        var request = pending.add(command, offset, length, tag, export.replies());
        request.asked = stream.waited();
        if (request.slow) {
            look();
        }
        if (extended) {
            int more = data == null ? 0 : CMD_FLAG_PAYLOAD_LENGTH;
            requests.putInt(EXTENDED_REQUEST_MAGIC).putShort((short) (flags | more));
        } else {
            requests.putInt(REQUEST_MAGIC).putShort((short) flags);
        }
        requests.putShort((short) command).putLong(request.cookie).putLong(offset);
        if (extended) {
            requests.putLong(length);
        } else {
            requests.putInt((int) length);
        }
        if (data != null || requests.remaining() < LONGEST_REQUEST_HEADER) {
            sendRequests();
        }
        if (data != null) {
            stream.write(data);
        }
        return request;
    }

    private void sendRequests() {
        stream.write(requests.flip());
        requests.clear();
    }

    private Pending await() {
        if (pending.count() == 0) {
            throw new IllegalStateException("nothing is in flight");
        }
        if (stream.waited() - looked > LOOK_EVERY || pending.someSlow() != patient) {
            look();
        }
        if (requests.position() > 0) {
            sendRequests();
        }
        return replies.next();
    }

    private void look() {
        looked = stream.waited();
        patient = pending.someSlow();
        stream.owes(pending.oldest(), patient);
    }

    private Pending succeed(Pending asked) {
        var done = await();
        for (; done != asked; done = await()) {
            keep(done);
        }
        if (done.error != null) {
            throw failed(done);
        }
        return done;
    }

    /// Out of the buffer that the next answer is read into.
    private void keep(Pending done) {
        if (done.bytes != null && done.pieces == null) {
            done.bytes = ByteBuffer.allocateDirect(done.bytes.remaining()).put(done.bytes).flip();
        }
        early.add(done);
    }

    private void recycle(Pending done) {
        if (done.pieces != null && !replaced) {
            buffers.giveBack(done.pieces);
        }
        done.pieces = null;
        done.bytes = null;
    }

    private FaultException failed(Pending request) {
        var code = switch (request.command) {
            case CMD_READ, CMD_BLOCK_STATUS -> isAboutTheRequest(request.errorNumber)
                    ? BlockFault.NBD_READ_REFUSED
                    : BlockFault.NBD_READ_FAILED;
            default -> request.errorNumber == NbdWire.ENOSPC ? BlockFault.TARGET_FULL : BlockFault.NBD_WRITE_FAILED;
        };
        return new FaultException(code,
                NbdWire.commandName(request.command) + " of " + request.length + " bytes at offset " + request.offset + " of "
                        + endpoint + " failed",
                String.valueOf(request.error));
    }

    /// Errors that say something of the request, so that the same one will fail again. EINVAL should be one, but nbdkit makes it of every
    /// error that the protocol has no number for, a timeout of its own source among them.
    private static boolean isAboutTheRequest(int error) {
        return error == NbdWire.EPERM || error == NbdWire.EOVERFLOW || error == NbdWire.ENOTSUP;
    }

    /// Tells the server that no more requests come, where nothing is in flight, and closes the socket.
    public void disconnect() {
        if (inFlight() == 0 && !replaced) {
            try {
                requests.clear();
                if (extended) {
                    requests.putInt(EXTENDED_REQUEST_MAGIC).putShort((short) 0).putShort((short) CMD_DISCONNECT).putLong(0).putLong(0)
                            .putLong(0);
                } else {
                    requests.putInt(REQUEST_MAGIC).putShort((short) 0).putShort((short) CMD_DISCONNECT).putLong(0).putLong(0).putInt(0);
                }
                sendRequests();
                stream.goodbye();
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
}
