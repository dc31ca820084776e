package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Against clients in processes of their own: a JVM does not contend for locks with itself.
class IdleEndIT {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration IDLE = Duration.ofMinutes(10);
    @TempDir
    Path data = Path.of("");
    private Instant now = START;

    @Test
    void staysWhileAClientHoldsItsLockAndLetsNoneInOnceItEnds() throws IOException, InterruptedException {
        var idle = new IdleEnd(IDLE, data, () -> Optional.of(Instant.MIN), () -> now, () -> {
        });
        now = START.plus(IDLE);
        var file = Files.createFile(data.resolve(IdleEnd.LOCK));
        var client = client(file);
        try {
            assertThat(client.inputReader().readLine()).isEqualTo("held");
            assertThat(idle.isOver()).isFalse();
        } finally {
            client.outputWriter().close();
        }
        assertThat(client.waitFor(10, TimeUnit.SECONDS)).isTrue();
        assertThat(idle.isOver()).isTrue();
        var late = client(file);
        assertThat(late.inputReader().readLine()).isEqualTo("refused");
        assertThat(late.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    private static Process client(Path file) throws IOException {
        var source = Objects.requireNonNull(LockingClient.class.getProtectionDomain().getCodeSource()).getLocation().getPath();
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", source,
                LockingClient.class.getName(), file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
