package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.Extents;
import io.godwit.model.disk.Extent;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class BlockLayoutTest {
    private static final int BLOCK = 64;

    @Property(tries = 500)
    void cutsExtentsIntoBlocks(@ForAll @Size(max = 20) List<@IntRange(min = 0, max = 3000) Integer> numbers,
            @ForAll @IntRange(min = 0, max = 3) int alignmentBits) {
        var extents = new ArrayList<Extent>();
        for (int i = 0; i + 1 < numbers.size(); i += 2) {
            extents.add(new Extent(numbers.get(i), 1 + numbers.get(i + 1) / 10));
        }
        long size = 4096;
        var layout = BlockLayout.ofExtents(extents, 1 << alignmentBits, size, BLOCK, Method.CRC32C);
        var blocks = new ArrayList<Extent>();
        for (var extent : Extents.aligned(extents, 1 << alignmentBits, size)) {
            for (long at = extent.offset(); at < extent.end(); at += BLOCK) {
                blocks.add(new Extent(at, Math.min(BLOCK, extent.end() - at)));
            }
        }
        assertThat(layout.blocks()).isEqualTo(blocks.size());
        assertThat(layout.bytes()).isEqualTo(blocks.stream().mapToLong(Extent::length).sum());
        for (int block = 0; block < blocks.size(); block++) {
            assertThat(new Extent(layout.offsetOf(block), layout.lengthOf(block))).isEqualTo(blocks.get(block));
        }
        for (long at = 0; at < size; at += 7) {
            long offset = at;
            assertThat(layout.blockOf(at)).isEqualTo((int) blocks.stream().filter(each -> each.end() <= offset).count());
        }
    }

    /// One of them is as long as the disk: what is kept is the extent, not its blocks.
    @Test
    void keepsExtentsAndNotTheirBlocks() {
        long size = 8L << 40;
        var layout = BlockLayout.ofExtents(List.of(new Extent(0, size)), 512, size, 256 << 10, Method.XXH3_128);
        assertThat(layout.blocks()).isEqualTo(32 << 20);
        assertThat(layout.offsetOf((32 << 20) - 1)).isEqualTo(size - (256 << 10));
        assertThat(layout.blockOf(size - 1)).isEqualTo((32 << 20) - 1);
    }

    @Test
    void refusesMoreBlocksThanFitIntoMemory() {
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> BlockLayout.ofDisk(8L << 40, 4096, Method.XXH3_128))
                .matches(e -> e.fault().is(CopyFault.COPY_BLOCKS_TOO_MANY));
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> BlockLayout.ofExtents(List.of(new Extent(0, 1L << 62)), 512, 1L << 62, 4096, Method.XXH3_128))
                .matches(e -> e.fault().is(CopyFault.COPY_BLOCKS_TOO_MANY));
    }

    @Test
    void makesBlocksLongerWhereThereWouldBeTooMany() {
        assertThat(BlockLayout.blockBytes(8L << 40, 256 << 10, 1 << 20)).isEqualTo(256 << 10);
        assertThat(BlockLayout.blockBytes(32L << 40, 256 << 10, 1 << 20)).isEqualTo(512 << 10);
        assertThat(BlockLayout.blockBytes(1L << 60, 256 << 10, 1 << 20)).isEqualTo(1 << 20);
        assertThat(BlockLayout.blockBytes(1L << 30, 256 << 10, 4096)).isEqualTo(4096);
    }
}
