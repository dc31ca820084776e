package io.godwit.process;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What to start: a list of arguments, never a shell string. Secrets belong into files or standard input, never in here.
///
/// @param arguments the program and its arguments
/// @param environment added to the allow-list that [Supervisor] passes on
/// @param directory where it runs; `null` = its private temporary directory
/// @param input what it reads from standard input; `null` = nothing
/// @param output where standard output goes
/// @param errors where standard error goes; its tail is kept in any case
/// @param deadline how long [Supervisor#run(Command)] lets it run
public record Command(List<String> arguments, Map<String, String> environment, @Nullable Path directory, @Nullable String input,
        Output output, Output errors, Duration deadline) {
    private static final Duration DEADLINE = Duration.ofMinutes(1);

    public Command {
        if (arguments.isEmpty()) {
            throw new IllegalArgumentException("a command needs a program");
        }
        arguments = List.copyOf(arguments);
        environment = Map.copyOf(environment);
    }

    public static Command of(String... arguments) {
        return of(List.of(arguments));
    }

    public static Command of(List<String> arguments) {
        return new Command(arguments, Map.of(), null, null, Output.DROPPED, Output.DROPPED, DEADLINE);
    }

    /// The same with more arguments behind.
    public Command with(String... more) {
        return new Command(Stream.concat(arguments.stream(), Stream.of(more)).toList(), environment, directory, input, output, errors,
                deadline);
    }

    public Command environment(String name, String value) {
        var all = new TreeMap<>(environment);
        all.put(name, value);
        return new Command(arguments, all, directory, input, output, errors, deadline);
    }

    public Command directory(Path where) {
        return new Command(arguments, environment, where, input, output, errors, deadline);
    }

    public Command input(String text) {
        return new Command(arguments, environment, directory, text, output, errors, deadline);
    }

    public Command output(Output where) {
        return new Command(arguments, environment, directory, input, where, errors, deadline);
    }

    public Command errors(Output where) {
        return new Command(arguments, environment, directory, input, output, where, deadline);
    }

    public Command deadline(Duration limit) {
        return new Command(arguments, environment, directory, input, output, errors, limit);
    }

    /// Name of the program, for messages.
    public String program() {
        var name = Path.of(arguments.getFirst()).getFileName();
        return name == null ? arguments.getFirst() : name.toString();
    }

    /// Where a stream of a child goes: to a file, to a callback per line, to both, or nowhere. It is always read to its end, so that the child
    /// never blocks on it, and at most one line is held in memory.
    ///
    /// @param file appended to; made when it is missing
    /// @param lines called on one thread, without the line's end; lines are cut at 8 KiB; what it throws is dropped
    public record Output(@Nullable Path file, @Nullable Consumer<String> lines) {
        public static final Output DROPPED = new Output(null, null);

        public static Output toFile(Path file) {
            return new Output(file, null);
        }

        public static Output toLines(Consumer<String> lines) {
            return new Output(null, lines);
        }

        public Output andLines(Consumer<String> consumer) {
            return new Output(file, consumer);
        }
    }
}
