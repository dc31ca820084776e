package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

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

    @Test
    void staysUntilAnOrderedStartHasBeenCarriedOut() throws IOException, InterruptedException {
        var state = Files.createDirectories(data.resolve("state"));
        var user = client(Files.createFile(state.resolve(IdleEnd.LOCK)));
        assertThat(user.inputReader().readLine()).isEqualTo("held");
        var server = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")),
                InProcessServer.class.getName(), data.toString(), "--godwit.end-when-idle=2s").redirectErrorStream(true)
                .redirectOutput(data.resolve("server.log").toFile()).start();
        try {
            var told = state.resolve("server.json");
            await().atMost(Duration.ofSeconds(60)).until(() -> Files.exists(told) && Files.size(told) > 0);
            var url = Files.readString(told).replaceFirst("(?s).*\"url\":\"([^\"]*)\".*", "$1");
            var client = new Client(url, Files.readString(state.resolve("token")).strip());
            client.register("later", "web");
            client.post("/api/v1/plans/later/start", "{\"at\":\"" + Instant.now().plusSeconds(5) + "\"}").requireStatus(202);
            user.outputWriter().close(); // from here on nothing keeps the server but the order
            await().pollInterval(Duration.ofMillis(200)).atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(
                    client.get("/api/v1/plans/later").requireStatus(200).json().path("scheduledStart").path("state").asString())
                    .isEqualTo("Started"));
            assertThat(server.waitFor(60, TimeUnit.SECONDS)).as("it ends when the migration has ended").isTrue();
            assertThat(server.exitValue()).isZero();
        } finally {
            server.destroyForcibly();
            user.destroyForcibly();
        }
    }

    private static Process client(Path file) throws IOException {
        var source = Objects.requireNonNull(LockingClient.class.getProtectionDomain().getCodeSource()).getLocation().getPath();
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", source,
                LockingClient.class.getName(), file.toString()).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
