package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.json.JsonMapper;

/// A server process of its own on a data folder, with the stage holds of [StageHolds]; it can be killed with -9 and started again.
final class SmokeServer implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(2); // 3 s where nothing else runs
    private final Path folder;
    private final List<String> options;
    private Process process;
    private RestClient rest;

    private SmokeServer(Path folder, List<String> options) {
        this.folder = folder;
        this.options = options;
        this.process = launch();
        this.rest = connect();
    }

    /// Starts one and waits until it answers.
    ///
    /// @param options of its JVM
    static SmokeServer start(Path folder, String... options) {
        return new SmokeServer(folder, List.of(options));
    }

    Path data() {
        return folder.resolve("data");
    }

    StageHolds holds() {
        return new StageHolds(folder.resolve("holds"));
    }

    RestClient rest() {
        return rest;
    }

    /// SIGKILL to the server alone: its workers live on.
    void kill() {
        process.destroyForcibly();
        await().atMost(10, SECONDS).until(() -> !process.isAlive());
    }

    void restart() {
        process = launch();
        rest = connect();
    }

    /// SIGTERM, and the exit code.
    int stop() throws InterruptedException {
        process.destroy();
        if (!process.waitFor(30, SECONDS)) {
            throw new IllegalStateException("the server did not end within 30 s of SIGTERM");
        }
        return process.exitValue();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    private Process launch() {
        try {
            Files.createDirectories(folder.resolve("holds"));
            Files.deleteIfExists(data().resolve("server.json")); // of a server that was killed
            var command = new ArrayList<>(List.of(Deployment.java().toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xmx512m",
                    "-Dgodwit.smoke.holds=" + folder.resolve("holds")));
            command.addAll(Deployment.cache("server"));
            command.addAll(options);
            command.addAll(List.of("-cp", Deployment.classPath("server") + File.pathSeparator + Deployment.testClasses(),
                    "io.godwit.api.GodwitServer", "--godwit.data=" + data(), "--godwit.port=0"));
            var workerCommand = SmokeWorker.command(folder.resolve("holds"));
            for (int i = 0; i < workerCommand.size(); i++) {
                command.add("--godwit.worker.command[" + i + "]=" + workerCommand.get(i));
            }
            return new ProcessBuilder(command).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("server.log").toFile())).start();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private RestClient connect() {
        var ready = data().resolve("server.json");
        await().atMost(READY).failFast("the server ended, see " + folder.resolve("server.log"), () -> !process.isAlive())
                .until(() -> Files.exists(ready) && Files.size(ready) > 0);
        try {
            var url = new JsonMapper().readTree(Files.readString(ready)).path("url").asString();
            return new RestClient(URI.create(url), Files.readString(data().resolve("token")).strip());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
