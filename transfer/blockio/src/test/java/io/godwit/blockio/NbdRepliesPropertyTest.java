package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.Extent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;

/// Whatever pieces an honest server answers in, and in whatever order, the bytes and the status are those of its disk.
class NbdRepliesPropertyTest {
    private static Path folder = Path.of("");

    @BeforeContainer
    static void makeAFolder() throws IOException {
        folder = Files.createTempDirectory("replies");
    }

    @AfterContainer
    static void removeIt() throws IOException {
        Files.delete(folder);
    }

    @Property(tries = 40)
    void isWhatTheDiskHolds(@ForAll long seed, @ForAll boolean extended) throws IOException {
        var random = new Random(seed);
        long size = 1 + (random.nextBoolean() ? random.nextLong(1 << 16) : random.nextLong(1L << 45));
        var data = randomRuns(random, size);
        var settings = new NbdSettings(1, 1 + random.nextInt(20), 4096 + random.nextInt(20_000), Duration.ofSeconds(10));
        try (var server = new HonestServer(folder, size, data, extended, seed); var source = NbdSource.open(server.uri(), settings)) {
            reads(random, server, source, settings.requestBytes());
            long from = random.nextLong(size);
            long to = from + 1 + random.nextLong(size - from);
            assertThat(dataOf(source, from, to)).isEqualTo(cut(data, from, to));
        }
    }

    private static List<Extent> randomRuns(Random random, long size) {
        var runs = new ArrayList<Extent>();
        long at = 0;
        for (int i = 0; i < 10 && at < size; i++) {
            at += 1 + random.nextLong(1 + (size - at) / 2);
            if (at < size) {
                long length = 1 + random.nextLong(Math.min(size - at, 1 << 14));
                runs.add(new Extent(at, length));
                at += length;
            }
        }
        return Extents.normal(runs);
    }

    private static void reads(Random random, HonestServer server, NbdSource source, int longest) {
        try (var reader = source.reader()) {
            for (int left = 60; left > 0 || reader.inFlight() > 0;) {
                if (left > 0 && reader.inFlight() < reader.depth()) {
                    int length = (int) (1 + random.nextLong(Math.min(server.size, longest)));
                    reader.submit(random.nextLong(server.size - length + 1), length, length);
                    left--;
                } else {
                    reader.take((tag, offset, bytes) -> {
                        assertThat((long) bytes.remaining()).isEqualTo(tag);
                        var found = new byte[bytes.remaining()];
                        bytes.get(found);
                        assertThat(found).isEqualTo(server.bytes(offset, found.length));
                    });
                }
            }
        }
    }

    private static List<Extent> dataOf(NbdSource source, long from, long to) {
        var runs = new ArrayList<Extent>();
        for (long at = from; at < to;) {
            for (var run : source.status(at, to - at)) {
                assertThat(run.offset()).isEqualTo(at);
                at = run.end();
                assertThat(at).isLessThanOrEqualTo(to);
                if (!run.isZero()) {
                    runs.add(new Extent(run.offset(), run.length()));
                }
            }
        }
        return Extents.normal(runs);
    }

    private static List<Extent> cut(List<Extent> runs, long from, long to) {
        return runs.stream().filter(run -> run.end() > from && run.offset() < to)
                .map(run -> new Extent(Math.max(from, run.offset()), Math.min(to, run.end()) - Math.max(from, run.offset()))).toList();
    }

    @Property(tries = 300)
    void coverageKnowsEachByteOnce(@ForAll long seed) {
        var random = new Random(seed);
        int length = 1 + random.nextInt(60);
        var coverage = new Coverage(length);
        var model = new BitSet();
        for (int i = 0; i < 40; i++) {
            int from = random.nextInt(length);
            int count = 1 + random.nextInt(Math.min(10, length - from));
            boolean fresh = model.get(from, from + count).isEmpty();
            assertThat(coverage.add(from, count)).isEqualTo(fresh);
            if (fresh) {
                model.set(from, from + count);
            }
            assertThat(coverage.complete()).isEqualTo(model.cardinality() == length);
        }
    }
}
