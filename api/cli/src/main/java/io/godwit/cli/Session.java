package io.godwit.cli;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import io.godwit.cli.text.Table;
import io.godwit.cli.text.Yaml;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/// What every verb that talks to a server shares: where it is, who asks, and how to print.
final class Session {
    /// How answers are printed.
    enum Format {
        table, json, yaml;

        String write(JsonNode node) {
            return this == yaml ? Yaml.write(node) : Rest.JSON.writerWithDefaultPrettyPrinter().writeValueAsString(node);
        }
    }

    @Spec(Spec.Target.MIXEE)
    @Nullable
    CommandSpec spec;

    @Option(names = "--server", paramLabel = "URL", description = "Where the server listens. Else GODWIT_SERVER, "
            + "else what the data folder says, else http://127.0.0.1:8899.")
    @Nullable
    URI server;

    @Option(names = "--token-file", paramLabel = "FILE", description = "File that holds the server's token. Else GODWIT_TOKEN, else the data folder's.")
    @Nullable
    Path tokenFile;

    @Option(names = "--data", paramLabel = "DIR", description = "The server's data folder, where it leaves its address and its token.")
    @Nullable
    Path data;

    @Option(names = {"-o", "--output"}, paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
    Format format = Format.table;

    private @Nullable Rest rest;

    Rest rest() {
        if (rest == null) {
            rest = new Rest(address(), token());
        }
        return rest;
    }

    Surroundings surroundings() {
        if (spec == null) {
            throw new IllegalStateException("used outside a command");
        }
        return ((Godwit) spec.root().userObject()).surroundings();
    }

    PrintWriter out() {
        return surroundings().out();
    }

    /// Whether programs are to read it.
    boolean structured() {
        return format != Format.table;
    }

    void printStructured(JsonNode node) {
        out().println(format.write(node).stripTrailing());
    }

    /// Prints a list of the server: all of it for programs, or a table.
    void print(JsonNode answer, Supplier<Table> table) {
        if (structured()) {
            printStructured(answer);
        } else {
            table.get().print(out());
        }
    }

    Path dataFolder() {
        return data != null ? data : surroundings().defaultDataFolder();
    }

    private URI address() {
        if (server != null) {
            return server;
        }
        var said = surroundings().environment().getOrDefault("GODWIT_SERVER", "");
        if (!said.isBlank() && data == null) {
            return parse(said, "GODWIT_SERVER");
        }
        var file = dataFolder().resolve("server.json");
        try {
            return parse(Rest.JSON.readTree(Files.readString(file)).path("url").asString(""), file.toString());
        } catch (NoSuchFileException e) {
            if (data != null) { // or the command would go to another server
                throw new CommandFailure(ExitStatus.UNREACHABLE,
                        Problem.of("", "No Godwit server runs on " + data + ".", "there is no " + file,
                                "Start one with `godwit serve --data " + data + "`."),
                        e);
            }
            return URI.create("http://127.0.0.1:8899");
        } catch (IOException | JacksonException e) {
            throw unreadable(file, e);
        }
    }

    private static URI parse(String text, String source) {
        try {
            var uri = URI.create(text);
            if (uri.getHost() != null && ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme()))) {
                return uri;
            }
        } catch (IllegalArgumentException _) {
            // said below
        }
        throw new CommandFailure(ExitStatus.USAGE, Problem.of("", source + " holds no address of a server: '" + text + "'.", "",
                "Write it as http://HOST:PORT."));
    }

    private @Nullable String token() {
        if (tokenFile == null) {
            var said = surroundings().environment().getOrDefault("GODWIT_TOKEN", "");
            if (!said.isBlank() && data == null) {
                return said.strip();
            }
        }
        var file = tokenFile != null ? tokenFile : dataFolder().resolve("token");
        try {
            return Files.readString(file).strip();
        } catch (NoSuchFileException e) {
            if (tokenFile != null) {
                throw unreadable(file, e);
            }
            return null;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static CommandFailure unreadable(Path file, Exception e) {
        var why = e instanceof NoSuchFileException ? "there is no such file" : String.valueOf(e.getMessage());
        return new CommandFailure(ExitStatus.USAGE,
                Problem.of("", "Cannot read " + file + ".", why, "Run as the user of the server, or name another file."), e);
    }
}
