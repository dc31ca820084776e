package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.disk.JobProgress.Phase;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CopyBarTest {
    private final ByteArrayOutputStream screen = new ByteArrayOutputStream();

    private String draw(boolean terminal, JobProgress... progress) {
        try (var bar = new CopyBar(terminal, new PrintStream(screen, true, StandardCharsets.UTF_8))) {
            Stream.of(progress).forEach(bar);
        }
        return screen.toString(StandardCharsets.UTF_8);
    }

    private static JobProgress progress(long done, long total, long verified, long rate, String... phases) {
        var all = new ArrayList<Phase>();
        for (var phase : phases) {
            all.add(new Phase(phase, Instant.EPOCH));
        }
        return new JobProgress(all, List.of(new DiskProgress("disk", done, total, done, verified, rate)), null);
    }

    @Test
    void showsHowFarItIs() {
        assertThat(draw(true, progress(1 << 20, 4 << 20, 0, 1 << 20, "copy"))).isEqualTo(
                "\rcopy   [###         ] 1.0 MiB of 4.0 MiB, 1.0 MiB/s, at most 3 s\u001b[K"
                        + System.lineSeparator());
    }

    @Test
    void fitsATerminalOfEightyColumns() {
        long most = (1L << 50) - (1L << 40); // 1023.0 TiB
        var line = draw(true, progress(1, most, 1, most / 99_999, "copy", "verify"));
        assertThat(line.strip().replace("\u001b[K", "")).hasSizeLessThan(80).contains("at most 99999 s");
    }

    @Test
    void showsTheReadingBackAndAnEmptyDisk() {
        assertThat(draw(true, progress(4 << 20, 4 << 20, 2 << 20, 0, "copy", "verify"))).contains("verify [######      ]")
                .contains("2.0 MiB of 4.0 MiB, 0 B/s\u001b");
        assertThat(draw(true, progress(0, 0, 0, 0, "copy"))).contains("[############] 0 B of 0 B");
    }

    @Test
    void isSilentWhereThereIsNoTerminalOrNothingWasTold() {
        assertThat(draw(false, progress(1, 2, 0, 1, "copy"))).isEmpty();
        assertThat(draw(true)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"0,0 B", "1023,1023 B", "1024,1.0 KiB", "1536,1.5 KiB", "1073741824,1.0 GiB", "9223372036854775807,8.0 EiB"})
    void tellsBytes(long bytes, String told) {
        assertThat(CopyBar.bytes(bytes)).isEqualTo(told);
    }
}
