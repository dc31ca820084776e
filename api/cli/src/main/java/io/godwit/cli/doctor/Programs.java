package io.godwit.cli.doctor;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs short programs of the machine, found along the PATH of an environment as the worker finds them.
public final class Programs {
    private static final int CANNOT_RUN = 126; // as shells tell it
    private static final int OUT_OF_TIME = 124;
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);
    private final Map<String, String> environment;

    public Programs(Map<String, String> environment) {
        this.environment = Map.copyOf(environment);
    }

    /// What a program said, on both outputs, and its exit code; 124 after the deadline, 126 where it could not be run, for the reason told.
    record Said(int exitCode, String text) {
        String firstLine() {
            return text.lines().map(String::strip).filter(each -> !each.isEmpty()).findFirst().orElse("");
        }
    }

    String path() {
        return environment.getOrDefault("PATH", "/usr/bin:/bin");
    }

    /// Also in the two folders that a user's PATH may lack.
    Optional<Path> find(String program) {
        for (var folder : (path() + ":/usr/sbin:/sbin").split(":", -1)) {
            var candidate = Path.of(folder.isEmpty() ? "." : folder, program);
            if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return Optional.of(candidate);
            }
        }
        return Optional.empty();
    }

    Said run(Path program, List<String> arguments, Duration deadline) throws InterruptedException {
        var command = new ArrayList<>(List.of(program.toString()));
        command.addAll(arguments);
        var builder = new ProcessBuilder(command).redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
        builder.environment().clear();
        builder.environment().putAll(environment);
        builder.environment().put("PATH", path() + ":/usr/sbin:/sbin");
        builder.environment().put("LC_ALL", "C.UTF-8");
        builder.environment().remove("TMPDIR"); // looked at on its own: one that is wrong makes no program broken
        Process process;
        try {
            process = builder.start();
        } catch (IOException e) {
            return new Said(CANNOT_RUN, String.valueOf(e.getMessage()));
        }
        var words = CompletableFuture.supplyAsync(() -> read(process), reader -> Thread.ofVirtual().start(reader));
        boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
        if (!ended) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly().waitFor();
        }
        try {
            return new Said(ended ? process.exitValue() : OUT_OF_TIME, words.get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS));
        } catch (ExecutionException | TimeoutException e) {
            return new Said(ended ? process.exitValue() : OUT_OF_TIME, "");
        }
    }

    private static String read(Process process) {
        try {
            return new String(process.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
