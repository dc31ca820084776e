package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A lock of the kernel on a file, which dies with its process.
final class KernelLock implements AutoCloseable {
    private static final long LOOK_MILLIS = 50;
    private final FileChannel channel;

    private KernelLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Waits for it.
    ///
    /// @param holder who has it, for people
    static KernelLock take(Path file, boolean shared, Duration patience, String holder) throws InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (true) {
            var lock = tryTake(file, shared);
            if (lock != null) {
                return lock;
            }
            if (System.nanoTime() - deadline > 0) {
                throw new CommandFailure(ExitStatus.FAILED, Problem.of("", "Cannot go on beside " + holder + ".",
                        "it has held " + file + " for " + patience.toSeconds() + " s",
                        "Wait for it, or end it, and run the command again."));
            }
            pause();
        }
    }

    /// `null` where another process has it.
    static @Nullable KernelLock tryTake(Path file, boolean shared) {
        FileChannel channel = null;
        try {
            channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            if (channel.tryLock(0, Long.MAX_VALUE, shared) != null) {
                return new KernelLock(channel);
            }
        } catch (OverlappingFileLockException e) {
            // of this process: another command of the same JVM
        } catch (IOException e) {
            throw unusable(file, e);
        }
        close(file, channel);
        return null;
    }

    private static void close(Path file, @Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException e) {
            throw unusable(file, e);
        }
    }

    private static CommandFailure unusable(Path file, IOException e) {
        return new CommandFailure(ExitStatus.FAILED, Problem.of("", "Cannot lock " + file + ".", Rights.of(file, e),
                "Run it as who owns it, make it yours (sudo chown -R " + Rights.me() + " '" + file.toAbsolutePath().getParent()
                        + "'), or name another folder with --data."),
                e);
    }

    static void pause() throws InterruptedException {
        var _ = new CountDownLatch(1).await(LOOK_MILLIS, TimeUnit.MILLISECONDS);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new IllegalStateException("a lock cannot be let go", e);
        }
    }
}
