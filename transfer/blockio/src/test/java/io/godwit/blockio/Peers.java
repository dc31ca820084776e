package io.godwit.blockio;

import io.godwit.process.Child;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.awaitility.Awaitility;

/// Real NBD servers on one socket, and a disk of 4 MiB for them: 512 KiB of data at its begin and in its middle.
final class Peers implements AutoCloseable {
    static final int SIZE = 4 << 20;

    final Path folder;
    final Supervisor supervisor;
    final Path disk;
    final Path socket;

    Peers(Path folder) throws IOException {
        this.folder = folder;
        supervisor = new Supervisor(folder.resolve("tmp"));
        disk = folder.resolve("disk");
        socket = folder.resolve("s");
        try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
            file.setLength(SIZE);
            var bytes = new byte[512 << 10];
            new Random(3).nextBytes(bytes);
            file.write(bytes);
            file.seek(2 << 20);
            file.write(bytes);
        }
    }

    URI uri() {
        return URI.create("nbd+unix:///?socket=" + socket);
    }

    Child nbdkit(String... arguments) {
        return start(Command.of("nbdkit", "-f", "--unix", socket.toString(), "--pidfile", pid().toString()).with(arguments));
    }

    Child qemuNbd(String... arguments) {
        return start(Command.of("qemu-nbd", "-t", "-e", "0", "-k", socket.toString(), "--pid-file=" + pid()).with(arguments));
    }

    Child storageDaemon(String... arguments) {
        return start(Command.of("qemu-storage-daemon", "--pidfile", pid().toString()).with(arguments));
    }

    private Path pid() {
        return folder.resolve("pid");
    }

    /// Starts a server that writes its pid when it listens.
    private Child start(Command command) {
        try {
            Files.deleteIfExists(pid());
            Files.deleteIfExists(socket);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        var child = supervisor.start(command);
        Awaitility.await().until(() -> Files.exists(pid()));
        return child;
    }

    void signal(Child child, String signal) {
        supervisor.run(Command.of("sh", "-c", "kill -" + signal + " \"$0\"", Long.toString(child.pid())));
    }

    /// A raw copy of the disk as qcow2.
    Path qcow2(String name) {
        var image = folder.resolve(name);
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", disk.toString(), image.toString()));
        return image;
    }

    @Override
    public void close() {
        supervisor.close();
    }
}
