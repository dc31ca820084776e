package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/// Runs short programs of the machine.
@FunctionalInterface
public interface Programs {
    /// What a program said, on both outputs, and its exit code; 124 after the deadline.
    record Said(int exitCode, String text) {
        String firstLine() {
            return text.lines().map(String::strip).filter(each -> !each.isEmpty()).findFirst().orElse("");
        }
    }

    /// Empty when there is no such program.
    Optional<Said> run(List<String> command, Duration deadline) throws InterruptedException;

    /// Those of this machine.
    static Programs ofThisMachine() {
        return (command, deadline) -> {
            java.nio.file.Path output;
            try {
                output = Files.createTempFile("godwit-doctor", ".txt");
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            try {
                var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
                builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
                builder.environment().put("PATH", builder.environment().getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin");
                builder.environment().put("LC_ALL", "C.UTF-8");
                Process process;
                try {
                    process = builder.start();
                } catch (IOException e) {
                    return Optional.empty();
                }
                boolean ended = process.waitFor(deadline.toMillis(), TimeUnit.MILLISECONDS);
                if (!ended) {
                    process.destroyForcibly().waitFor();
                }
                return Optional.of(new Said(ended ? process.exitValue() : 124, Files.readString(output, StandardCharsets.ISO_8859_1)));
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            } finally {
                try {
                    Files.deleteIfExists(output);
                } catch (IOException _) {
                    // a left-over of a few bytes in the temporary folder
                }
            }
        };
    }
}
