package io.godwit.cli;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/// A secret out of a file or standard input: never a word of the command line, which everybody on the machine can read.
final class SecretFile {
    private SecretFile() {}

    /// @param file `-` for standard input
    static String read(Path file) {
        try {
            var text = file.toString().equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(file);
            return text.stripTrailing();
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.USAGE,
                    Problem.of("", "Cannot read the secret in " + file + ".", String.valueOf(e.getMessage()),
                            "Name a file that you may read."),
                    e);
        }
    }
}
