package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.blockio.FileSink;
import io.godwit.transfer.BlockDigest.Method;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SampledVerifyTest {
    private static final int BLOCK = 4096;
    private static final int BLOCKS = 100;
    private static final long SEED = 77;
    private static final BlockLayout LAYOUT = BlockLayout.ofDisk((long) BLOCK * BLOCKS, BLOCK, Method.XXH3_128);
    private static final Sample SAMPLE = new Sample(SEED, BLOCKS);

    @TempDir
    Path folder;
    private Path target;
    private byte[] bytes;

    @BeforeEach
    void makeTarget() throws IOException {
        target = folder.resolve("target");
        bytes = new byte[BLOCK * BLOCKS];
        new Random(3).nextBytes(bytes);
        Files.write(target, bytes);
    }

    /// @return where the target differs from what was read
    private List<String> verify() {
        try (var sink = FileSink.open(target);
                var checkpoint = Checkpoint.open(folder.resolve("c"), LAYOUT, new Checkpoint.Identity(List.of("j"), List.of("t"), false),
                        true, () -> true)) {
            var digest = Method.XXH3_128.start();
            for (int block = 0; block < BLOCKS; block++) {
                checkpoint.putDigest(block, digest.of(ByteBuffer.allocateDirect(BLOCK).put(bytes, block * BLOCK, BLOCK).flip()));
                checkpoint.written(block);
            }
            checkpoint.save(sink::flush);
            var readBack = new LongAdder();
            var pass = new VerifyPass(sink, LAYOUT, checkpoint, SAMPLE, readBack);
            pass.run(new Workers(_ -> {
            }));
            assertThat(readBack.sum()).isLessThanOrEqualTo((long) SAMPLE.size() * BLOCK);
            return pass.wrong().places();
        }
    }

    private static int chosen() {
        return IntStream.range(0, BLOCKS).filter(SAMPLE::contains).skip(2).findFirst().orElseThrow();
    }

    private void write(long at, byte[] some) throws IOException {
        try (var file = new RandomAccessFile(target.toFile(), "rw")) {
            file.seek(at);
            file.write(some);
        }
    }

    @Test
    void findsAFlipInABlockThatWasChosenAndInNoOther() throws IOException {
        assertThat(verify()).isEmpty();
        write(9L + (long) chosen() * BLOCK, new byte[]{(byte) ~bytes[chosen() * BLOCK + 9]});
        assertThat(verify()).containsExactly(Long.toString((long) chosen() * BLOCK));
        Files.write(target, bytes);
        int other = IntStream.range(0, BLOCKS).filter(block -> !SAMPLE.contains(block)).findFirst().orElseThrow();
        write((long) other * BLOCK, new byte[BLOCK]);
        assertThat(verify()).isEmpty();
    }

    @Test
    void findsAHoleWhereAChosenBlockShouldBe() throws IOException {
        var kept = bytes.clone();
        Files.delete(target);
        try (var file = new RandomAccessFile(target.toFile(), "rw")) { // no file system need be able to punch holes for this
            file.setLength(kept.length);
            for (int block = 0; block < BLOCKS; block++) {
                if (block != chosen()) {
                    file.seek((long) block * BLOCK);
                    file.write(kept, block * BLOCK, BLOCK);
                }
            }
        }
        assertThat(verify()).singleElement().asString().startsWith(Integer.toString(chosen() * BLOCK));
    }

    @ParameterizedTest
    @CsvSource({"0,0", "1,1", "16,1", "17,2", "100,7", "1600,100"})
    void choosesOneOfSixteen(int blocks, int chosen) {
        for (long seed = 0; seed < 100; seed++) {
            var sample = new Sample(seed, blocks);
            assertThat(sample.size()).isEqualTo(chosen);
            assertThat(IntStream.range(0, blocks).filter(sample::contains).count()).isEqualTo(chosen);
        }
    }

    @Test
    void choosesEachBlockSometimes() {
        var seen = IntStream.range(0, 40).filter(block -> IntStream.range(0, 1000).anyMatch(seed -> new Sample(seed, 40).contains(block)));
        assertThat(seen.count()).isEqualTo(40);
    }
}
