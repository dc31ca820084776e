package io.godwit.transfer;

import io.godwit.blockio.BlockReader;
import io.godwit.blockio.BlockSink;
import io.godwit.transfer.BlockPlan.Zeroes;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// Reads a volume back and compares each block's digest with the source's: what was flushed already while the copy goes on, and the rest
/// behind it. Where the volume itself says that it has a hole, nothing is read: a block there must be one of zeroes.
final class VerifyPass {
    private static final int THREADS = 4;
    private static final int NAMED = 10;

    private final BlockSink sink;
    private final BlockLayout layout;
    private final Checkpoint checkpoint;
    private final @Nullable Sample sample;
    private final BlockPlan plan;
    private final LongAdder verified;
    private final List<String> wrong = new ArrayList<>(); // the first few; guarded by itself
    private long wrongBlocks; // guarded by that list too
    private final BitSet flushed = new BitSet(); // and not read back; guarded by this, as is all below
    private int from; // where to look on in it: from its beginning each time, a big disk would be looked through again for each block
    private boolean copied;
    private @Nullable BlockReader behind;

    /// @param sample which blocks are read back; `null` = all
    /// @param verified counts the bytes that were read back
    VerifyPass(BlockSink sink, BlockLayout layout, Checkpoint checkpoint, @Nullable Sample sample, LongAdder verified) {
        this.sink = sink;
        this.layout = layout;
        this.checkpoint = checkpoint;
        this.sample = sample;
        this.verified = verified;
        this.plan = new BlockPlan(sink, layout, 1, Zeroes.SKIPPED, piece -> wanted(piece.block()) && !checkpoint.isReadBack(piece.block()));
    }

    private boolean wanted(int block) {
        return sample == null || sample.contains(block);
    }

    /// These blocks lie on the device and will not be written again.
    synchronized void flushed(BitSet blocks) {
        flushed.or(blocks);
        notifyAll();
    }

    /// The copy has ended, and with it [#readBehind(Workers)], soon.
    ///
    /// @param well otherwise whoever waits for the target's bytes fails
    synchronized void copied(boolean well) {
        copied = true;
        notifyAll();
        if (!well && behind != null) {
            behind.close();
        }
    }

    /// Reads back what was flushed until the copy has ended. A block that differs ends the copy.
    void readBehind(Workers copy) {
        var digest = layout.method().start();
        try (var reader = sink.reader()) {
            synchronized (this) {
                behind = reader;
            }
            while (!copy.failed()) {
                while (reader.inFlight() < reader.depth()) {
                    int block = nextFlushed(reader.inFlight() == 0);
                    if (block < 0) {
                        break;
                    }
                    reader.submit(layout.offsetOf(block), layout.lengthOf(block), block);
                }
                if (reader.inFlight() == 0) {
                    return;
                }
                reader.take((tag, _, bytes) -> compare((int) tag, bytes, digest));
                if (differs()) {
                    copy.fail(new IllegalStateException("what was written is not what is read back"));
                }
            }
        }
    }

    /// @param wait whether to wait for one
    /// @return -1 where there is none, or none will be needed
    private synchronized int nextFlushed(boolean wait) {
        while (true) {
            for (int block = takeFlushed(); block >= 0 && !copied; block = takeFlushed()) {
                if (wanted(block) && !checkpoint.isZero(block)) { // zeroes may be holes
                    return block;
                }
            }
            if (copied || !wait) {
                return -1;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException("nobody interrupts this thread", e);
            }
        }
    }

    private synchronized int takeFlushed() {
        int block = flushed.nextSetBit(from);
        if (block < 0) {
            block = flushed.nextSetBit(0); // what was flushed later than blocks behind it
        }
        if (block >= 0) {
            flushed.clear(block);
            from = block + 1;
        }
        return block;
    }

    /// Whether a block was found that is not as it was read from the source.
    boolean differs() {
        synchronized (wrong) {
            return !wrong.isEmpty();
        }
    }

    int threads() {
        return Math.min(THREADS, sink.connections());
    }

    /// Reads back until nothing is left, or another thread has failed; each of [#threads()] threads calls it once.
    void run(Workers workers) {
        var digest = layout.method().start();
        try (var reader = sink.reader()) {
            boolean more = true;
            while (!workers.failed()) {
                while (more && reader.inFlight() < reader.depth()) {
                    var piece = plan.next(1);
                    if (piece == null) {
                        more = false;
                    } else {
                        reader.submit(layout.offsetOf(piece.block()), layout.lengthOf(piece.block()), piece.block());
                    }
                }
                if (reader.inFlight() == 0) {
                    return;
                }
                reader.take((tag, _, bytes) -> compare((int) tag, bytes, digest));
            }
        }
    }

    private void compare(int block, ByteBuffer bytes, BlockDigest digest) {
        var found = digest.of(bytes);
        if (!Arrays.equals(found, checkpoint.expected(block))) {
            note(Long.toString(layout.offsetOf(block)));
        }
        checkpoint.putReadBack(block, found);
        verified.add(layout.lengthOf(block));
    }

    private void note(String place) {
        synchronized (wrong) {
            wrongBlocks++;
            if (wrong.size() < NAMED) {
                wrong.add(place);
            }
        }
    }

    /// Where the volume differs.
    ///
    /// @param blocks how many differ
    /// @param places of the first few
    record Wrong(long blocks, List<String> places) {}

    /// Where the volume differs, when all threads have ended: nothing when every block is proven.
    Wrong wrong() {
        synchronized (wrong) {
            int missing = wrong.isEmpty() ? checkpoint.firstMissing(this::wanted) : -1;
            return missing < 0
                    ? new Wrong(wrongBlocks, List.copyOf(wrong))
                    : new Wrong(1, List.of(layout.offsetOf(missing) + " (a hole where there should be data)"));
        }
    }
}
