package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// Whether a server could use the PostgreSQL that it is to be started with. The store has the driver; it is asked in a process of its own.
final class DatabaseCheck implements Check {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private final Machine machine;
    private final Database database;

    DatabaseCheck(Machine machine, Database database) {
        this.machine = machine;
        this.database = database;
    }

    @Override
    public List<Finding> examine() throws IOException, InterruptedException {
        return List.of(find());
    }

    private Finding find() throws IOException, InterruptedException {
        var file = database.passwordFile();
        if (file != null && !Files.isReadable(file)) {
            return Ailment.DATABASE_PASSWORD_HIDDEN.at(file,
                    Files.exists(file) ? machine.rights(file) : "there is no such file, or one of its folders may not be entered");
        }
        var command = new ArrayList<>(database.probe());
        command.addAll(List.of(database.url(), database.user(), file == null ? "" : file.toString()));
        var said = machine.programs().run(Path.of(command.getFirst()), command.subList(1, command.size()), DEADLINE);
        var line = said.firstLine();
        var seen = line.substring(line.indexOf(' ') + 1);
        return switch (line.substring(0, Math.max(0, line.indexOf(' ')))) {
            case "FINE" -> Finding.ok(Ailment.DATABASE_UNREACHABLE.subject(), seen + " at " + database.url());
            case "UNREACHABLE" -> Ailment.DATABASE_UNREACHABLE.at(database.url(), seen);
            case "REFUSED" -> Ailment.DATABASE_REFUSES.at(database.url(), seen).with("USER", database.user());
            case "MISSING" -> Ailment.DATABASE_MISSING.at(database.url(), seen).with("USER", database.user());
            case "OLD" -> Ailment.DATABASE_OLD.at(database.url(), seen);
            case "FORBIDDEN" -> Ailment.DATABASE_FOREIGN.at(database.url(), seen).with("USER", database.user());
            default -> new Finding(Finding.Verdict.WARN, Ailment.DATABASE_UNREACHABLE.subject(), "", "The database could not be tried.",
                    database.url(), "the probe ended with " + said.exitCode() + ": " + line, "Build anew: ./godwit build.");
        };
    }
}
