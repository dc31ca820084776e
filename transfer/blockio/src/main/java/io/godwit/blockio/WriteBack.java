package io.godwit.blockio;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Has what is written to a file put on its device while more is written: left alone, the kernel begins when a tenth of the memory is dirty,
/// and the flush at the end waits for a device that was idle until then. Lets go of the pages that lie on it, so that a copy does not push all
/// else out of the page cache. On a thread of its own, since the kernel lets whoever begins too much wait.
///
/// It makes nothing durable; the flush does. A device that refuses something is told by the flush too, so that here it is only left alone.
final class WriteBack implements AutoCloseable {
    private static final long FIRST_AFTER = 16L << 20; // a small disk is flushed as fast without
    private static final long BEGUN_TOGETHER = 4L << 20;
    private static final long BEHIND = 64L << 20; // enough for a device to be always busy
    private static final long NEAR = 64 << 10; // pages between that are not dirty cost nothing, each call of the kernel does

    private final Path path;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Range> written = new ArrayDeque<>(); // and not begun; guarded by lock, as is all below
    private long writtenBytes;
    private boolean ended;
    private @Nullable Thread thread;

    /// Where something was written, with what lies between.
    ///
    /// @param bytes that were written there
    private record Range(long from, long to, long bytes) {
        boolean isNear(long offset, long length) {
            return offset <= to + NEAR && offset + length >= from - NEAR;
        }

        Range with(long offset, long length) {
            return new Range(Math.min(from, offset), Math.max(to, offset + length), bytes + length);
        }

        long length() {
            return to - from;
        }
    }

    WriteBack(Path path) {
        this.path = path;
    }

    /// Notes what was written; waits for nothing.
    void wrote(long offset, long length) {
        lock.lock();
        try {
            var last = written.peekLast();
            if (last != null && last.isNear(offset, length)) {
                written.removeLast();
                written.addLast(last.with(offset, length));
            } else {
                written.addLast(new Range(offset, offset + length, length));
            }
            writtenBytes += length;
            if (thread == null && !ended && writtenBytes >= FIRST_AFTER) {
                thread = Thread.ofPlatform().daemon().name("write-back").start(this::run);
            } else if (writtenBytes >= BEGUN_TOGETHER) {
                changed.signal();
            }
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        var begun = new ArrayDeque<Range>();
        long begunBytes = 0;
        try (var file = LinuxFile.open(path, true)) {
            for (var next = next(); next != null; next = next()) {
                file.beginWriteBack(next.from(), next.length());
                begun.add(next);
                begunBytes += next.bytes();
                while (begunBytes > BEHIND) {
                    var oldest = begun.remove();
                    begunBytes -= oldest.bytes();
                    file.endWriteBack(oldest.from(), oldest.length());
                }
            }
        } catch (IOException e) {
            end(); // nothing depends on it, and the flush meets what it met
        }
    }

    private @Nullable Range next() {
        lock.lock();
        try {
            while (!ended && writtenBytes < BEGUN_TOGETHER) {
                changed.awaitUninterruptibly();
            }
            if (ended) {
                return null;
            }
            var next = written.remove();
            writtenBytes -= next.bytes();
            return next;
        } finally {
            lock.unlock();
        }
    }

    private @Nullable Thread end() {
        lock.lock();
        try {
            ended = true;
            written.clear();
            writtenBytes = 0;
            changed.signal();
            return thread;
        } finally {
            lock.unlock();
        }
    }

    /// Returns when nothing more is begun. What was noted since is left to the flush.
    @Override
    public void close() {
        var running = end();
        boolean interrupted = false;
        while (running != null && running.isAlive()) {
            try {
                running.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
