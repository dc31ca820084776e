package io.godwit.transfer;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.BlockReader;
import io.godwit.blockio.BlockSink;
import io.godwit.blockio.BlockSource;
import io.godwit.blockio.BlockWriter;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockPlan.Piece;
import io.godwit.transfer.BlockPlan.Zeroes;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// Reads what is to be copied of one disk and writes it to its volume, on several threads, each with a reader and a writer of its own.
final class CopyPass {
    private final BlockSource source;
    private final BlockSink sink;
    private final BlockLayout layout;
    private final Checkpoint checkpoint;
    private final @Nullable Checkpoint last;
    private final Saver saver;
    private final BlockPlan plan;
    private final boolean skipZeroes;
    private final Counters counters;
    private final Throttle throttle;
    private final Pace pace;
    private final AtomicInteger joined = new AtomicInteger();
    private final AtomicInteger working = new AtomicInteger();
    private final AtomicInteger missing = new AtomicInteger(); // connections
    private volatile int connections;
    private volatile boolean over;

    /// What was done so far, in bytes.
    static final class Counters {
        /// Data that this run wrote.
        final LongAdder copied = new LongAdder();
        /// Read, and found to be zero.
        final LongAdder foundZero = new LongAdder();
        /// Data that an earlier run wrote.
        final LongAdder resumed = new LongAdder();
        /// Read, and found on the target already.
        final LongAdder unchanged = new LongAdder();
        /// Read from the source, by earlier tries of this run too.
        final LongAdder moved;

        Counters(LongAdder moved) {
            this.moved = moved;
        }
    }

    /// @param last digests of what the target holds, to compare with; `null` = nothing is known of it
    CopyPass(BlockSource source, BlockSink sink, BlockLayout layout, Checkpoint checkpoint, @Nullable Checkpoint last, Saver saver,
            Throttle throttle, Pace pace, Counters counters) {
        this.source = source;
        this.sink = sink;
        this.layout = layout;
        this.checkpoint = checkpoint;
        this.last = last;
        this.saver = saver;
        this.counters = counters;
        this.throttle = throttle;
        this.pace = pace;
        this.skipZeroes = layout.wholeDisk() && checkpoint.targetWasZero();
        this.plan = new BlockPlan(source, layout, Math.max(source.alignment(), sink.alignment()),
                skipZeroes ? Zeroes.SKIPPED : Zeroes.GIVEN, piece -> !isResumed(piece));
    }

    private boolean isResumed(Piece piece) {
        boolean saved = checkpoint.isSaved(piece.block());
        if (saved && !piece.zero() && !checkpoint.isZero(piece.block())) {
            counters.resumed.add(piece.length());
        }
        return saved;
    }

    /// Bytes that need no more work.
    long doneBytes() {
        return plan.zeroBytes() + plan.unwantedBytes() + counters.copied.sum() + counters.foundZero.sum() + counters.unchanged.sum();
    }

    /// Copies until nothing is left, or a thread has failed.
    ///
    /// @param name of the threads
    void run(String name, Workers workers) {
        connections = Math.min(source.connections(), sink.connections());
        workers.run(name, connections, () -> read(name, workers));
    }

    private void read(String name, Workers workers) {
        int connection = joined.getAndIncrement();
        var ends = pace.joins(connection) ? open(name, workers) : null;
        if (ends == null) {
            return;
        }
        pace.opened();
        try (ends) {
            working.incrementAndGet();
            try {
                new BlockCopy(connection).copy(ends.reader(), ends.writer(), workers);
            } catch (RuntimeException | Error e) {
                workers.fail(e); // before this connection is closed: some servers die of that, and their death is not the cause
            }
            if (working.decrementAndGet() == 0 && !workers.failed()) {
                over = true;
                source.close(); // and with it what is still being opened
            }
        } finally {
            pace.over();
        }
    }

    /// What one thread reads from and writes to; `null` = that is not to be had.
    private @Nullable Ends open(String name, Workers workers) {
        @Nullable
        BlockReader reader = null;
        try {
            reader = source.reader();
            return new Ends(reader, sink.writer(this::written));
        } catch (RuntimeException | Error e) {
            if (reader != null) {
                reader.close();
            }
            if (over) {
                return null; // the others have read all, and closed the source
            }
            if (e instanceof FaultException failure && mayDoWithout(failure) && missing.incrementAndGet() < connections) {
                if (!workers.failed()) {
                    System.getLogger(CopyPass.class.getName()).log(System.Logger.Level.WARNING,
                            "{0} goes on with one connection less: {1}", name, failure.getMessage());
                }
                pace.missesOne();
            } else {
                workers.fail(e);
                pace.over();
            }
            return null;
        }
    }

    /// A server may take fewer connections than it lets hope for, by silence or by a refusal.
    private static boolean mayDoWithout(FaultException failure) {
        return failure.fault().retryable() || failure.fault().is(BlockFault.NBD_REFUSED);
    }

    private record Ends(BlockReader reader, BlockWriter writer) implements AutoCloseable {
        @Override
        public void close() {
            try (reader; writer) {
                // the writer first
            }
        }
    }

    /// @param tag a block, and above it how many were made zero, which is none where it was written
    private void written(long tag) {
        int zeroes = (int) (tag >>> Integer.SIZE);
        if (zeroes == 0) {
            checkpoint.written((int) tag);
        } else {
            checkpoint.zeroed((int) tag, zeroes);
        }
    }

    /// Counts data that was written; may wait for a checkpoint.
    private void count(int bytes) {
        counters.copied.add(bytes);
        saver.written(bytes);
    }

    /// What one thread needs: digest, write, note.
    private final class BlockCopy {
        private final int connection;
        private final BlockDigest digest = layout.method().start();
        private final MemorySegment zeroes = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(layout.blockBytes()));
        private final Map<Integer, Begun> begun = new LinkedHashMap<>(); // by the first block of a read, in the order in which they were asked for
        private long latency; // of the last reads, about
        private long waited; // for the source, in all
        private long takeBegan;
        private @Nullable ByteBuffer padded;
        private @Nullable Piece next;
        private boolean more = true;

        /// A read that was asked for.
        ///
        /// @param nanos when
        /// @param waited for the source until then
        private record Begun(long nanos, long waited) {}

        /// @param connection that is read over, counted from 0
        BlockCopy(int connection) {
            this.connection = connection;
        }

        void copy(BlockReader reader, BlockWriter writer, Workers workers) {
            while (!workers.failed()) {
                if (reader.inFlight() == 0 && mayRest()) {
                    writer.drain();
                    if (!pace.joins(connection)) {
                        break;
                    }
                }
                long wait = ask(reader, writer);
                if (reader.inFlight() > 0 && wait > 0 && answersAfter(wait)) { // who waited for an answer would ask for less than he may
                    reader.send();
                    long parked = System.nanoTime();
                    LockSupport.parkNanos(wait);
                    waited += System.nanoTime() - parked;
                } else if (reader.inFlight() > 0) {
                    takeBegan = System.nanoTime();
                    reader.take((tag, offset, bytes) -> taken((int) tag, offset, bytes, writer));
                } else if (more) {
                    LockSupport.parkNanos(wait);
                } else {
                    break;
                }
            }
            writer.drain();
        }

        /// Whether the oldest read is not expected to be answered for that long.
        private boolean answersAfter(long nanos) {
            var oldest = begun.values().iterator();
            return oldest.hasNext() && oldest.next().nanos() + latency - System.nanoTime() > nanos;
        }

        private boolean mayRest() {
            return next == null && more && !pace.uses(connection);
        }

        /// Puts as many reads on their way as may be.
        ///
        /// @return how long the next one must wait
        private long ask(BlockReader reader, BlockWriter writer) {
            int most = mayRest() ? 0 : throttle.guard().allowed(Math.min(pace.depth(), reader.depth()));
            while (more && reader.inFlight() < most) {
                var piece = next == null ? plan.next(pace.requestBytes()) : next;
                next = piece;
                if (piece == null) {
                    more = false;
                } else if (piece.zero()) {
                    zero(piece, writer);
                    next = null;
                } else {
                    long wait = throttle.waitNanos();
                    if (wait > 0) {
                        return wait;
                    }
                    throttle.spend((int) piece.length());
                    begun.put(piece.block(), new Begun(throttle.guard().begin(), waited));
                    reader.submit(piece.offset(), (int) piece.length(), piece.block());
                    next = null;
                }
            }
            return 0;
        }

        private void zero(Piece piece, BlockWriter writer) {
            if (layout.wholeDisk()) { // its blocks need no digest
                int block = checkpoint.firstNotZeroed(piece.block());
                long from = layout.offsetOf(block);
                if (from < piece.end() && !isZeroAlready(piece)) {
                    int blocks = (int) Math.ceilDiv(piece.end() - from, layout.blockBytes());
                    writer.zero(from, piece.end() - from, (long) blocks << Integer.SIZE | block);
                    saver.written(1);
                }
                return;
            }
            checkpoint.putDigest(piece.block(), layout.zeroDigest(piece.block()));
            writer.zero(piece.offset(), piece.length(), piece.block());
            saver.written(1);
        }

        private boolean isZeroAlready(Piece piece) {
            if (last == null) {
                return false;
            }
            for (int block = piece.block(); block < layout.blocks() && layout.offsetOf(block) < piece.offset() + piece.length(); block++) {
                if (!last.isZero(block)) {
                    return false;
                }
            }
            return true;
        }

        private void taken(int block, long offset, ByteBuffer bytes, BlockWriter writer) {
            var since = begun.remove(block);
            if (since != null) {
                long now = System.nanoTime();
                waited += now - takeBegan;
                long waitedForIt = waited - since.waited();
                latency = latency == 0 ? waitedForIt : latency + (waitedForIt - latency) / 8;
                throttle.guard().ended(since.nanos(), waitedForIt);
                pace.ended(now - since.nanos(), waitedForIt, bytes.remaining());
            }
            int limit = bytes.limit();
            long start = offset - bytes.position();
            int at = block;
            for (long from = offset; from < start + limit; at++) {
                int to = (int) Math.min(limit, layout.offsetOf(at) + layout.lengthOf(at) - start);
                one(at, from, bytes.limit(to).position((int) (from - start)), writer);
                from = start + to;
            }
        }

        /// What was read of one block: written while it is still in the caches of this processor.
        private void one(int block, long offset, ByteBuffer bytes, BlockWriter writer) {
            int length = bytes.remaining();
            counters.moved.add(length);
            if (last != null && length == layout.lengthOf(block) && unchanged(block, length, bytes, last)) {
                return;
            }
            if (isZero(bytes)) {
                checkpoint.putDigest(block, layout.zeroDigest(block));
                if (skipZeroes) {
                    written(block);
                } else {
                    writer.zero(offset, length, block);
                }
                counters.foundZero.add(length);
                saver.written(1);
                return;
            }
            checkpoint.putDigest(block, digest.of(length == layout.lengthOf(block) ? bytes : padded(block, offset, bytes)));
            writer.write(offset, bytes, block);
            count(length);
        }

        private boolean unchanged(int block, int length, ByteBuffer bytes, Checkpoint before) {
            var found = digest.of(bytes);
            if (!Arrays.equals(found, before.expected(block))) {
                return false;
            }
            checkpoint.putDigest(block, found);
            written(block);
            counters.unchanged.add(length);
            saver.written(1);
            return true;
        }

        private boolean isZero(ByteBuffer bytes) {
            if (bytes.remaining() >= Long.BYTES && bytes.getLong(bytes.position()) != 0) {
                return false; // nearly always
            }
            var segment = MemorySegment.ofBuffer(bytes);
            return segment.mismatch(zeroes.asSlice(0, segment.byteSize())) < 0;
        }

        /// The whole block, zeroes around what is data.
        private ByteBuffer padded(int block, long offset, ByteBuffer bytes) {
            var whole = padded == null ? ByteBuffer.allocateDirect(layout.blockBytes()) : padded;
            padded = whole;
            MemorySegment.ofBuffer(whole.clear()).fill((byte) 0);
            whole.put((int) (offset - layout.offsetOf(block)), bytes, bytes.position(), bytes.remaining());
            return whole.limit(layout.lengthOf(block));
        }
    }
}
