package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.blockio.BlockReader;
import io.godwit.blockio.BlockSource;
import io.godwit.blockio.BlockStatus;
import io.godwit.blockio.Extents;
import io.godwit.model.disk.Extent;
import io.godwit.transfer.BlockDigest.Method;
import io.godwit.transfer.BlockPlan.Zeroes;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

class BlockPlanTest {
    @Property(tries = 400)
    void givesOutAllDataOnceAndCountsEverythingElseAsZero(@ForAll @Size(max = 30) List<@IntRange(min = 1, max = 300) Integer> runs,
            @ForAll @IntRange(min = 0, max = 5) int alignmentBits, @ForAll @IntRange(min = 1, max = 500) int window,
            @ForAll boolean dataFirst) {
        int alignment = 1 << alignmentBits;
        var data = new BitSet();
        int size = 0;
        boolean isData = dataFirst;
        for (int run : runs) {
            int length = run * alignment; // a source tells runs of its own alignment
            data.set(size, size + length, isData);
            size += length;
            isData = !isData;
        }
        size += size == 0 ? alignment : 0;
        var layout = BlockLayout.ofDisk(size, 64, Method.CRC32C);
        var plan = new BlockPlan(new Map(size, alignment, window, data), layout, alignment, Zeroes.SKIPPED, each -> each.block() % 3 != 1);
        var given = new BitSet();
        long wanted = 0;
        int last = -1;
        for (var piece = plan.next(1); piece != null; piece = plan.next(1)) {
            assertThat(piece.block()).isGreaterThan(last);
            last = piece.block();
            assertThat(piece.offset()).isGreaterThanOrEqualTo(layout.offsetOf(last));
            assertThat(piece.offset() + piece.length()).isLessThanOrEqualTo(layout.offsetOf(last) + layout.lengthOf(last));
            assertThat(piece.length()).isPositive();
            given.set((int) piece.offset(), (int) (piece.offset() + piece.length()));
            wanted += piece.length();
        }
        assertThat(wanted + plan.unwantedBytes() + plan.zeroBytes()).isEqualTo(size);
        for (int bit = data.nextSetBit(0); bit >= 0; bit = data.nextSetBit(bit + 1)) {
            assertThat(given.get(bit)).as("byte %d of block %d", bit, bit / 64).isEqualTo(bit / 64 % 3 != 1);
        }
    }

    @Property(tries = 400)
    void givesOutZeroesTooWhereTheyMustBeWritten(@ForAll @Size(max = 30) List<@IntRange(min = 1, max = 300) Integer> runs,
            @ForAll @Size(max = 20) List<@IntRange(min = 0, max = 3000) Integer> changed, @ForAll @IntRange(min = 1, max = 500) int window,
            @ForAll boolean whole) {
        var data = new BitSet();
        int size = 1;
        boolean isData = false;
        for (int run : runs) {
            data.set(size, size + run, isData);
            size += run;
            isData = !isData;
        }
        var extents = new ArrayList<Extent>();
        for (int at : changed) {
            if (at < size) {
                extents.add(new Extent(at, Math.min(size - at, 1 + at % 200)));
            }
        }
        var layout = whole ? BlockLayout.ofDisk(size, 64, Method.CRC32C) : BlockLayout.ofExtents(extents, 4, size, 64, Method.CRC32C);
        var plan = new BlockPlan(new Map(size, 1, window, data), layout, 4, Zeroes.GIVEN, _ -> true);
        var given = new BitSet();
        for (var piece = plan.next(1); piece != null; piece = plan.next(1)) {
            int from = (int) piece.offset();
            int to = (int) (piece.offset() + piece.length());
            assertThat(given.get(from, to).isEmpty()).as("given twice: %s", piece).isTrue();
            given.set(from, to);
            assertThat(data.get(from, to).isEmpty()).as("%s", piece).isEqualTo(piece.zero());
            if (!piece.zero() || !whole) {
                assertThat(from).isEqualTo((int) layout.offsetOf(piece.block()));
                assertThat(to - from).isEqualTo(layout.lengthOf(piece.block()));
            }
        }
        var wanted = new BitSet();
        if (whole) {
            wanted.set(0, size);
        }
        for (var extent : whole ? List.<Extent>of() : Extents.aligned(extents, 4, size)) {
            wanted.set((int) extent.offset(), (int) extent.end());
        }
        assertThat(given).isEqualTo(wanted);
        assertThat(layout.bytes()).isEqualTo(wanted.cardinality());
    }

    @Property(tries = 400)
    void findsTheBlockOfEveryOffset(@ForAll @Size(min = 1, max = 20) List<@IntRange(min = 0, max = 3000) Integer> changed) {
        var extents = changed.stream().map(at -> new Extent(at, 1 + at % 200)).toList();
        var layout = BlockLayout.ofExtents(extents, 1, 4000, 64, Method.CRC32C);
        for (int offset = 0; offset < 4000; offset++) {
            int block = layout.blockOf(offset);
            assertThat(block == layout.blocks() || layout.offsetOf(block) + layout.lengthOf(block) > offset).isTrue();
            assertThat(block == 0 || layout.offsetOf(block - 1) + layout.lengthOf(block - 1) <= offset).isTrue();
        }
    }

    /// A source that knows its map, and tells at most `window` bytes of it at once.
    private record Map(long sizeBytes, int alignment, int window, BitSet data) implements BlockSource {
        @Override
        public int longestRead() {
            return Integer.MAX_VALUE;
        }

        @Override
        public int connections() {
            return 1;
        }

        @Override
        public List<BlockStatus> status(long offset, long length) {
            var statuses = new ArrayList<BlockStatus>();
            int end = (int) Math.min(offset + length, offset + window);
            for (int at = (int) offset; at < end;) {
                boolean isData = data.get(at);
                int next = isData ? data.nextClearBit(at) : data.nextSetBit(at);
                int to = next < 0 ? end : Math.min(end, next);
                statuses.add(new BlockStatus(at, to - at, isData ? 0 : 3));
                at = to;
            }
            return statuses;
        }

        @Override
        public BlockReader reader() {
            throw new AssertionError("a plan reads nothing");
        }

        @Override
        public void close() {}
    }
}
