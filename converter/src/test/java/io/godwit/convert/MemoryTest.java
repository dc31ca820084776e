package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class MemoryTest {
    @Test
    void readsWhatTheKernelEstimates() {
        assertThat(Memory.availableBytes("MemTotal:       24684536 kB\nMemFree:         1000 kB\nMemAvailable:    2048 kB\n"))
                .isEqualTo(2 << 20);
    }

    @Test
    void refusesWhatWouldRunIntoTheKiller() {
        assertThatThrownBy(() -> Memory.require(3L << 30, 1L << 30, "the conversion")).hasMessageContaining("CONVERTER_NO_MEMORY")
                .hasMessageContaining("1024 MiB").hasMessageContaining("3072 MiB");
    }
}
