package io.godwit.cli;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Runs commands as a person would type them, and keeps what they print.
final class Shell {
    static final Instant NOW = Instant.parse("2026-03-01T12:01:30Z");
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final Map<String, String> environment = new HashMap<>();
    private String launcher = "";
    private Runnable whilePausing = () -> {
    };

    Shell with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    /// What starts servers.
    Shell launchedBy(String script) {
        launcher = script;
        return this;
    }

    /// What happens between two looks at the server.
    Shell pausing(Runnable meanwhile) {
        whilePausing = meanwhile;
        return this;
    }

    int run(String... words) {
        var all = new ArrayList<>(List.of(words));
        return Godwit.run(
                new Surroundings(new PrintWriter(out), new PrintWriter(err), environment, 0, 24, false, Clock.fixed(NOW, ZoneOffset.UTC),
                        _ -> whilePausing.run(), "", launcher),
                all.toArray(String[]::new));
    }

    String out() {
        return out.toString();
    }

    String err() {
        return err.toString();
    }
}
