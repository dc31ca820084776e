package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.Extent;
import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;

/// Each operation against the same on a set of bits, one per byte of a small disk.
class ExtentsTest {
    private static final int SIZE = 500;

    @Provide
    Arbitrary<List<Extent>> extents() {
        var extent = Combinators.combine(Arbitraries.longs().between(0, SIZE - 1), Arbitraries.longs().between(1, SIZE))
                .as((offset, length) -> new Extent(offset, Math.min(length, SIZE - offset)));
        return extent.list().ofMaxSize(12);
    }

    @Property
    void normalListsAreInOrderApartAndOfTheSameBytes(@ForAll("extents") List<Extent> extents) {
        var normal = Extents.normal(extents);
        for (int i = 1; i < normal.size(); i++) {
            assertThat(normal.get(i).offset()).isGreaterThan(normal.get(i - 1).end());
        }
        assertThat(bits(normal)).isEqualTo(bits(extents));
        assertThat(Extents.bytes(extents)).isEqualTo(bits(extents).cardinality());
    }

    @Property
    void complementIsEverythingElse(@ForAll("extents") List<Extent> extents) {
        var other = bits(Extents.complement(extents, SIZE));
        var all = bits(extents);
        assertThat(other.intersects(all)).isFalse();
        other.or(all);
        assertThat(other.cardinality()).isEqualTo(SIZE);
    }

    @Property
    void alignedListsHoldAllAndNoBlockMoreThanNeeded(@ForAll("extents") List<Extent> extents,
            @ForAll @IntRange(min = 1, max = 70) int alignment) {
        var expected = new BitSet();
        bits(extents).stream().forEach(bit -> expected.set(bit / alignment * alignment, Math.min(SIZE, (bit / alignment + 1) * alignment)));
        var aligned = Extents.aligned(extents, alignment, SIZE);
        assertThat(bits(aligned)).isEqualTo(expected);
        assertThat(aligned).isEqualTo(Extents.normal(aligned));
    }

    @Property
    void tilesCoverTheExtentWithoutGapAndCrossNoBoundary(@ForAll("extents") List<Extent> extents,
            @ForAll @IntRange(min = 1, max = 70) int length) {
        for (var extent : extents) {
            long at = extent.offset();
            for (var tile : Extents.tiles(extent, length)) {
                assertThat(tile.offset()).isEqualTo(at);
                assertThat(tile.offset() / length).isEqualTo((tile.end() - 1) / length);
                at = tile.end();
            }
            assertThat(at).isEqualTo(extent.end());
        }
    }

    @Property
    void coverageIsCompleteExactlyWhenEachByteCameOnce(@ForAll("extents") List<Extent> pieces) {
        var coverage = new Coverage(SIZE);
        var seen = new BitSet();
        for (var piece : pieces) {
            var bits = bits(List.of(piece));
            boolean fresh = !bits.intersects(seen);
            assertThat(coverage.add((int) piece.offset(), (int) piece.length())).isEqualTo(fresh);
            if (fresh) {
                seen.or(bits);
            }
            assertThat(coverage.complete()).isEqualTo(seen.cardinality() == SIZE);
        }
    }

    private static BitSet bits(List<Extent> extents) {
        var bits = new BitSet();
        extents.forEach(extent -> bits.set((int) extent.offset(), (int) extent.end()));
        return bits;
    }
}
