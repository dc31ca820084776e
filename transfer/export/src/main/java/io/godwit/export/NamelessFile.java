package io.godwit.export;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/// A file for our children that has no name any more: they open it through this process's descriptor, and the kernel removes it with this
/// process, also after SIGKILL.
public final class NamelessFile implements AutoCloseable {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");

    private final FileChannel channel;
    private final Path path;

    private NamelessFile(FileChannel channel, Path path) {
        this.channel = channel;
        this.path = path;
    }

    /// Makes one that holds this text.
    ///
    /// @param folder ours alone
    /// @param name a name in it that is free
    public static NamelessFile create(Path folder, String name, String text) throws IOException {
        var named = folder.toRealPath().resolve(name);
        var channel = FileChannel.open(named, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            var descriptor = descriptorOf(named);
            Files.delete(named); // before anything is in it
            var file = new NamelessFile(channel, Path.of("/proc", Long.toString(ProcessHandle.current().pid()), "fd", descriptor));
            file.write(text);
            return file;
        } catch (IOException e) {
            channel.close();
            Files.deleteIfExists(named);
            throw e;
        }
    }

    private static String descriptorOf(Path named) throws IOException {
        try (var all = Files.newDirectoryStream(DESCRIPTORS)) {
            for (var each : all) {
                if (leadsTo(each, named)) {
                    return String.valueOf(each.getFileName());
                }
            }
        }
        throw new IOException("/proc shows no descriptor of " + named);
    }

    private static boolean leadsTo(Path descriptor, Path named) {
        try {
            return Files.readSymbolicLink(descriptor).equals(named);
        } catch (IOException e) {
            return false; // closed meanwhile by another thread
        }
    }

    /// What another process of our user opens.
    public Path path() {
        return path;
    }

    /// Replaces what is in it. Who reads at the same moment may get some of both: only for texts whose reader tries again.
    void write(String text) throws IOException {
        var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        int length = bytes.remaining();
        while (bytes.hasRemaining()) {
            channel.write(bytes, bytes.position());
        }
        channel.truncate(length);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
