package io.godwit.model.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;

class GunzipTest {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime());
    private static final int ROUNDS = Boolean.getBoolean("godwit.soak") ? 20_000 : 200;

    @Test
    void givesWhatWasPacked() throws IOException {
        System.out.println("GunzipTest seed " + SEED);
        var random = new Random(SEED);
        for (int round = 0; round < ROUNDS; round++) {
            var whole = new ByteArrayOutputStream();
            var packed = new ByteArrayOutputStream();
            for (int member = 0; member <= random.nextInt(4); member++) {
                var bytes = new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(300_000)];
                random.nextBytes(random.nextBoolean() ? bytes : new byte[1]);
                whole.write(bytes);
                packed.write(gzip(bytes));
            }
            packed.write(new byte[random.nextInt(2) * random.nextInt(600)]);
            assertThat(unpacked(packed.toByteArray())).as("round " + round + " of seed " + SEED).isEqualTo(whole.toByteArray());
        }
    }

    /// What the JDK takes whole is the same here; what is damaged ends, and never as something else.
    @Test
    void givesWhatIsDamagedToNobody() throws IOException {
        var random = new Random(SEED + 1);
        var whole = "0123456789abcdef".repeat(200).getBytes(US_ASCII);
        var packed = new ByteArrayOutputStream();
        packed.write(gzip(Arrays.copyOf(whole, 1000)));
        packed.write(gzip(Arrays.copyOfRange(whole, 1000, whole.length)));
        for (int round = 0; round < 10 * ROUNDS; round++) {
            var bytes = Arrays.copyOf(packed.toByteArray(),
                    random.nextInt(4) == 0 ? random.nextInt(packed.size()) : packed.size());
            if (bytes.length > 0 && random.nextInt(4) > 0) {
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            }
            byte[] seen;
            try {
                seen = unpacked(bytes);
            } catch (ZipException | EOFException e) {
                continue;
            }
            try (var jdk = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
                assertThat(seen).as("round " + round + " of seed " + SEED).isEqualTo(jdk.readAllBytes());
            }
            assertThat(Arrays.copyOf(whole, seen.length)).isEqualTo(seen); // one that ends with its first member is shorter, and nothing else
        }
    }

    @Test
    void takesAsManyEmptyMembersAsThereAre() throws IOException {
        var empty = gzip(new byte[0]);
        var packed = new ByteArrayOutputStream();
        for (int i = 0; i < 200_000; i++) {
            packed.write(empty);
        }
        packed.write(gzip(new byte[]{7}));
        assertThat(unpacked(packed.toByteArray())).containsExactly(7);
    }

    @Test
    void takesEveryFieldThatAHeaderMayHave() throws IOException {
        var plain = gzip("text".getBytes(US_ASCII));
        var packed = new ByteArrayOutputStream();
        packed.write(new byte[]{0x1f, (byte) 0x8b, 8, 31, 1, 2, 3, 4, 0, 3, 3, 0, 'a', 'b', 'c', 'n', 0, 'c', 'o', 0, 9, 9});
        packed.write(plain, 10, plain.length - 10);
        assertThat(unpacked(packed.toByteArray())).asString().isEqualTo("text");
    }

    @Test
    void saysWhatIsWrong() throws IOException {
        var packed = gzip("text".getBytes(US_ASCII));
        assertThatThrownBy(() -> unpacked(new byte[0])).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> unpacked(Arrays.copyOf(packed, packed.length - 1))).isInstanceOf(EOFException.class);
        assertThatThrownBy(() -> unpacked("PK\3\4 and more".getBytes(US_ASCII))).hasMessageContaining("does not begin");
        assertThatThrownBy(() -> unpacked(changed(packed, packed.length - 8))).hasMessageContaining("checksum");
        assertThatThrownBy(() -> unpacked(changed(packed, 2))).hasMessageContaining("deflate");
        var more = Arrays.copyOf(packed, packed.length + 5);
        more[packed.length + 3] = 1;
        assertThatThrownBy(() -> unpacked(more)).hasMessageContaining("something else");
    }

    private static byte[] changed(byte[] bytes, int at) {
        var changed = bytes.clone();
        changed[at] ^= 1;
        return changed;
    }

    private static byte[] unpacked(byte[] packed) throws IOException {
        try (var in = new Gunzip(new ByteArrayInputStream(packed))) {
            return in.readAllBytes();
        }
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(out)) {
            gzip.write(bytes);
        }
        return out.toByteArray();
    }
}
