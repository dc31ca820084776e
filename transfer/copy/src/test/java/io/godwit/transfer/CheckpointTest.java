package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CheckpointTest {
    private static final BlockLayout LAYOUT = BlockLayout.ofDisk(1_000_000_000L, 4096, Method.XXH3_128);
    private static final List<String> IDENTITY = List.of("job", "disk", "source", "target");
    private static final byte[] DIGEST = "0123456789abcdef".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    @TempDir
    Path folder;
    private final List<String> calls = new ArrayList<>();

    private Checkpoint open(BlockLayout layout, List<String> identity) {
        return Checkpoint.open(folder.resolve("c/disk.checkpoint"), layout, identity(identity), true,
                () -> calls.add("clear"));
    }

    private static Checkpoint.Identity identity(List<String> job) {
        return new Checkpoint.Identity(job, List.of("target"), false);
    }

    private static void put(Checkpoint checkpoint, int block, byte[] digest) {
        checkpoint.putDigest(block, digest);
        checkpoint.written(block);
    }

    @Test
    void remembersWhatWasSavedAndForgetsTheRest() {
        try (var first = open(LAYOUT, IDENTITY)) {
            put(first, 0, DIGEST);
            put(first, 40_000, DIGEST);
            put(first, 244_140, DIGEST); // the last
            first.save(() -> calls.add("flush"));
            put(first, 7, DIGEST);
        }
        assertThat(calls).containsExactly("clear", "flush");
        try (var second = open(LAYOUT, IDENTITY)) {
            assertThat(second.resumed()).isTrue();
            assertThat(Stream.of(0, 40_000, 244_140)).allMatch(second::isSaved);
            assertThat(Stream.of(1, 7, 39_999, 40_001)).noneMatch(second::isSaved);
            assertThat(second.expected(40_000)).isEqualTo(DIGEST);
            assertThat(second.expected(7)).isEqualTo(LAYOUT.zeroDigest(7));
            put(second, 40_001, DIGEST);
            second.save(() -> calls.add("flush"));
        }
        try (var third = open(LAYOUT, IDENTITY)) {
            assertThat(Stream.of(0, 40_000, 40_001, 244_140)).allMatch(third::isSaved);
        }
        assertThat(calls).containsExactly("clear", "flush", "flush");
    }

    @Test
    void isOpenForOneCopyAtATime() throws Exception {
        var checkpoint = folder.resolve("c/disk.checkpoint");
        try (var first = open(LAYOUT, IDENTITY)) {
            put(first, 1, DIGEST);
            first.save(() -> {
            });
            var before = Files.readAllBytes(checkpoint);
            for (var identity : List.of(IDENTITY, List.of("job", "disk", "source", "another target"))) {
                assertThatThrownBy(() -> open(LAYOUT, identity)).isInstanceOfSatisfying(FaultException.class,
                        failure -> assertThat(failure.fault().is(CopyFault.COPY_CHECKPOINT_BUSY)).isTrue());
            }
            assertThat(checkpoint).hasBinaryContent(before);
        }
        try (var second = open(LAYOUT, IDENTITY)) {
            assertThat(second.isSaved(1)).isTrue();
        }
    }

    @Test
    void isNobodyElsesWhileItsTargetIsPrepared() {
        for (var before : List.of("none", "of another job")) {
            var refused = new ArrayList<FaultException>();
            try (var first = Checkpoint.open(folder.resolve("c/disk.checkpoint"), LAYOUT, identity(List.of("job, " + before)), true, () -> {
                assertThatThrownBy(() -> open(LAYOUT, IDENTITY)).isInstanceOfSatisfying(FaultException.class, refused::add);
                return true;
            })) {
                assertThat(first.targetWasZero()).isTrue();
            }
            assertThat(refused).singleElement().matches(failure -> failure.fault().is(CopyFault.COPY_CHECKPOINT_BUSY));
        }
    }

    @Test
    void leavesItsFileWhenItIsGivenUp() {
        try (var first = open(LAYOUT, IDENTITY)) {
            put(first, 1, DIGEST);
            first.save(() -> {
            });
            first.discard();
        }
        assertThat(folder.resolve("c/disk.checkpoint")).exists();
        try (var second = open(LAYOUT, IDENTITY)) {
            assertThat(second.resumed()).isFalse();
        }
    }

    @Test
    void looksAtBlocksThatWereMadeZeroToo() {
        try (var first = open(LAYOUT, IDENTITY)) {
            first.zeroed(100, 50);
            first.save(() -> {
            });
            assertThat(first.someSaved(16, new java.util.Random(1))).isNotEmpty().hasSizeLessThanOrEqualTo(16)
                    .allMatch(block -> block >= 100 && block < 150);
            put(first, 7, DIGEST);
            first.save(() -> {
            });
            assertThat(first.someSaved(16, new java.util.Random(1))).contains(7).anyMatch(block -> block >= 100);
        }
    }

    /// Linux tells once that it lost what it was to write back, marks those pages clean, and calls the next flush a success.
    @Test
    void believesNothingMoreAfterAFlushThatFailed() {
        try (var first = open(LAYOUT, IDENTITY)) {
            put(first, 1, DIGEST);
            first.save(() -> calls.add("flush"));
            put(first, 3, DIGEST);
            var failure = new IllegalStateException("fsync failed");
            assertThatIllegalStateException().isThrownBy(() -> first.save(() -> {
                put(first, 4, DIGEST); // by another thread: among what was lost, perhaps
                throw failure;
            })).isSameAs(failure);
            put(first, 5, DIGEST);
            assertThatIllegalStateException().isThrownBy(() -> first.save(() -> calls.add("flush again"))).isSameAs(failure);
        }
        assertThat(calls).containsExactly("clear", "flush");
        try (var second = open(LAYOUT, IDENTITY)) {
            assertThat(second.isSaved(1)).isTrue();
            assertThat(Stream.of(3, 4, 5)).noneMatch(second::isSaved);
        }
    }

    @Test
    void remembersWhatWasMadeZeroWithoutCallingItRead() {
        try (var first = open(LAYOUT, IDENTITY)) {
            first.zeroed(0, 70_000);
            put(first, 70_000, DIGEST);
            first.zeroed(244_000, 141); // to the end
            first.save(() -> calls.add("flush"));
            first.zeroed(80_000, 1);
        }
        try (var second = open(LAYOUT, IDENTITY)) {
            assertThat(second.firstNotZeroed(0)).isEqualTo(70_000);
            assertThat(second.firstNotZeroed(80_000)).isEqualTo(80_000);
            assertThat(second.firstNotZeroed(244_000)).isEqualTo(LAYOUT.blocks());
            assertThat(second.isSaved(69_999)).isFalse();
            assertThat(second.isSaved(70_000)).isTrue();
            assertThat(second.expected(5)).isEqualTo(LAYOUT.zeroDigest(5));
        }
    }

    static Stream<List<Object>> others() {
        return Stream.of(List.of(LAYOUT, List.of("other", "disk", "source", "target")),
                List.of(LAYOUT, List.of("job", "disk", "other", "target")),
                List.of(LAYOUT, List.of("job", "disk", "source", "other")), List.of(LAYOUT, List.of("jobd", "isk", "source", "target")),
                List.of(BlockLayout.ofDisk(LAYOUT.sizeBytes() + 4096, 4096, Method.XXH3_128), IDENTITY),
                List.of(BlockLayout.ofDisk(LAYOUT.sizeBytes(), 8192, Method.XXH3_128), IDENTITY),
                List.of(BlockLayout.ofDisk(LAYOUT.sizeBytes(), 4096, Method.SHA_256), IDENTITY));
    }

    @ParameterizedTest
    @MethodSource("others")
    @SuppressWarnings("unchecked")
    void beginsFromZeroForAnyOtherJobAndNeverGoesBack(List<Object> other) {
        try (var first = open(LAYOUT, IDENTITY)) {
            put(first, 3, DIGEST);
            first.save(() -> calls.add("flush"));
        }
        try (var second = open((BlockLayout) other.get(0), (List<String>) other.get(1))) {
            assertThat(second.resumed()).isFalse();
            assertThat(second.isSaved(3)).isFalse();
        }
        assertThat(calls).containsExactly("clear", "flush", "clear");
        try (var third = open(LAYOUT, IDENTITY)) { // the target was cleared: the first job's checkpoint is gone for good
            assertThat(third.resumed()).isFalse();
        }
    }

    @Test
    void beginsFromZeroAfterACrashBetweenClearingAndTheNewFile() {
        open(LAYOUT, IDENTITY).close();
        assertThatIllegalStateException()
                .isThrownBy(() -> Checkpoint.open(folder.resolve("c/disk.checkpoint"), LAYOUT, identity(List.of("other")), true, () -> {
                    throw new IllegalStateException("killed");
                }));
        assertThat(folder.resolve("c/disk.checkpoint")).as("tells that the target was written to").exists();
        try (var again = open(LAYOUT, IDENTITY)) {
            assertThat(again.resumed()).isFalse();
        }
    }

    @Test
    void beginsFromZeroWhenTheFileIsNone() throws Exception {
        var file = folder.resolve("c/disk.checkpoint");
        for (var size : List.of(0, 10, 5000)) {
            Files.createDirectories(file.getParent());
            Files.write(file, new byte[size]);
            try (var fresh = open(LAYOUT, IDENTITY)) {
                assertThat(fresh.resumed()).isFalse();
            }
        }
    }

    /// A copy that a newer version goes on with is not begun again: whoever changes the file changes its magic number too.
    @Test
    void itsFileIsAsItAlwaysWas() throws Exception {
        var layout = BlockLayout.ofDisk(3_000_000L, 4096, Method.XXH3_128);
        try (var checkpoint = open(layout, IDENTITY)) {
            put(checkpoint, 300, DIGEST);
            put(checkpoint, 1, DIGEST);
            checkpoint.zeroed(700, 30);
            checkpoint.save(() -> calls.add("flush"));
            checkpoint.complete();
        }
        var bytes = Files.readAllBytes(folder.resolve("c/disk.checkpoint"));
        assertThat(HexFormat.of().formatHex(BlockDigest.sha256().digest(bytes)))
                .isEqualTo("5eeaf432bb8b8d30cd72132496c6a760dda7533dfea425edc7b0528bc8d07f88");
    }

    @Test
    void rootsAreEqualExactlyWhenAllDigestsAre() throws Exception {
        try (var checkpoint = open(LAYOUT, IDENTITY)) {
            put(checkpoint, 5, DIGEST);
            put(checkpoint, 6, LAYOUT.zeroDigest(6));
            checkpoint.save(() -> calls.add("flush"));
            assertThat(checkpoint.firstMissing(_ -> true)).isEqualTo(5);
            checkpoint.putReadBack(5, DIGEST);
            assertThat(checkpoint.firstMissing(_ -> true)).isEqualTo(-1);
            assertThat(checkpoint.targetRoot()).isEqualTo(checkpoint.sourceRoot()).hasSize(64);
            checkpoint.putReadBack(9000, DIGEST);
            assertThat(checkpoint.targetRoot()).isNotEqualTo(checkpoint.sourceRoot());
        }
    }

    @Test
    void everyDigestSeesEveryBitOfABlock() {
        for (var method : EnumSet.complementOf(EnumSet.of(Method.NONE))) {
            var digest = method.start();
            var block = ByteBuffer.allocateDirect(1000);
            var whole = digest.of(block);
            assertThat(whole).hasSize(method.bytes());
            for (int bit = 0; bit < 8000; bit += 37) {
                block.put(bit / 8, (byte) (1 << bit % 8));
                assertThat(digest.of(block)).as("%s bit %d", method, bit).isNotEqualTo(whole);
                block.put(bit / 8, (byte) 0);
            }
            assertThat(digest.of(block)).isEqualTo(whole);
        }
    }
}
