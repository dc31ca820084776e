package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.transfer.BlockDigest.JavaXxh3;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BlockDigestTest {
    /// XXH3_128 of nothing is 99aa06d3014798d86001c324468d497f (xxhash's own sanity tests); the low half comes first here.
    @Test
    void theJavaOneGivesThePublishedValue() {
        assertThat(HexFormat.of().formatHex(new JavaXxh3().of(ByteBuffer.allocate(0)))).isEqualTo("7f498d4624c30160d8984701d306aa99");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 16, 17, 240, 241, 4096, 65_537, 262_144})
    void theLibraryGivesWhatTheJavaOneGives(int length) {
        var library = Objects.requireNonNull(NativeXxh3.find(), "no libxxhash, which the package manager of Debian needs");
        for (var bytes : new ByteBuffer[]{ByteBuffer.allocateDirect(length + 8), ByteBuffer.allocate(length + 8)}) {
            var content = new byte[length + 8];
            new Random(length).nextBytes(content);
            bytes.put(content).clear().position(3).limit(3 + length);
            assertThat(library.of(bytes)).isEqualTo(new JavaXxh3().of(bytes));
            assertThat(bytes.position()).isEqualTo(3);
            assertThat(bytes.remaining()).isEqualTo(length);
        }
    }
}
