package io.godwit.convert;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/// The files of one job in its work volume; every failure is `WORK_VOLUME_UNWRITABLE`.
final class JobFiles {
    private final Path workVolume;

    JobFiles(String workVolume) {
        this.workVolume = Path.of(workVolume);
    }

    /// A log that no earlier run has written: `logs/name.log`, `logs/name.2.log`, ...
    Path newLog(String name) {
        var folder = newFolder("logs");
        for (int run = 1;; run++) {
            var log = folder.resolve(run == 1 ? name + ".log" : name + "." + run + ".log");
            if (!Files.exists(log)) {
                write("the log " + log + " could not be made", () -> Files.createFile(log));
                return log;
            }
        }
    }

    /// Makes a folder of the work volume where it is missing.
    Path newFolder(String name) {
        var folder = workVolume.resolve(name);
        write("the folder " + folder + " could not be made", () -> Files.createDirectories(folder));
        return folder;
    }

    /// Deletes a folder with all that is in it, if there is one.
    void deleteFolder(Path folder) {
        if (Files.exists(folder)) {
            write(folder + " could not be deleted", () -> Files.walkFileTree(folder, new SimpleFileVisitor<>() { // follows no link
                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                    Files.deleteIfExists(file);
                    return FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult postVisitDirectory(Path each, @Nullable IOException failure) throws IOException {
                    Files.deleteIfExists(each);
                    return FileVisitResult.CONTINUE;
                }
            }));
        }
    }

    void writeText(Path file, String text) {
        write(file + " could not be written", () -> Files.writeString(file, text));
    }

    /// Flushes a file, or the names in a folder, to stable storage.
    void sync(Path path) {
        write(path + " could not be flushed to disk", () -> {
            try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
                channel.force(true);
            }
        });
    }

    long freeBytes() {
        try {
            return Files.getFileStore(workVolume).getUsableSpace();
        } catch (IOException e) {
            throw new FaultException(ConverterFault.WORK_VOLUME_UNWRITABLE, "the free space of " + workVolume + " could not be read", e);
        }
    }

    Path workVolume() {
        return workVolume;
    }

    String relative(Path path) {
        return workVolume.relativize(path).toString();
    }

    private static void write(String failed, Writing writing) {
        try {
            writing.run();
        } catch (IOException e) {
            throw new FaultException(ConverterFault.WORK_VOLUME_UNWRITABLE, failed, e);
        }
    }

    private interface Writing {
        void run() throws IOException;
    }
}
