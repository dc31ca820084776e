package io.godwit.cli;

import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine;

/// What `migrate -o json` prints where it ends without an outcome: who reads its documents is told in one, too.
final class FailureDocument {
    private FailureDocument() {}

    /// For that verb, and where its words ask for documents; they need not have been understood.
    static void print(CommandLine command, String[] words, int exitStatus, Problem problem) {
        if (!(command.getCommandSpec().userObject() instanceof MigrateCommand migrate)) {
            return;
        }
        asked(List.of(words).iterator()).ifPresent(format -> {
            var document = Json.object().put("phase", migrate.migrations().isEmpty() ? "Refused" : "Unknown").put("exitStatus", exitStatus);
            migrate.migrations().forEach(document.putArray("migrations")::add);
            var told = document.putObject("problem").put("code", problem.code()).put("blame", problem.blame())
                    .put("retryable", problem.retryable()).put("what", problem.what()).put("why", problem.why())
                    .put("remedy", problem.remedy());
            problem.details().forEach(told.putArray("details")::add);
            command.getOut().println(format.write(document).stripTrailing());
            command.getOut().flush();
        });
    }

    private static Optional<Session.Format> asked(Iterator<String> words) {
        var asked = Optional.<Session.Format>empty();
        while (words.hasNext()) {
            var word = words.next();
            if (word.equals("--")) {
                break;
            }
            if (word.equals("-o") || word.equals("--output")) {
                asked = words.hasNext() ? format(words.next()) : asked;
            } else if (word.startsWith("--output=")) {
                asked = format(word.substring("--output=".length()));
            } else if (word.startsWith("-o")) {
                asked = format(word.substring(word.startsWith("-o=") ? 3 : 2));
            }
        }
        return asked.filter(each -> each != Session.Format.table);
    }

    private static Optional<Session.Format> format(String name) {
        return Arrays.stream(Session.Format.values()).filter(each -> each.name().equals(name.toLowerCase(Locale.ROOT))).findFirst();
    }
}
