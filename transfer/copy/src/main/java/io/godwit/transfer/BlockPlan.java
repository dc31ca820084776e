package io.godwit.transfer;

import io.godwit.blockio.BlockSource;
import io.godwit.blockio.BlockStatus;
import io.godwit.model.disk.Extent;
import java.util.ArrayDeque;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Which blocks hold data, in order, asked of the source piece by piece, so that a map of any size costs little memory. Thread-safe.
final class BlockPlan {
    private static final long WINDOW = 1L << 31;
    private static final long LONGEST_ZERO = 256L << 20; // what a crash may cost where zeroes have to be written

    private final BlockSource source;
    private final BlockLayout layout;
    private final long mask;
    private final Zeroes zeroes;
    private final Predicate<Piece> wanted;
    private final ArrayDeque<Extent> data = new ArrayDeque<>(); // known, and not given out
    private final long end;
    private long known; // the map is known before this
    private int next;
    private @Nullable Piece held; // cut, and not given out
    private final LongAdder zeroBytes = new LongAdder();
    private final LongAdder unwantedBytes = new LongAdder();

    /// What becomes of bytes that the source knows to be zero.
    enum Zeroes {
        /// They are left out, in blocks with data too.
        SKIPPED,
        /// They are given out like data: as pieces of their own where a whole block is zero.
        GIVEN
    }

    /// @param alignment a power of two that pieces begin and end at
    /// @param wanted asked once for each piece with a block of its own, whether it is to be given out
    BlockPlan(BlockSource source, BlockLayout layout, int alignment, Zeroes zeroes, Predicate<Piece> wanted) {
        this.source = source;
        this.layout = layout;
        this.mask = -(long) alignment;
        this.zeroes = zeroes;
        this.wanted = wanted;
        int blocks = layout.blocks();
        end = blocks == 0 ? 0 : layout.offsetOf(blocks - 1) + layout.lengthOf(blocks - 1);
    }

    /// What is to be read of one block or several in a row: from the first to the last byte of data, or all of them.
    ///
    /// @param block the first one
    /// @param zero nothing is to be read: it is known to be zero
    record Piece(int block, long offset, long length, boolean zero) {
        long end() {
            return offset + length;
        }
    }

    /// The next piece that is wanted; `null` when there are no more.
    ///
    /// @param mostBytes of blocks that are read together; a block is not divided
    synchronized @Nullable Piece next(long mostBytes) {
        var piece = held == null ? cut() : held;
        held = null;
        while (piece != null && !piece.zero() && piece.length() < mostBytes) {
            var more = cut();
            if (more == null || more.zero() || more.offset() != piece.end() || more.end() - piece.offset() > mostBytes) {
                held = more;
                break;
            }
            piece = new Piece(piece.block(), piece.offset(), more.end() - piece.offset(), false);
        }
        return piece;
    }

    private @Nullable Piece cut() {
        while (next < layout.blocks()) {
            if (data.isEmpty() && known >= end) {
                if (zeroes == Zeroes.SKIPPED) {
                    passZeroes(layout.blocks());
                    return null;
                }
            } else if (zeroes == Zeroes.SKIPPED) {
                if (data.isEmpty()) {
                    passZeroes(layout.blockOf(known));
                    ask();
                    continue;
                }
                passZeroes(layout.blockOf(data.getFirst().offset()));
                if (next == layout.blocks()) { // it lies behind the last block
                    return null;
                }
            }
            long to = layout.offsetOf(next) + layout.lengthOf(next);
            if (known < to) {
                ask();
                continue;
            }
            var piece = cutPiece();
            if (piece != null) {
                return piece;
            }
        }
        return null;
    }

    /// Bytes behind which there is no data, of what was given out or left out so far.
    long zeroBytes() {
        return zeroBytes.sum();
    }

    /// Bytes of data that were not wanted, so far.
    long unwantedBytes() {
        return unwantedBytes.sum();
    }

    /// Leaves out the blocks before that one.
    private void passZeroes(int block) {
        if (layout.wholeDisk() && block > next) {
            zeroBytes.add(Math.min(layout.sizeBytes(), layout.offsetOf(block)) - layout.offsetOf(next));
            next = block;
        }
        for (; next < block; next++) {
            zeroBytes.add(layout.lengthOf(next));
        }
    }

    private @Nullable Piece cutPiece() {
        int block = next;
        long from = layout.offsetOf(block);
        long to = from + layout.lengthOf(block);
        forget(from);
        if (data.isEmpty() || data.getFirst().offset() >= to) {
            return zeroes == Zeroes.SKIPPED ? passed() : zeroPiece(block, from);
        }
        next++;
        long first = from;
        long last = to;
        if (zeroes == Zeroes.SKIPPED) {
            first = Math.max(from, data.getFirst().offset() & mask);
            last = Math.min(to, (lastData(to) + ~mask) & mask);
        }
        forget(to);
        zeroBytes.add(to - from - (last - first));
        var piece = new Piece(block, first, last - first, false);
        if (wanted.test(piece)) {
            return piece;
        }
        unwantedBytes.add(piece.length());
        return null;
    }

    private @Nullable Piece passed() {
        passZeroes(next + 1);
        return null;
    }

    private @Nullable Piece zeroPiece(int block, long from) {
        if (layout.wholeDisk()) { // as long as it goes, since it costs no more
            long until = Math.min(data.isEmpty() ? known : data.getFirst().offset(), from + LONGEST_ZERO);
            int behind = until >= layout.sizeBytes() ? layout.blocks() : layout.blockOf(until);
            next = Math.max(block + 1, behind);
            long to = Math.min(layout.sizeBytes(), layout.offsetOf(next));
            zeroBytes.add(to - from);
            return new Piece(block, from, to - from, true);
        }
        next++;
        var piece = new Piece(block, from, layout.lengthOf(block), true);
        zeroBytes.add(piece.length());
        return wanted.test(piece) ? piece : null;
    }

    /// Drops what is known before that offset.
    private void forget(long before) {
        while (!data.isEmpty() && data.getFirst().offset() < before) {
            var run = data.removeFirst();
            if (run.end() > before) {
                data.addFirst(new Extent(before, run.end() - before));
                return;
            }
        }
    }

    /// The end of the last data before that offset; there is some.
    private long lastData(long before) {
        long last = 0;
        for (var run : data) {
            if (run.offset() >= before) {
                break;
            }
            last = Math.min(before, run.end());
        }
        return last;
    }

    private void ask() {
        long from = Math.max(known, layout.offsetOf(next) & mask);
        for (var status : source.status(from, Math.min(WINDOW, end - from))) {
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
