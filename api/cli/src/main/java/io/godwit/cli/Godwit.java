package io.godwit.cli;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.nio.file.InvalidPathException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// The root of all verbs.
@Command(name = "godwit", version = "godwit", mixinStandardHelpOptions = true, versionProvider = VersionCommand.Provider.class, description = "Moves virtual machines: from OVA files to this machine, converted, verified and seen to boot.", synopsisSubcommandLabel = "VERB", commandListHeading = "%nVerbs:%n", optionListHeading = "%n", exitCodeOnInvalidInput = ExitStatus.USAGE, exitCodeOnExecutionException = ExitStatus.SERVER_ERROR, exitCodeListHeading = "%nExit status:%n", exitCodeList = {
        "0:done", "1:not well: a migration failed, a plan is not ready, the doctor found a failure", "2:wrong words",
        "3:no server answered", "4:the server refused", "5:the server failed",
        "6:the migration was cancelled", "130:interrupted; what the server does goes on"}, footer = {"",
                "`godwit help VERB` says more. First steps: godwit migrate SOURCE --to POOL, godwit demo"}, subcommands = {
                        MigrateCommand.class, LauncherVerbs.Serve.class, LauncherVerbs.Demo.class, ProviderCommand.class,
                        InventoryCommand.class,
                        MappingCommand.class, PlanCommand.class, MigrationCommand.class, LimitCommand.class, LogsCommand.class,
                        LauncherVerbs.Copy.class,
                        DoctorCommand.class, ExplainCommand.class,
                        VersionCommand.class, CompletionCommand.class, LauncherVerbs.Test.class, LauncherVerbs.Build.class,
                        LauncherVerbs.Worker.class, DemoCommand.class, HelpCommand.class})
public final class Godwit implements Runnable {
    private final Surroundings surroundings;

    @Spec
    @Nullable
    CommandSpec spec;

    Godwit(Surroundings surroundings) {
        this.surroundings = surroundings;
    }

    public static void main(String[] args) {
        System.exit(run(Surroundings.ofThisProcess(), args));
    }

    /// Runs one command as the shell would.
    static int run(Surroundings surroundings, String... args) {
        var line = new CommandLine(new Godwit(surroundings));
        line.setOut(surroundings.out());
        line.setErr(surroundings.err());
        line.setColorScheme(CommandLine.Help.defaultColorScheme(surroundings.terminal() ? Ansi.AUTO : Ansi.OFF));
        line.setUsageHelpWidth(Math.clamp(surroundings.columns() == 0 ? 100 : surroundings.columns(), 60, 120));
        line.setAbbreviatedOptionsAllowed(false);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler((e, words) -> {
            var err = surroundings.err();
            var help = "`" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help` says what it takes.";
            err.println("godwit: " + e.getMessage());
            CommandLine.UnmatchedArgumentException.printSuggestions(e, err);
            err.println(help);
            err.flush();
            FailureDocument.print(e.getCommandLine(), words, ExitStatus.USAGE,
                    Problem.of("", String.valueOf(e.getMessage()), "", help));
            return ExitStatus.USAGE;
        });
        line.setExecutionExceptionHandler((e, command, _) -> {
            var told = told(e);
            if (told == null) {
                FailureDocument.print(command, args, ExitStatus.SERVER_ERROR, Problem.of("", "The command line of Godwit failed.",
                        e.toString(), "This is a bug of it: report it with the lines on standard error."));
                throw e;
            }
            FailureDocument.print(command, args, told.exitStatus(), told.problem());
            told.problem().print(surroundings.err(), "godwit: ");
            return told.exitStatus();
        });
        int status = line.execute(args);
        surroundings.out().flush();
        surroundings.err().flush();
        return status;
    }

    /// What a person can do something about; `null` = a bug.
    private static @Nullable CommandFailure told(Exception e) {
        return switch (e) {
            case CommandFailure known -> known;
            case InvalidPathException path -> new CommandFailure(ExitStatus.USAGE, Problem.of("",
                    "'" + path.getInput() + "' can be no name of a file here.", path.getReason(),
                    "Where the locale is not UTF-8, set it first: export LC_ALL=C.UTF-8"), e);
            default -> null;
        };
    }

    Surroundings surroundings() {
        return surroundings;
    }

    @Override
    public void run() {
        Objects.requireNonNull(spec).commandLine().usage(surroundings.out());
    }

    /// What a verb without its second word does: shows what there is.
    abstract static class Group implements Runnable {
        @Spec
        @Nullable
        CommandSpec spec;

        @Override
        public void run() {
            throw new CommandLine.ParameterException(Objects.requireNonNull(spec).commandLine(),
                    "a second word is missing: " + String.join(", ", Objects.requireNonNull(spec).subcommands().keySet()));
        }
    }
}
