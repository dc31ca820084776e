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
import java.util.ArrayDeque;
import java.util.List;
import org.jspecify.annotations.Nullable;
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
        assertThatThrownBy(() -> watch.follow("", null)).isInstanceOf(CommandFailure.class).hasMessage("No server");
        assertThat(Duration.between(began, now)).isEqualTo(Duration.ofMinutes(5));
        assertThat(text.toString().lines()).hasSize(1); // said once, not every second
    }

    private MigrationView migration(String phase, @Nullable String completed) {
        return new MigrationView("m", "plan", phase, Instant.EPOCH, completed == null ? null : Instant.parse(completed), List.of());
    }

    @Test
    void doesNotTakeTheEndBeforeARetryForItsOwn() throws InterruptedException {
        var out = new PrintWriter(new StringWriter());
        var views = new ArrayDeque<>(List.of(migration("Failed", "2026-03-01T11:00:00Z"), migration("Failed", "2026-03-01T11:00:00Z"),
                migration("Running", null), migration("Succeeded", "2026-03-01T12:00:03Z")));
        var watch = new Watch(views::remove, new ProgressLines(out, clock), out, clock, seconds -> now = now.plusSeconds(seconds));
        assertThat(watch.follow("", Instant.parse("2026-03-01T11:00:00Z"))).isZero();
        assertThat(views).isEmpty();
    }

    @Test
    void givesUpWaitingForARetryThatNobodyTakesUp() throws InterruptedException {
        var out = new PrintWriter(new StringWriter());
        var watch = new Watch(() -> migration("Failed", "2026-03-01T11:00:00Z"), new ProgressLines(out, clock), out, clock,
                seconds -> now = now.plusSeconds(seconds));
        assertThat(watch.follow("", Instant.parse("2026-03-01T11:00:00Z"))).isEqualTo(1);
        assertThat(now).isEqualTo(Instant.parse("2026-03-01T12:02:00Z"));
    }
}
