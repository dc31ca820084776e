package io.godwit.cli.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TextTest {
    @ParameterizedTest
    @CsvSource({"0,0 B", "512,512 B", "1023,1023 B", "1024,1.0 KiB", "1258291200,1.2 GiB", "316669952,302 MiB", "1073741823,1.0 GiB",
            "9223372036854775807,8192 PiB"})
    void writesBytes(long bytes, String text) {
        assertThat(Text.bytes(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0,0s", "-5,0s", "59,59s", "60,1m00s", "125,2m05s", "3600,1h00m", "86400,1d00h", "273600,3d04h"})
    void writesDurations(long seconds, String text) {
        assertThat(Text.duration(Duration.ofSeconds(seconds))).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"abcdef,3,abc", "ab,3,ab", "a\uD83D\uDE00b,2,a\uD83D\uDE00"})
    void cutsByColumnsAndNeverThroughACharacter(String text, int columns, String cut) {
        assertThat(Text.cut(text, columns)).isEqualTo(cut);
    }
}
