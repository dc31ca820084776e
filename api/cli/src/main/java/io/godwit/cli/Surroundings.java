package io.godwit.cli;

import io.godwit.cli.watch.Pause;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What a command finds around it; tests bring their own.
///
/// @param columns width of the terminal; 0 = the output is no terminal
/// @param rows height of the terminal
/// @param unicode whether the output can show more than ASCII
/// @param workerClassPath of the worker program, for what only it can find out
/// @param launcher the script that starts servers; empty where the command was started without it
public record Surroundings(PrintWriter out, PrintWriter err, Map<String, String> environment, int columns, int rows, boolean unicode,
        Clock clock, Pause pause, String workerClassPath, String launcher) {
    static Surroundings ofThisProcess() {
        var charset = System.out.charset();
        var out = new PrintWriter(new OutputStreamWriter(System.out, charset), true);
        var err = new PrintWriter(new OutputStreamWriter(System.err, System.err.charset()), true);
        return new Surroundings(out, err, System.getenv(), Integer.getInteger("godwit.columns", 0), Integer.getInteger("godwit.rows", 24),
                charset.equals(StandardCharsets.UTF_8), Clock.system(ZoneId.systemDefault()),
                seconds -> new CountDownLatch(1).await(seconds, TimeUnit.SECONDS), System.getProperty("godwit.worker.classpath", ""),
                System.getProperty("godwit.launcher", ""));
    }

    boolean terminal() {
        return columns > 0;
    }

    /// The folder where a server of this user keeps its state unless told otherwise.
    Path defaultDataFolder() {
        var state = environment.getOrDefault("XDG_STATE_HOME", "");
        if (!state.isBlank()) {
            return Path.of(state, "godwit");
        }
        if ("root".equals(System.getProperty("user.name"))) {
            return Path.of("/var/lib/godwit");
        }
        return Path.of(environment.getOrDefault("HOME", "/root"), ".local", "state", "godwit");
    }
}
