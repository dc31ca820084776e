package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.godwit.blockio.NbdSettings;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CopySettingsTest {
    private static CopySettings settings(int connections, int requestBytes) {
        return new CopySettings(new NbdSettings(connections, 64, requestBytes, Duration.ofSeconds(60)), 256 << 10,
                CopySettings.DEFAULT.memoryBytes(), 1, CopySettings.NO_DIGEST);
    }

    @Test
    void leavesWhatFits() {
        assertThat(CopySettings.DEFAULT.fitting()).isEqualTo(CopySettings.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({"8,1048576", "16,1048576", "4,4194304", "1,8388608", "1,33554432"})
    void takesFewerRequestsWhereTheyWouldNotFit(int connections, int requestBytes) {
        var fitting = settings(connections, requestBytes).fitting();
        assertThat(fitting.worstBytes()).isLessThanOrEqualTo(fitting.memoryBytes());
        assertThat(fitting.nbd().connections()).isEqualTo(connections);
        assertThat(fitting.nbd().requestBytes()).isEqualTo(requestBytes);
        assertThat(fitting.nbd().depth()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({"4,33554432", "2,33554432", "100000,4096", "1000,1048576"})
    void refusesWhatNoNumberOfRequestsMakesFit(int connections, int requestBytes) {
        assertThatIllegalArgumentException().isThrownBy(() -> settings(connections, requestBytes).fitting())
                .withMessageContaining("MiB of buffers at worst, and there are 192: use fewer or shorter ones");
    }
}
