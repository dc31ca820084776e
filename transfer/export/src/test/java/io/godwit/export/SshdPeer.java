package io.godwit.export;

import static org.awaitility.Awaitility.await;

import io.godwit.process.Child;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/// peers/sshd.
public final class SshdPeer implements AutoCloseable {
    public static final String PASSWORD = "reader's secret";

    private final Supervisor supervisor;
    private final Path folder;
    private final int port;
    private Child server;

    /// Skips the test where this machine cannot have it.
    public SshdPeer(Supervisor supervisor, Path folder) throws IOException {
        this.supervisor = supervisor;
        this.folder = folder;
        this.port = TestMachine.freePort();
        this.server = start();
    }

    private Child start() {
        var child = supervisor.start(Command.of(TestMachine.peers().resolve("sshd/start").toString(), folder.toString(), "" + port));
        await().until(() -> !child.isRunning() || answers());
        if (!child.isRunning()) {
            Assumptions.assumeTrue(child.onExit().join() != 3, child.errorTail().lines().reduce("", (_, last) -> last));
            throw new IllegalStateException(child.errorTail());
        }
        return child;
    }

    private boolean answers() {
        try (var _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }

    public int port() {
        return port;
    }

    public String user() {
        return mayUsePassword() ? "reader" : System.getProperty("user.name");
    }

    /// Whether we are root.
    public boolean mayUsePassword() {
        return Files.exists(folder.resolve("shadow"));
    }

    /// What users see.
    public Path home() {
        return folder.resolve("home");
    }

    public String knownHosts() throws IOException {
        return Files.readString(folder.resolve("known_hosts"));
    }

    public String key() throws IOException {
        return Files.readString(folder.resolve("user_key"));
    }

    public Path keyFile() {
        return folder.resolve("user_key");
    }

    public Path knownHostsFile() {
        return folder.resolve("known_hosts");
    }

    /// Kills the server with all its connections.
    public void stop() {
        var sessions = ProcessHandle.of(server.pid()).stream().flatMap(ProcessHandle::descendants).toList(); // each in a group of its own
        server.kill();
        sessions.forEach(ProcessHandle::destroyForcibly);
    }

    /// The same server, with the same keys.
    public void startAgain() {
        server = start();
    }

    @Override
    public void close() {
        stop();
    }
}
