package io.godwit.cli;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/// Verbs that the launcher script does itself. They stand here for the help; run from Java they say who does them.
final class LauncherVerbs {
    private LauncherVerbs() {}

    abstract static class Verb implements Callable<Integer> {
        @Override
        public Integer call() {
            throw new CommandFailure(ExitStatus.USAGE,
                    Problem.of("", "This verb is done by the launcher.", "", "Run it as ./godwit in the top folder of the source tree."));
        }
    }

    @Command(name = "serve", mixinStandardHelpOptions = true, description = {
            "Starts the server: REST under /api/v1, on loopback with a token unless told otherwise.",
            "Any further --NAME=VALUE is one of its settings, e.g. --godwit.limits.conversions=1."})
    static final class Serve extends Verb {
        @Option(names = "--data", paramLabel = "DIR", description = "Its state (default: /var/lib/godwit for root, else ~/.local/state/godwit).")
        String data = "";

        @Option(names = "--port", paramLabel = "N", description = "Where it listens (default: 8899; 0 = any free one).")
        int port;

        @Option(names = "--address", paramLabel = "ADDRESS", description = "Which address it listens on (default: 127.0.0.1).")
        String address = "";

        @Option(names = "--database", paramLabel = "URL", description = "JDBC address of a PostgreSQL (default: the embedded database in its data folder).")
        String database = "";

        @Unmatched
        List<String> settings = List.of();
    }

    @Command(name = "demo", mixinStandardHelpOptions = true, description = {
            "Migrates a small real Debian guest, from an OVA to a VM that boots.",
            "Installs what is missing (as root on Debian), builds, makes the guest (kept by content), starts a server of its own, "
                    + "submits a plan, watches it, and shows the login prompt. What was interrupted goes on."})
    static final class Demo extends Verb {
        @Option(names = "--dir", paramLabel = "DIR", description = "Where it keeps its data, pool and result (default: ~/.local/state/godwit/demo).")
        String dir = "";

        @Option(names = "--keep", description = "Leave its server running at the end.")
        boolean keep;
    }

    @Command(name = "test", mixinStandardHelpOptions = true, description = "Runs the tests, and sums up minutes, budgets, seeds and what was skipped.")
    static final class Test extends Verb {
        @Option(names = "--fast", description = "Only those that start no other program (3 minutes).")
        boolean fast;

        @Option(names = "--soak", description = "With the full counts of kills and seeds (hours).")
        boolean soak;

        @Option(names = "--seed", paramLabel = "N", description = "Run with the seeds of an earlier run; else they differ each time.")
        long seed;

        @Option(names = "--module", paramLabel = "PATH", description = "Only this module and what it is built from.")
        String module = "";
    }

    @Command(name = "build", mixinStandardHelpOptions = true, description = "Builds what changed; every verb does so by itself.")
    static final class Build extends Verb {}

    @Command(name = "copy", description = "Copies one disk and proves the copy, without a server: `./godwit copy --help`.")
    static final class Copy extends Verb {}

    @Command(name = "worker", hidden = true, description = "The data plane's process; the server starts it.")
    static final class Worker extends Verb {}
}
