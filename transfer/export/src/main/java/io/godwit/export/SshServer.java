package io.godwit.export;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.SshAccess;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// nbdkit's ssh plugin for a file behind an SSH server.
final class SshServer {
    private static final int CONNECT_SECONDS = 20;

    private SshServer() {}

    /// @param undo collects what is to be removed when the export is closed
    static NbdkitServer of(ExportSpec.Ssh source, SecretFiles files, Consumer<Runnable> undo) {
        var who = source.user() + "@" + source.host();
        var arguments = new ArrayList<>(List.of("host=" + source.host(), "port=" + source.port(), "user=" + source.user(),
                "config=", "timeout=" + CONNECT_SECONDS, "known-hosts=" + files.of(() -> lines(source.knownHosts()), undo)));
        switch (source.access()) {
            case SshAccess.Password(var secret) ->
                arguments.add("password=+" + files.of(() -> files.line(secret, "the password of " + who) + "\n", undo));
            case SshAccess.Key(var secret) ->
                arguments.add("identity=" + files.of(() -> lines(files.text(secret, "the key of " + who)), undo));
            case SshAccess.OwnKeys _ -> {
                // libssh looks for them by itself
            }
        }
        arguments.addAll(Reopening.ARGUMENTS);
        arguments.add("path=" + source.path());
        return new NbdkitServer(List.of(Reopening.FILTER), "ssh", arguments, "ssh://" + who + ":" + source.port() + "/" + source.path(),
                LastWords.SSH);
    }

    private static String lines(String text) {
        return text.endsWith("\n") ? text : text + "\n";
    }
}
