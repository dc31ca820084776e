package io.godwit.export;

import io.godwit.blockio.FileSink;
import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.blockio.RetrySettings;
import io.godwit.export.Export.Remote;
import io.godwit.export.Export.Resources;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Child;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// The programs that serve NBD, each on a unix socket of its own in one private folder.
final class NbdServers {
    private static final Duration START_LIMIT = Duration.ofSeconds(60);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);
    private static final int LOOK_AT_BYTES = 512;
    private static final Duration LOOK_AGAIN = Duration.ofMillis(20);
    private static final int LONGEST_SOCKET_PATH = 107;

    private final Supervisor supervisor;
    private final Path folder;
    private final @Nullable Path plugins;
    private final AtomicInteger names = new AtomicInteger();

    /// @param plugins a folder whose `nbdkit-NAME-plugin.so` are taken before those of nbdkit's own folder; `null` = there is none
    NbdServers(Supervisor supervisor, Path folder, @Nullable Path plugins) {
        this.supervisor = supervisor;
        this.folder = folder;
        this.plugins = plugins;
    }

    /// Starts a server whose source is elsewhere, and asks it for its first bytes: such a plugin opens its source with the first connection only.
    URI remote(NbdkitServer server, Resources resources) {
        var uri = nbdkit(server, resources);
        var child = resources.servers.getLast();
        var settings = NbdSettings.DEFAULT.connections(1).stallLimit(START_LIMIT).retry(RetrySettings.OFF);
        try (var source = NbdSource.open(uri, settings)) {
            if (source.sizeBytes() > 0) {
                source.read(0, (int) Math.min(source.sizeBytes(), LOOK_AT_BYTES));
            }
        } catch (FaultException e) {
            throw explained(server, awaitWords(child), e);
        }
        resources.checks.add(server.onceOpen().get());
        var words = server.words();
        if (words != null) {
            resources.remotes.add(new Remote(child, server.from(), words));
        }
        return uri;
    }

    /// Its words come through a pipe, and may be later than the broken connection.
    private static String awaitWords(Child child) {
        var deadline = System.nanoTime() + LAST_WORDS.toNanos();
        boolean runs = true;
        while (runs && child.errorTail().isEmpty() && System.nanoTime() - deadline < 0) {
            runs = child.await(LOOK_AGAIN).isEmpty();
        }
        return child.errorTail();
    }

    private static FaultException explained(NbdkitServer server, String said, FaultException failure) {
        var words = server.words();
        var told = words == null ? null : words.of(said);
        if (told == null) {
            told = server.closerLook().get();
        }
        var fault = told == null
                ? new FaultException(ExportFault.EXPORT_NOT_STARTED, server.from() + " could not be opened",
                        said.isEmpty() ? failure.fault().why() : said)
                : new FaultException(told.fault(), server.from() + " could not be opened", told.why());
        fault.addSuppressed(failure);
        return fault;
    }

    URI nbdkit(NbdkitServer server, Resources resources) {
        var socket = newSocket(resources);
        var ready = readyFile(socket);
        int before = resources.servers.size();
        try {
            return start(Command.of(server.command(socket, ready, plugins)), socket, ready, resources);
        } catch (FaultException e) {
            var said = resources.servers.size() == before ? "" : resources.servers.getLast().errorTail();
            var missing = LastWords.missing(server, said);
            if (missing != null) {
                throw missing;
            }
            throw e.fault().is(ExportFault.EXPORT_NOT_STARTED) && server.words() != null ? explained(server, said, e) : e;
        }
    }

    URI qemuNbd(QemuNode node, Resources resources) {
        var socket = newSocket(resources);
        var ready = readyFile(socket);
        if (!node.below().isEmpty()) {
            return start(storageDaemon(node, socket, ready), socket, ready, resources);
        }
        return start(Command.of("qemu-nbd", "--read-only", "--persistent", "--shared=0", "--aio=threads", "--allocation-depth",
                "--socket=" + socket,
                "--pid-file=" + ready, node.asFileName()), socket, ready, resources);
    }

    /// A writable one, for several connections.
    URI volume(Qcow2Volume volume, Resources resources) {
        var socket = newSocket(resources);
        var ready = readyFile(socket);
        var file = QemuNode.file(volume.file()).writable("file", FileSink.passesPageCache(volume.file()));
        var command = Command.of("qemu-storage-daemon", "--blockdev", file, "--blockdev",
                "{\"node-name\":\"top\",\"driver\":\"qcow2\",\"file\":\"file\",\"backing\":null,\"discard\":\"unmap\"}", "--nbd-server",
                listening(socket), "--export", "type=nbd,id=export,node-name=top,name=,writable=on", "--pidfile", ready.toString());
        return start(command, socket, ready, resources);
    }

    /// The one QEMU tool that takes several named nodes.
    private static Command storageDaemon(QemuNode node, Path socket, Path ready) {
        var command = new ArrayList<>(List.of("qemu-storage-daemon"));
        node.below().forEach(each -> command.addAll(List.of("--blockdev", each)));
        command.addAll(List.of("--blockdev", node.readOnly("top"), "--nbd-server",
                listening(socket), "--export",
                "type=nbd,id=export,node-name=top,name=,writable=off,allocation-depth=on", "--pidfile", ready.toString()));
        return Command.of(command);
    }

    private static String listening(Path socket) {
        return "addr.type=unix,max-connections=0,addr.path=" + socket.toString().replace(",", ",,");
    }

    private Path newSocket(Resources resources) {
        var socket = folder.resolve("s" + names.incrementAndGet());
        if (socket.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_SOCKET_PATH) {
            throw new FaultException(ExportFault.EXPORT_SOCKET_PATH_TOO_LONG, "no socket can be made in " + folder,
                    socket + " is longer than " + LONGEST_SOCKET_PATH + " bytes");
        }
        resources.undo.push(() -> {
            Exports.delete(socket);
            Exports.delete(readyFile(socket));
        });
        return socket;
    }

    private static Path readyFile(Path socket) {
        return socket.resolveSibling(socket.getFileName() + ".pid");
    }

    /// Both servers write their pid file when they listen.
    private URI start(Command command, Path socket, Path ready, Resources resources) {
        Child server;
        try {
            server = supervisor.start(command);
        } catch (ChildFailure e) {
            throw Exports.translated(e, ExportFault.EXPORT_NOT_STARTED, command.program() + " could not be started");
        }
        resources.undo.push(server::kill);
        resources.servers.add(server);
        var deadline = System.nanoTime() + START_LIMIT.toNanos();
        while (!Files.exists(ready)) {
            if (server.await(LOOK_AGAIN).isPresent() || System.nanoTime() - deadline > 0) {
                var said = server.errorTail();
                throw new FaultException(ExportFault.EXPORT_NOT_STARTED,
                        command.program() + " did not start to serve " + command.arguments().getLast(),
                        said.isEmpty() ? "it gave no reason" : said);
            }
        }
        return NbdAddress.unix(socket);
    }

}
