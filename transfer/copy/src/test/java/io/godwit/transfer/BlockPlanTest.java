package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.blockio.BlockReader;
import io.godwit.blockio.BlockSource;
import io.godwit.blockio.BlockStatus;
import io.godwit.transfer.BlockDigest.Method;
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
        var layout = new BlockLayout(size, 64, Method.CRC32C);
        var plan = new BlockPlan(new Map(size, alignment, window, data), layout, each -> each.block() % 3 != 1);
        var given = new BitSet();
        long wanted = 0;
        int last = -1;
        for (var piece = plan.next(); piece != null; piece = plan.next()) {
            assertThat(piece.block()).isGreaterThan(last);
            last = piece.block();
            assertThat(piece.offset()).isGreaterThanOrEqualTo(layout.offsetOf(last));
            assertThat(piece.offset() + piece.length()).isLessThanOrEqualTo(layout.offsetOf(last) + layout.lengthOf(last));
            assertThat(piece.length()).isPositive();
            given.set((int) piece.offset(), (int) piece.offset() + piece.length());
            wanted += piece.length();
        }
        assertThat(wanted + plan.unwantedBytes() + plan.zeroBytes()).isEqualTo(size);
        for (int bit = data.nextSetBit(0); bit >= 0; bit = data.nextSetBit(bit + 1)) {
            assertThat(given.get(bit)).as("byte %d of block %d", bit, bit / 64).isEqualTo(bit / 64 % 3 != 1);
        }
    }

    /// A source that knows its map, and tells at most `window` bytes of it at once.
    private record Map(long sizeBytes, int alignment, int window, BitSet data) implements BlockSource {
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
