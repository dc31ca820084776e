package io.godwit.export;

import io.godwit.export.LastWords.Told;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What is started of nbdkit for one export.
///
/// @param filters outermost first
/// @param arguments of plugin and filters: no secrets
/// @param from what is read, for people
/// @param words how the plugin tells of its source; `null` = it reads what lies on this machine, and is not asked before it is used
/// @param onceOpen looks at the source when it is open, and gives what looks again whether it is the same
/// @param closerLook finds out by other means why a source cannot be opened, when the words do not tell
record NbdkitServer(List<String> filters, String plugin, List<String> arguments, String from, @Nullable LastWords words,
        Supplier<@Nullable Told> closerLook, Supplier<Runnable> onceOpen) {
    NbdkitServer(List<String> filters, String plugin, List<String> arguments, String from, @Nullable LastWords words) {
        this(filters, plugin, arguments, from, words, () -> null, () -> NbdkitServer::nothing);
    }

    private static void nothing() {}

    NbdkitServer closerLook(Supplier<@Nullable Told> look) {
        return new NbdkitServer(filters, plugin, arguments, from, words, look, onceOpen);
    }

    NbdkitServer onceOpen(Supplier<Runnable> look) {
        return new NbdkitServer(filters, plugin, arguments, from, words, closerLook, look);
    }

    static NbdkitServer local(List<String> filters, String plugin, List<String> arguments) {
        return new NbdkitServer(filters, plugin, arguments, arguments.isEmpty() ? plugin : arguments.getLast(), null);
    }

    /// @param pluginFolder where `nbdkit-NAME-plugin.so` is looked for first; `null` = nbdkit's own folder alone
    List<String> command(Path socket, Path ready, @Nullable Path pluginFolder) {
        var command = new ArrayList<>(List.of("nbdkit", "--foreground", "--readonly", "--exit-with-parent", "--unix", socket.toString(),
                "--pidfile", ready.toString()));
        filters.forEach(filter -> command.add("--filter=" + filter));
        command.add(located(pluginFolder));
        command.addAll(arguments);
        return command;
    }

    private String located(@Nullable Path pluginFolder) {
        if (pluginFolder != null) {
            var file = pluginFolder.resolve("nbdkit-" + plugin + "-plugin.so");
            if (Files.isReadable(file)) {
                return file.toAbsolutePath().toString();
            }
        }
        return plugin;
    }
}
