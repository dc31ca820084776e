package io.godwit.protocol;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Small files that are there whole or not at all, also after a power cut. What fsync refuses is an error.
public final class DurableFile {
    private static final String UNFINISHED = ".new";

    private DurableFile() {}

    /// Puts the file there under its name, in the place of an older one.
    public static void write(Path file, byte[] bytes) throws IOException {
        var parent = file.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IOException(file + " is no file");
        }
        var fresh = Files.createTempFile(parent, "." + file.getFileName() + ".", UNFINISHED);
        try {
            try (var channel = FileChannel.open(fresh, StandardOpenOption.WRITE)) {
                var rest = ByteBuffer.wrap(bytes);
                while (rest.hasRemaining()) {
                    channel.write(rest);
                }
                channel.force(true);
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(fresh);
        }
        syncFolder(parent);
    }

    /// Makes names that came or went in this folder last.
    public static void syncFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Whether that is what a process left that was killed while it wrote a file; to be asked only where nobody is writing.
    public static boolean isAbandoned(Path file) {
        var name = String.valueOf(file.getFileName());
        return name.startsWith(".") && name.endsWith(UNFINISHED);
    }

    /// Makes that folder and those above it, each lasting.
    public static void makeFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        var parent = folder.toAbsolutePath().getParent();
        if (parent == null) {
            throw new IOException(folder + " cannot be made");
        }
        makeFolders(parent);
        Files.createDirectories(folder);
        syncFolder(parent);
    }
}
