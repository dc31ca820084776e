package io.godwit.protocol;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/// The files by which a worker and the pool that starts it on the same machine find each other. Whoever holds the kernel lock on
/// [#lock()] is the one worker of this job; no other file of the folder is ever locked, and the lock file is opened for nothing else,
/// since closing any channel of it would drop the lock.
public record JobFolder(Path path) {
    /// Set for a worker and so for all its children: finds them when they have lost their parent.
    public static final String MARK = "GODWIT_JOB_FOLDER";

    public JobFolder {
        path = path.toAbsolutePath().normalize();
    }

    public Path lock() {
        return path.resolve(".lock");
    }

    public Path log() {
        return path.resolve("worker.log");
    }

    /// Link to a folder with a short path, private to this job and gone with it: sockets are there.
    public Path runLink() {
        return path.resolve("run");
    }

    /// Where the worker listens: short enough for a socket.
    public Path socket() throws IOException {
        return Files.readSymbolicLink(runLink()).resolve("worker.sock");
    }

    public Optional<JobOrder> readOrder() throws IOException {
        return read("job.json", JobOrder.class);
    }

    public void writeOrder(JobOrder order) throws IOException {
        write("job.json", order);
    }

    /// When the order was written.
    public Optional<Instant> orderedAt() throws IOException {
        try {
            return Optional.of(Files.getLastModifiedTime(path.resolve("job.json")).toInstant());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /// What a worker wrote at its end; to be believed only by who knows that the lock is free.
    public Optional<WorkerReport> readEnd() throws IOException {
        return read("status.json", WorkerReport.class);
    }

    public void writeEnd(WorkerReport report) throws IOException {
        write("status.json", report);
    }

    public Optional<WorkerProcess> readProcess() throws IOException {
        return read("pid", WorkerProcess.class);
    }

    public void writeProcess(WorkerProcess process) throws IOException {
        write("pid", process);
    }

    /// Before a new worker is started: its own word is to come.
    public void forgetProcess() throws IOException {
        Files.deleteIfExists(path.resolve("pid"));
        DurableFile.syncFolder(path);
    }

    private <T> Optional<T> read(String name, Class<T> type) throws IOException {
        var file = path.resolve(name);
        try {
            return Optional.of(JobCodec.read(Files.readAllBytes(file), type, file.toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private void write(String name, Object value) throws IOException {
        DurableFile.write(path.resolve(name), JobCodec.write(value));
    }
}
