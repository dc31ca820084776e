package io.godwit.process;

import io.godwit.process.ChildFailure.Reason;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A running program with all that it started. After its end, however it came, everything of its group, its session and its mark is killed
/// and its temporary directory is gone, before [#onExit()] completes.
public final class Child implements AutoCloseable {
    private static final Duration KILL_LIMIT = Duration.ofSeconds(10);

    private final String program;
    private final Process process;
    private final Descendants descendants;
    private final StreamPump output;
    private final StreamPump errors;
    private final Path temporary;
    private final CompletableFuture<Integer> end = new CompletableFuture<>();

    Child(String program, Process process, Descendants descendants, StreamPump output, StreamPump errors, Path temporary) {
        this.program = program;
        this.process = process;
        this.descendants = descendants;
        this.output = output;
        this.errors = errors;
        this.temporary = temporary;
        Thread.ofPlatform().daemon().name("end-of-" + program).start(this::awaitEnd);
    }

    private void awaitEnd() {
        int code = -1;
        try {
            code = process.waitFor();
            descendants.killAll(KILL_LIMIT);
            output.finish();
            errors.finish();
            deleteTree(temporary);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            System.getLogger(Child.class.getName()).log(System.Logger.Level.WARNING, "a temporary directory stays: " + temporary, e);
        } finally {
            end.complete(code);
        }
    }

    public String program() {
        return program;
    }

    public long pid() {
        return process.pid();
    }

    public boolean isRunning() {
        return !end.isDone();
    }

    /// Its exit code (128 + n when signal n ended it), once nothing of it is left.
    public CompletableFuture<Integer> onExit() {
        return end.copy();
    }

    /// The last lines of standard error, at any time.
    public String errorTail() {
        return errors.tail();
    }

    /// Waits for its end; leaves it running when the time is over.
    public OptionalInt await(Duration limit) {
        try {
            return OptionalInt.of(end.get(limit.toNanos(), TimeUnit.NANOSECONDS));
        } catch (java.util.concurrent.TimeoutException e) {
            return OptionalInt.empty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw failure(Reason.INTERRUPTED, "the wait for it was interrupted", e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError("never completed with an exception", e);
        }
    }

    /// Waits for its end, and kills it when the time is over.
    ///
    /// @throws ChildFailure when it was killed, by this or by another, or ended with another code than 0
    public void awaitSuccess(Duration limit) {
        OptionalInt code;
        try {
            code = await(limit);
        } catch (ChildFailure e) {
            kill();
            throw e;
        }
        if (code.isEmpty()) {
            kill();
            throw failure(Reason.DEADLINE, "it did not end within " + limit.toSeconds() + " s and was killed", null);
        }
        if (code.getAsInt() != 0) {
            throw exited(code.getAsInt());
        }
        var file = output.fileFailure() == null ? errors.fileFailure() : output.fileFailure();
        if (file != null) {
            throw failure(Reason.NOT_STARTED, "its output could not be kept: " + file.getMessage(), file);
        }
    }

    /// Asks the whole group to end by SIGTERM, waits, then kills what is left. An interrupt ends the wait, not the killing.
    ///
    /// @return its exit code
    public int stop(Duration grace) {
        terminate();
        try {
            return end.get(grace.toNanos(), TimeUnit.NANOSECONDS);
        } catch (java.util.concurrent.TimeoutException e) {
            return kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return kill();
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError("never completed with an exception", e);
        }
    }

    private void terminate() {
        if (!process.isAlive()) {
            return;
        }
        try { // Java can send a signal to one process, not to a group
            new ProcessBuilder(Programs.require("sh").toString(), "-c", "kill -s TERM -- \"-$0\"",
                    Long.toString(process.pid())).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start()
                    .waitFor(5, TimeUnit.SECONDS);
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Kills all of it now, and returns when nothing is left of it, however often the caller is interrupted.
    public int kill() {
        process.destroyForcibly();
        long until = System.nanoTime() + 2 * KILL_LIMIT.toNanos();
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    return end.get(until - System.nanoTime(), TimeUnit.NANOSECONDS);
                } catch (InterruptedException e) {
                    interrupted = true;
                }
            }
        } catch (java.util.concurrent.TimeoutException e) {
            throw failure(Reason.DEADLINE, "it could not be killed", e);
        } catch (java.util.concurrent.ExecutionException e) {
            throw new AssertionError("never completed with an exception", e);
        } finally {
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }

    /// Ends it: five seconds after SIGTERM it is killed.
    @Override
    public void close() {
        if (isRunning()) {
            stop(Duration.ofSeconds(5));
        }
    }

    /// The failure that stands for an end with that code.
    public ChildFailure exited(int code) {
        return failure(Reason.EXITED, code > 128 ? "it was ended by signal " + (code - 128) : "it ended with exit code " + code, null,
                code);
    }

    private ChildFailure failure(Reason reason, String why, @Nullable Throwable cause) {
        return failure(reason, why, cause, -1);
    }

    private ChildFailure failure(Reason reason, String why, @Nullable Throwable cause, int code) {
        return new ChildFailure(reason, program, code, errorTail(), why, cause);
    }

    private static void deleteTree(Path root) throws IOException {
        Files.walkFileTree(root, new SimpleFileVisitor<>() { // follows no link
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, @Nullable IOException failure) throws IOException {
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
