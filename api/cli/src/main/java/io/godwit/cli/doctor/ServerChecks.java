package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// What keeps a server from starting here, or commands from being let in: lock, token, port, runtime folder.
final class ServerChecks implements Check {
    private static final Path PROC = Path.of("/proc");
    private static final String LISTENS = "0A";
    private final Machine machine;
    private final Path data;
    private final int port;
    private final boolean serverAnswers;

    ServerChecks(Machine machine, Path data, int port, boolean serverAnswers) {
        this.machine = machine;
        this.data = data;
        this.port = port;
        this.serverAnswers = serverAnswers;
    }

    @Override
    public List<Finding> examine() throws IOException {
        var findings = new ArrayList<Finding>();
        findings.add(token());
        findings.add(runtimeFolder());
        if (!serverAnswers) {
            lock().ifPresent(findings::add);
            findings.add(port());
        }
        return findings;
    }

    Finding token() throws IOException {
        var file = data.resolve("token");
        if (!Files.isExecutable(data) || !Files.exists(file)) {
            return Files.isDirectory(data) && !Files.isExecutable(data)
                    ? Ailment.TOKEN_UNREADABLE.at(file, "of its folder, " + machine.rights(data))
                    : Finding.ok("token", "the server makes one at its first start");
        }
        if (!Files.isReadable(file)) {
            return Ailment.TOKEN_UNREADABLE.at(file, machine.rights(file));
        }
        var rights = PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
        return rights.endsWith("------")
                ? Finding.ok("token", file.toString())
                : Ailment.TOKEN_EXPOSED.at(file, "its rights are " + rights);
    }

    /// The folder that the server takes unless told otherwise; it makes none below a folder that is not there.
    private Finding runtimeFolder() throws IOException {
        var session = machine.variable("XDG_RUNTIME_DIR").map(Path::of);
        boolean root = machine.user().equals("root");
        if (!root && session.isPresent() && !Files.isDirectory(session.get())) {
            return Ailment.RUNTIME_FOLDER_MISSING.at("XDG_RUNTIME_DIR " + session.get(), "it is no folder").with("USER", machine.user());
        }
        var folder = root
                ? machine.file("run/godwit")
                : session.map(each -> each.resolve("godwit")).orElse(machine.file("tmp").resolve("godwit-" + machine.user()));
        if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
            return room(folder);
        }
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            return Ailment.RUNTIME_FOLDER_FOREIGN.at(folder, "it is no folder");
        }
        return ((Integer) Files.getAttribute(folder, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue() == Machine.userId()
                ? room(folder)
                : Ailment.RUNTIME_FOLDER_FOREIGN.at(folder, machine.rights(folder));
    }

    /// What virt-v2v is told to take for its temporary files lies in there, whatever TMPDIR says.
    private static Finding room(Path folder) throws IOException {
        return FolderChecks.room(Ailment.RUNTIME_FOLDER_FULL, folder, FolderChecks.FOR_SOCKETS);
    }

    /// Told by the kernel's list of locks: to try the lock would keep a server out for that moment.
    Optional<Finding> lock() throws IOException {
        var file = data.resolve(".lock");
        if (!Files.isReadable(file)) {
            return Optional.empty();
        }
        var inode = String.valueOf(Files.getAttribute(file, "unix:ino"));
        try (var locks = Files.lines(PROC.resolve("locks"))) {
            var holder = locks.map(each -> List.of(each.strip().split("\\s+", -1)))
                    .filter(each -> each.size() > 5 && each.get(5).endsWith(":" + inode))
                    .map(each -> each.get(4)).filter(pid -> mayHold(pid, file)).findFirst();
            if (holder.isPresent()) {
                return Optional.of(Ailment.DATA_FOLDER_LOCKED.at(file, process(holder.get()) + " holds it"));
            }
        }
        var address = data.resolve("server.json");
        return Files.exists(address)
                ? Optional.of(Ailment.SERVER_DIED.at(data, address + " is there, and nobody holds " + file))
                : Optional.empty();
    }

    /// Inodes are counted per file system: where the process shows its files, one of them has to be this one.
    private static boolean mayHold(String pid, Path file) {
        var files = PROC.resolve(pid).resolve("fd");
        if (!Files.isReadable(files)) {
            return true;
        }
        return Machine.list(files, "*").stream().anyMatch(each -> {
            try {
                return Files.isSameFile(each, file);
            } catch (IOException e) {
                return false;
            }
        });
    }

    private Finding port() throws IOException {
        var address = "127.0.0.1:" + port;
        for (var table : List.of("tcp", "tcp6")) {
            var socket = listening(PROC.resolve("net").resolve(table));
            if (socket.isPresent()) {
                return Ailment.PORT_TAKEN.at(address, owner(socket.get()).map(ServerChecks::process)
                        .orElse("a process of another user") + " listens there");
            }
        }
        return Finding.ok("port", address + " is free");
    }

    /// The inode of a socket that has this port on the loopback or on all addresses.
    private Optional<String> listening(Path table) throws IOException {
        if (!Files.isReadable(table)) {
            return Optional.empty();
        }
        var end = ":%04X".formatted(port);
        try (var rows = Files.lines(table)) {
            return rows.map(each -> List.of(each.strip().split("\\s+", -1)))
                    .filter(each -> each.size() > 9 && each.get(3).equals(LISTENS) && each.get(1).endsWith(end))
                    .filter(each -> each.get(1).matches("0+:.*|.*0100007F:.*")).map(each -> each.get(9)).findFirst();
        }
    }

    private static Optional<String> owner(String socket) {
        var link = Path.of("socket:[" + socket + "]");
        return Machine.list(PROC, "[0-9]*").stream()
                .filter(process -> files(process.resolve("fd")).anyMatch(each -> leadsTo(each, link)))
                .map(each -> each.getFileName().toString())
                .findFirst();
    }

    private static Stream<Path> files(Path folder) {
        return Machine.list(folder, "*").stream();
    }

    private static boolean leadsTo(Path link, Path target) {
        try {
            return Files.readSymbolicLink(link).equals(target);
        } catch (IOException e) {
            return false;
        }
    }

    private static String process(String pid) {
        var command = ProcessHandle.of(Long.parseLong(pid)).flatMap(each -> each.info().command()).map(each -> " (" + each + ")")
                .orElse("");
        return "process " + pid + command;
    }
}
