package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// One run of `./godwit`, as a person types it at a terminal: the leader of a process group of its own.
final class GodwitCommand {
    private final Process process;
    private final Path out;
    private final Path err;

    private GodwitCommand(Process process, Path out, Path err) {
        this.process = process;
        this.out = out;
        this.err = err;
    }

    static GodwitCommand start(Path folder, Map<String, String> environment, String... words) {
        try {
            var out = Files.createTempFile(folder, "out", ".txt");
            var err = Files.createTempFile(folder, "err", ".txt");
            var command = new ArrayList<>(
                    List.of("env", "--default-signal=INT", "setsid", Deployment.root().resolve("godwit").toString()));
            command.addAll(List.of(words));
            var builder = new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
            builder.environment().putAll(environment);
            return new GodwitCommand(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Its exit status.
    int exitStatus() {
        return exitStatus(Duration.ofMinutes(3));
    }

    /// Its exit status, after as long as its work may take.
    int exitStatus(Duration limit) {
        await("godwit, which said " + out() + err()).atMost(limit).until(() -> !process.isAlive());
        return process.exitValue();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    /// As Ctrl-C: to all of its group.
    void interrupt() throws IOException, InterruptedException {
        var code = new ProcessBuilder("kill", "-INT", "--", "-" + process.pid()).inheritIO().start().waitFor();
        if (code != 0) {
            throw new IllegalStateException("kill ended with " + code);
        }
    }

    void kill() {
        process.destroyForcibly();
        await().atMost(10, SECONDS).until(() -> !process.isAlive());
    }

    String out() {
        return read(out);
    }

    String err() {
        return read(err);
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
