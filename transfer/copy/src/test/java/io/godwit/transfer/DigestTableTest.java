package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.transfer.BlockDigest.Method;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

class DigestTableTest {
    private static final int EACH = 4096; // digests that are digested together

    /// Runs in order as a copy makes them, single ones all over the disk, and the same again as a retry makes them.
    @Property(tries = 60)
    void holdsWhatWasNotedLastWhetherWrittenOrNot(@ForAll long seed, @ForAll @IntRange(min = 1, max = 40_000) int blocks,
            @ForAll Method method) throws IOException {
        var random = new Random(seed);
        var layout = BlockLayout.ofDisk(blocks * 4096L - random.nextInt(4096), 4096, method);
        var path = Files.createTempFile("table", ".checkpoint");
        try (var file = create(path, layout)) {
            var table = file.sourceDigests();
            var noted = new HashMap<Integer, byte[]>();
            for (int round = 0; round < 30; round++) {
                note(table, noted, random, layout);
                var some = noted.keySet().stream().skip(random.nextInt(noted.size())).limit(20).toList();
                requireNoted(table, noted, some);
                if (random.nextInt(4) == 0) {
                    table.write();
                }
            }
            table.write();
            requireNoted(table, noted, List.copyOf(noted.keySet()));
            assertThat(table.root(known(noted))).isEqualTo(rootOf(noted, layout));
            try (var again = CheckpointFile.find(path, layout)) {
                requireNoted(Objects.requireNonNull(again).sourceDigests(), noted, List.copyOf(noted.keySet()));
                assertThat(again.targetDigests().root(new BitSet())).isEqualTo(rootOf(Map.of(), layout));
            }
        } finally {
            Files.delete(path);
        }
    }

    private static CheckpointFile create(Path path, BlockLayout layout) throws IOException {
        var file = CheckpointFile.openAlone(path, layout);
        file.empty(false);
        file.bind(CheckpointBinding.of(layout, new Checkpoint.Identity(List.of("job"), List.of("target"), false)), true, false);
        return file;
    }

    private static void note(DigestTable table, Map<Integer, byte[]> noted, Random random, BlockLayout layout) throws IOException {
        int from = random.nextInt(layout.blocks());
        int to = Math.min(layout.blocks(), from + 1 + random.nextInt(random.nextBoolean() ? 1 : 3000));
        for (int block = from; block < to; block++) {
            var digest = new byte[layout.method().bytes()];
            random.nextBytes(digest);
            table.put(block, digest);
            noted.put(block, digest);
        }
    }

    private static void requireNoted(DigestTable table, Map<Integer, byte[]> noted, List<Integer> blocks) throws IOException {
        for (int block : blocks) {
            assertThat(table.get(block)).as("block %d", block).isEqualTo(noted.get(block));
        }
    }

    private static BitSet known(Map<Integer, byte[]> noted) {
        var known = new BitSet();
        noted.keySet().forEach(known::set);
        return known;
    }

    private static String rootOf(Map<Integer, byte[]> noted, BlockLayout layout) {
        var root = BlockDigest.sha256();
        for (int from = 0; from < layout.blocks(); from += EACH) {
            var batch = BlockDigest.sha256();
            for (int block = from; block < Math.min(layout.blocks(), from + EACH); block++) {
                batch.update(ByteBuffer.wrap(noted.getOrDefault(block, layout.zeroDigest(block))));
            }
            root.update(batch.digest());
        }
        return HexFormat.of().formatHex(root.digest());
    }
}
