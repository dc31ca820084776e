package io.godwit.cli.watch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import org.junit.jupiter.api.Test;

class WatchTest {
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private final Clock clock = new Clock() {
        @Override
        public ZoneId getZone() {
            return ZoneOffset.UTC;
        }

        @Override
        public Clock withZone(ZoneId zone) {
            return this;
        }

        @Override
        public Instant instant() {
            return now;
        }
    };

    @Test
    void waitsForAServerThatIsAwayButNotForEver() {
        var text = new StringWriter();
        var out = new PrintWriter(text);
        var began = now;
        var watch = new Watch(() -> {
            throw new CommandFailure(ExitStatus.UNREACHABLE, Problem.of("", "No server", "refused", ""));
        }, new ProgressLines(out, clock), out, clock, seconds -> now = now.plusSeconds(seconds));
        assertThatThrownBy(() -> watch.follow("")).isInstanceOf(CommandFailure.class).hasMessage("No server");
        assertThat(Duration.between(began, now)).isEqualTo(Duration.ofMinutes(5));
        assertThat(text.toString().lines()).hasSize(1); // said once, not every second
    }
}
