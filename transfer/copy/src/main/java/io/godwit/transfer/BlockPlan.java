package io.godwit.transfer;

import io.godwit.blockio.BlockSource;
import io.godwit.blockio.BlockStatus;
import io.godwit.model.disk.Extent;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which blocks of a disk hold data, in order, asked of the source piece by piece, so that a map of any size costs little memory. Thread-safe.
final class BlockPlan {
    private static final long WINDOW = 1L << 31;

    private final BlockSource source;
    private final BlockLayout layout;
    private final Predicate<Piece> wanted;
    private final ArrayDeque<Extent> data = new ArrayDeque<>(); // known, and not given out
    private long known; // the map is known before this
    private int next;
    private final LongAdder zeroBytes = new LongAdder();
    private final LongAdder unwantedBytes = new LongAdder();

    /// @param wanted asked once for each piece of data, whether it is to be given out
    BlockPlan(BlockSource source, BlockLayout layout, Predicate<Piece> wanted) {
        this.source = source;
        this.layout = layout;
        this.wanted = wanted;
    }

    /// From the first to the last byte of data in a block, widened to the source's alignment.
    record Piece(int block, long offset, int length) {}

    /// The next block that has data and is wanted; `null` when there are no more.
    synchronized @Nullable Piece next() {
        while (next < layout.blocks()) {
            if (data.isEmpty()) {
                skipZeroes(known);
                if (known < layout.sizeBytes()) {
                    ask();
                }
                continue;
            }
            skipZeroes(data.getFirst().offset());
            long end = layout.offsetOf(next) + layout.lengthOf(next);
            if (known < end) {
                ask();
                continue;
            }
            var piece = cutPiece(end);
            if (wanted.test(piece)) {
                return piece;
            }
            unwantedBytes.add(piece.length());
        }
        return null;
    }

    /// Bytes behind which there is no data, of what was given out so far.
    long zeroBytes() {
        return zeroBytes.sum();
    }

    /// Bytes of data that were not wanted, so far.
    long unwantedBytes() {
        return unwantedBytes.sum();
    }

    /// Passes over the blocks that end at or before that offset.
    private void skipZeroes(long before) {
        int to = before >= layout.sizeBytes() ? layout.blocks() : layout.blockOf(before);
        if (to > next) {
            zeroBytes.add(Math.min(layout.sizeBytes(), layout.offsetOf(to)) - layout.offsetOf(next));
            next = to;
        }
    }

    private Piece cutPiece(long end) {
        long mask = -(long) source.alignment();
        long from = data.getFirst().offset() & mask;
        long to = from;
        while (!data.isEmpty() && data.getFirst().offset() < end) {
            var run = data.removeFirst();
            to = Math.min(end, run.end());
            if (run.end() > end) {
                data.addFirst(new Extent(end, run.end() - end));
            }
        }
        to = Math.min(end, (to + ~mask) & mask);
        zeroBytes.add(end - layout.offsetOf(next) - (to - from));
        return new Piece(next++, from, (int) (to - from));
    }

    private void ask() {
        for (var status : source.status(known, Math.min(WINDOW, layout.sizeBytes() - known))) {
            if (!status.isZero()) {
                add(status);
            }
            known = status.end();
        }
    }

    private void add(BlockStatus status) {
        var last = data.peekLast();
        if (last != null && last.end() == status.offset()) {
            data.removeLast();
            data.addLast(new Extent(last.offset(), last.length() + status.length()));
        } else {
            data.addLast(new Extent(status.offset(), status.length()));
        }
    }
}
