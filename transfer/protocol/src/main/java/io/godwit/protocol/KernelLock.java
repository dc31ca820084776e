package io.godwit.protocol;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/// A lock that the kernel drops when its process dies, however it dies. The file is opened for nothing else: Java drops the lock when
/// any channel of it is closed, so that a second taker in this process is turned away before it opens the file.
public final class KernelLock implements AutoCloseable {
    private static final Set<Path> HELD_HERE = ConcurrentHashMap.newKeySet();
    private static final long LOOK_AGAIN_NANOS = 20_000_000;

    private final Path file;
    private final FileChannel channel;

    private KernelLock(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
    }

    /// Takes it if it is free; its folder must exist.
    public static Optional<KernelLock> tryTake(Path file) throws IOException {
        var parent = file.toAbsolutePath().getParent();
        var name = file.getFileName();
        if (parent == null || name == null) {
            throw new IOException(file + " is no file");
        }
        var real = parent.toRealPath().resolve(name);
        if (!HELD_HERE.add(real)) {
            return Optional.empty();
        }
        FileChannel channel = null;
        KernelLock taken = null;
        try {
            channel = FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() != null) {
                taken = new KernelLock(real, channel);
            }
            return Optional.ofNullable(taken);
        } finally {
            if (taken == null) {
                if (channel != null) {
                    channel.close();
                }
                HELD_HERE.remove(real);
            }
        }
    }

    /// Takes it as soon as it is free, or gives up.
    public static Optional<KernelLock> take(Path file, Duration within) throws IOException {
        var deadline = System.nanoTime() + within.toNanos();
        while (true) {
            var lock = tryTake(file);
            if (lock.isPresent() || System.nanoTime() - deadline >= 0 || Thread.currentThread().isInterrupted()) {
                return lock;
            }
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
        }
    }

    @Override
    public void close() throws IOException {
        try {
            channel.close();
        } finally {
            HELD_HERE.remove(file);
        }
    }
}
