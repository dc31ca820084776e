package io.godwit.export;

import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;

/// peers/vddk: the real plugin, and a library in its own folder that says what it was asked.
public final class VddkPeer {
    public static final String USER = "administrator@vsphere.local";
    public static final String PASSWORD = "vc s3cret";
    public static final String VM = "vm-62";

    public final Path plugins;
    public final Path library;

    private VddkPeer(Path plugins, Path library) {
        this.plugins = plugins;
        this.library = library;
    }

    /// Skips the test where this machine cannot have it.
    public static VddkPeer in(Path folder) throws IOException {
        try (var supervisor = new Supervisor(folder.resolve("peer-tmp"))) {
            var made = Path.of(supervisor.run(Command.of(TestMachine.peers().resolve("vddk/build").toString())
                    .deadline(Duration.ofMinutes(3))).strip());
            var library = Files.createDirectories(folder.resolve("vddk"));
            Files.createDirectories(library.resolve("lib64"));
            Files.copy(made.resolve("lib64/libvixDiskLib.so.8"), library.resolve("lib64/libvixDiskLib.so.8"));
            return new VddkPeer(made.resolve("plugins"), library);
        } catch (ChildFailure e) {
            Assumptions.assumeTrue(e.exitCode() != 3, e.errorTail().lines().reduce("", (_, last) -> last));
            throw e;
        }
    }

    /// What the other side accepts.
    ///
    /// @param snapshot empty = the VM as it stands
    public void accept(Path root, String thumbprint, String snapshot) throws IOException {
        Files.writeString(library.resolve("peer.conf"),
                "root %s\nuser %s\npassword %s\nthumbprint %s\nvm %s\n%s".formatted(root, USER, PASSWORD, thumbprint, VM,
                        snapshot.isEmpty() ? "" : "snapshot " + snapshot + "\n"));
    }

    String calls() throws IOException {
        return Files.readString(library.resolve("calls"));
    }

    void breakReading(boolean broken) throws IOException {
        if (broken) {
            Files.createFile(library.resolve("broken"));
        } else {
            Files.delete(library.resolve("broken"));
        }
    }
}
