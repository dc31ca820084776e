package io.godwit.worker;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;

/// Where the proof of a copy goes. Opened before anything is copied, so that no hour is spent for a report that nobody can write; a file takes
/// its name when it is whole, and an earlier one stands until then.
final class ReportFile implements AutoCloseable {
    private final Path file;
    private final Path part;
    private final FileChannel channel;

    private ReportFile(Path file, Path part, FileChannel channel) {
        this.file = file;
        this.part = part;
        this.channel = channel;
    }

    static ReportFile open(Path word) {
        try {
            var file = Files.exists(word) ? word.toRealPath() : word.toAbsolutePath();
            if (Files.isDirectory(file)) {
                throw new IOException("it is a folder");
            }
            if (Files.exists(file) && !Files.isRegularFile(file)) { // a pipe, a terminal
                return new ReportFile(file, file, FileChannel.open(file, StandardOpenOption.WRITE));
            }
            if (Files.exists(file) && !mayBeReport(file)) {
                throw new IOException("it holds something else, which would be lost");
            }
            var part = file.resolveSibling(file.getFileName() + "." + ProcessHandle.current().pid() + ".part");
            return new ReportFile(file, part, FileChannel.open(part, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE));
        } catch (IOException e) {
            throw failed(word, e);
        }
    }

    private static boolean mayBeReport(Path file) throws IOException {
        try (var bytes = Files.newInputStream(file)) {
            int first = bytes.read();
            return first < 0 || first == '{';
        }
    }

    void write(byte[] report) {
        try {
            var bytes = ByteBuffer.wrap(report);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            if (!part.equals(file)) {
                channel.force(true);
                Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            }
        } catch (IOException e) {
            throw failed(file, e);
        }
    }

    private static FaultException failed(Path file, IOException cause) {
        return new FaultException(WorkerFault.COPY_REPORT_UNWRITABLE, "the report " + file + " cannot be written", cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (!part.equals(file)) {
            Files.deleteIfExists(part);
        }
    }
}
