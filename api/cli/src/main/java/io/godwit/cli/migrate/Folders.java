package io.godwit.cli.migrate;

import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Where one user's server keeps what it must not forget, and its log; by the XDG base directory specification.
///
/// @param data database, token, locks
/// @param log of the server
public record Folders(Path data, Path log) {
    /// Both in one folder where a person names one.
    public static Folders of(@Nullable Path named, Map<String, String> environment) {
        if (named != null) {
            var data = named.toAbsolutePath().normalize();
            return new Folders(data, data.resolve("server.log"));
        }
        return new Folders(base("XDG_DATA_HOME", ".local/share", environment).resolve("godwit/migrate"),
                base("XDG_STATE_HOME", ".local/state", environment).resolve("godwit/migrate.log"));
    }

    /// A relative path in such a variable is to be ignored, says the specification.
    private static Path base(String variable, String otherwise, Map<String, String> environment) {
        var said = environment.getOrDefault(variable, "");
        return said.startsWith("/") ? Path.of(said) : Path.of(environment.getOrDefault("HOME", "/root")).resolve(otherwise);
    }
}
