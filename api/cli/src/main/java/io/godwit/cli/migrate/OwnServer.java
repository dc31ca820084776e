package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.core.JacksonException;

/// The user's server, started where there is none. It has a session of its own and outlives the command that started it; while one holds
/// this, it does not end for idleness.
public final class OwnServer implements AutoCloseable {
    private static final Duration READY = Duration.ofMinutes(3);
    private static final Duration LEAVING = Duration.ofMinutes(1);
    private static final Duration TURN = Duration.ofMinutes(10);
    private static final long LARGE_LOG = 16 << 20;
    private static final int TAIL = 2_000;

    private final Folders folders;
    private final List<String> launcher;
    private final String idle;
    private final KernelLock client;

    /// Ends when it is closed, and with the process.
    @FunctionalInterface
    public interface Turn extends AutoCloseable {
        @Override
        void close();
    }

    private OwnServer(Folders folders, List<String> launcher, String idle, KernelLock client) {
        this.folders = folders;
        this.launcher = launcher;
        this.idle = idle;
        this.client = client;
    }

    /// Comes in as a client: waits for a server that is about to end, and keeps the next one.
    ///
    /// @param launcher argv that starts servers
    /// @param idle after which a server that is started now ends, e.g. `10m`
    public static OwnServer enter(Folders folders, List<String> launcher, String idle) throws InterruptedException {
        try {
            for (var folder : List.of(folders.data(), Optional.ofNullable(folders.log().getParent()).orElse(folders.data()))) {
                Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.FAILED, Problem.of("", "Cannot make the folder " + folders.data() + ", or that of "
                    + folders.log() + ".", Rights.of(folders.data(), e), "Name a folder that you may write with --data."), e);
        }
        return new OwnServer(folders, launcher, idle, KernelLock.take(folders.data().resolve("clients.lock"), true, LEAVING,
                "the server that is ending"));
    }

    public Folders folders() {
        return folders;
    }

    /// Only one command at a time looks what there is and starts what is missing.
    public Turn turn() throws InterruptedException {
        return KernelLock.take(folders.data().resolve("commands.lock"), false, TURN, "another `godwit migrate` that is starting")::close;
    }

    /// The server that answers; started first where none is at work. Only for who has the turn.
    public Rest connect() throws InterruptedException {
        long deadline = System.nanoTime() + READY.toNanos();
        Process started = null;
        while (true) {
            var found = find();
            if (found.isPresent()) {
                return found.get();
            }
            if (started != null && !started.isAlive()) {
                throw failed("it ended with " + started.exitValue() + "; its log ends with: " + tail());
            }
            if (System.nanoTime() - deadline > 0) {
                throw failed("it does not answer after " + READY.toSeconds() + " s; its log ends with: " + tail());
            }
            if (started == null && !isAtWork()) {
                started = start();
            }
            KernelLock.pause();
        }
    }

    /// A server that is at work holds the lock of its data folder, ready or not.
    private boolean isAtWork() {
        try (var free = KernelLock.tryTake(folders.data().resolve(".lock"), true)) {
            return free == null;
        }
    }

    private Optional<Rest> find() {
        try {
            var url = Json.text(Rest.JSON.readTree(Files.readString(folders.data().resolve("server.json"))), "url");
            var rest = new Rest(URI.create(url), read("token"));
            return read("node-id").equals(Json.text(rest.get("/health"), "node")) ? Optional.of(rest) : Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (CommandFailure | IllegalArgumentException | JacksonException e) { // of a server that was killed; or the file is half written
            return Optional.empty();
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.FAILED, Problem.of("", "Cannot read what the server left in " + folders.data() + ".",
                    Rights.of(folders.data().resolve("token"), e),
                    "Run it as who owns it, make it yours (sudo chown -R " + Rights.me() + " '" + folders.data()
                            + "'), or name another folder with --data."),
                    e);
        }
    }

    private String read(String file) throws IOException {
        return Files.readString(folders.data().resolve(file)).strip();
    }

    private Process start() {
        if (!Files.isExecutable(Path.of(launcher.getFirst()))) {
            throw failed("the launcher " + launcher.getFirst() + " is gone");
        }
        var command = new ArrayList<>(List.of("env", "--default-signal=INT,QUIT", "setsid"));
        command.addAll(launcher);
        command.addAll(List.of("--data", folders.data().toString(), "--port", "0", "--godwit.end-when-idle=" + idle));
        try {
            if (Files.exists(folders.log()) && Files.size(folders.log()) > LARGE_LOG) {
                Files.move(folders.log(), Path.of(folders.log() + ".1"), StandardCopyOption.REPLACE_EXISTING);
            }
            Files.deleteIfExists(folders.data().resolve("server.json")); // of one that was killed
            return new ProcessBuilder(command).directory(folders.data().toFile())
                    .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile())).redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.appendTo(folders.log().toFile())).start();
        } catch (IOException e) {
            throw failed(String.valueOf(e.getMessage()));
        }
    }

    private CommandFailure failed(String why) {
        return new CommandFailure(ExitStatus.SERVER_ERROR, Problem.of("", "The server of `godwit migrate` did not start.", why,
                "See " + folders.log() + ", mend what it says, and run the command again: `godwit doctor` looks at this machine."));
    }

    private String tail() {
        try {
            var text = Files.readString(folders.log(), StandardCharsets.ISO_8859_1);
            return text.substring(Math.max(0, text.length() - TAIL)).strip();
        } catch (IOException e) {
            return "(not readable: " + e.getMessage() + ")";
        }
    }

    @Override
    public void close() {
        client.close();
    }
}
