package io.godwit.export;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.Packing;
import io.godwit.model.fault.FaultException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whatever was packed, however it was cut: the same file, or a fault and no file.
class UnpackerTest {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final int ROUNDS = Boolean.getBoolean("godwit.soak") ? 5_000 : 20;
    private static final long LIMIT = 2L << 20;

    @TempDir
    private Path folder;

    @Test
    void makesTheSameFileOrNone() throws IOException {
        System.out.println("UnpackerTest seed " + SEED);
        var random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            var whole = content(random);
            boolean gzip = random.nextBoolean();
            var packed = gzip ? gzip(whole, random) : whole;
            boolean damaged = gzip && random.nextInt(3) == 0;
            if (damaged) {
                packed = damaged(packed, random);
            }
            var file = "unpacked/" + round;
            try {
                var made = new Unpacker(folder).require(spec(gzip, file), pieces(packed, random));
                assertThat(Files.readAllBytes(made)).as("round " + round + " of seed " + SEED).isEqualTo(whole);
            } catch (FaultException e) {
                assertThat(damaged).as("round " + round + " of seed " + SEED + ": " + e).isTrue();
                assertThat(e.fault().code()).isEqualTo("PACKED_FILE_DAMAGED");
                assertThat(folder.resolve(file)).doesNotExist();
            }
            try (var left = Files.list(folder.resolve("unpacked"))) {
                assertThat(left.filter(each -> !each.endsWith(file.substring(9)))).isEmpty();
            }
            Files.deleteIfExists(folder.resolve(file));
        }
    }

    @Test
    void takesMembersWithoutEnd() throws IOException {
        var empty = gzip(new byte[0], new Random(1));
        var packed = new byte[empty.length * 100_000];
        for (int at = 0; at < packed.length; at += empty.length) {
            System.arraycopy(empty, 0, packed, at, empty.length);
        }
        var made = new Unpacker(folder).require(spec(true, "unpacked/0"), () -> List.of(new Bytes(packed)));
        assertThat(made).isEmptyFile();
    }

    @Test
    void writesNoMoreThanItsDiskMayHave() {
        assertThatThrownBy(() -> new Unpacker(folder).require(spec(true, "unpacked/0"),
                () -> List.of(new Bytes(gzip(new byte[3 << 20], new Random(1)))))).hasMessageContaining("PACKED_FILE_TOO_LARGE");
        assertThat(requireNonNull(folder.resolve("unpacked").toFile().list())).isEmpty();
    }

    private static ExportSpec.Unpacked spec(boolean gzip, String file) {
        return new ExportSpec.Unpacked(List.of(new ExportSpec.File("part", null)), gzip ? Packing.GZIP : Packing.PIECES, file, 1 << 20,
                LIMIT);
    }

    /// Zeroes at its beginning, inside and at its end, as disks have them.
    private static byte[] content(Random random) {
        var bytes = new byte[random.nextInt(1 << 21)];
        for (int from = 0; from < bytes.length; from += 1 + random.nextInt(1 << 19)) {
            if (random.nextBoolean()) {
                var piece = new byte[Math.min(bytes.length - from, random.nextInt(1 << 18))];
                random.nextBytes(piece);
                System.arraycopy(piece, 0, bytes, from, piece.length);
            }
        }
        return bytes;
    }

    /// In one member or several, of which some are empty.
    private static byte[] gzip(byte[] whole, Random random) {
        var out = new ByteArrayOutputStream();
        int at = 0;
        do {
            int count = Math.min(whole.length - at, random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(1 << 20));
            try (var gzip = new GZIPOutputStream(out)) {
                gzip.write(whole, at, count);
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            at += count;
        } while (at < whole.length);
        return out.toByteArray();
    }

    /// Cut inside of a member, or with some bytes changed where what is packed is, behind the first header.
    private static byte[] damaged(byte[] packed, Random random) {
        if (random.nextInt(3) == 0) {
            return Arrays.copyOf(packed, random.nextInt(10));
        }
        var damaged = packed.clone();
        for (int i = 0; i < 3; i++) {
            damaged[10 + random.nextInt(damaged.length - 10)] ^= (byte) (1 + random.nextInt(255));
        }
        return damaged;
    }

    private static java.util.function.Supplier<List<ByteWindow>> pieces(byte[] packed, Random random) {
        var pieces = new ArrayList<ByteWindow>();
        int size = 1 + random.nextInt(packed.length + 1);
        for (int at = 0; at < packed.length || pieces.isEmpty(); at += size) {
            pieces.add(new Bytes(Arrays.copyOfRange(packed, at, Math.min(packed.length, at + size))));
        }
        return () -> pieces;
    }
}
