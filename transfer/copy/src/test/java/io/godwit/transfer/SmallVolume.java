package io.godwit.transfer;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// A mounted file system that is soon full, until it is given room.
final class SmallVolume implements AutoCloseable {
    private final Supervisor supervisor;
    private final Path mount;

    private SmallVolume(Supervisor supervisor, Path mount) {
        this.supervisor = supervisor;
        this.mount = mount;
    }

    /// Skips the test where nothing may be mounted.
    ///
    /// @param size as `mount -t tmpfs` takes it
    static SmallVolume mount(Supervisor supervisor, Path mount, String size) throws IOException {
        Files.createDirectories(mount);
        try {
            supervisor.run(Command.of("mount", "-t", "tmpfs", "-o", "size=" + size, "none", mount.toString()));
        } catch (ChildFailure e) {
            assumeTrue(false, "no right to mount: " + e.getMessage());
        }
        return new SmallVolume(supervisor, mount);
    }

    Path resolve(String name) {
        return mount.resolve(name);
    }

    void giveRoom() {
        supervisor.run(Command.of("mount", "-o", "remount,size=64m", mount.toString()));
    }

    @Override
    public void close() {
        supervisor.run(Command.of("umount", mount.toString()));
    }
}
