package io.godwit.transfer;

import io.godwit.blockio.BlockSink;
import io.godwit.blockio.BlockWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/// One thread that writes what others have read, to a target that lets in one writer at a time: none of them waits for his turn, so that their
/// server always has somebody to send to. They give full buffers for empty ones, and wait only while there are no empty ones.
final class WriteBehind implements AutoCloseable {
    private static final int BUFFERS = 8;

    private final BlockSink sink;
    private final BlockWriter.Written written;
    private final IntConsumer counted;
    private final int bufferBytes;
    private final Workers workers;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition emptied = lock.newCondition(); // one buffer, for one of those who wait: woken together they keep the writer from its processor
    private final Condition filled = lock.newCondition();
    private final ArrayDeque<ByteBuffer> empty = new ArrayDeque<>(); // the last used one is still in the caches
    private final ArrayDeque<Full> full = new ArrayDeque<>();
    private int made;
    private boolean ended;
    private final Thread thread;

    /// What was read at once, and which of it is to be written.
    static final class Load {
        private final List<Part> parts = new ArrayList<>(4);
        private record Part(int block, long offset, int from, int to) {}

        /// @param offset on the disk
        /// @param bytes of one block, where they lie in the buffer
        void add(int block, long offset, ByteBuffer bytes) {
            parts.add(new Part(block, offset, bytes.position(), bytes.limit()));
        }

        boolean isEmpty() {
            return parts.isEmpty();
        }

        /// @param counted told of the bytes of each part that was written; may wait
        void write(ByteBuffer bytes, BlockWriter writer, IntConsumer counted) {
            for (var part : parts) {
                writer.write(part.offset(), bytes.clear().limit(part.to()).position(part.from()), part.block());
                counted.accept(part.to() - part.from());
            }
        }
    }

    private record Full(Load load, ByteBuffer bytes) {}

    /// @param bufferBytes the longest read
    /// @param written told of each block that was written
    /// @param counted told of the bytes of that block, then; may wait
    WriteBehind(String name, BlockSink sink, int bufferBytes, BlockWriter.Written written, IntConsumer counted, Workers workers) {
        this.sink = sink;
        this.bufferBytes = bufferBytes;
        this.written = written;
        this.counted = counted;
        this.workers = workers;
        this.thread = Thread.ofPlatform().daemon().name(name).start(this::run);
    }

    /// A buffer to read into, when there is one; `null` when the writing is over.
    @Nullable
    ByteBuffer empty() {
        lock.lock();
        try {
            while (empty.isEmpty() && made == BUFFERS && !ended) {
                emptied.awaitUninterruptibly(); // ends with a write, which the kernel ends
            }
            if (ended) {
                return null;
            }
            if (empty.isEmpty()) {
                made++;
                return ByteBuffer.allocateDirect(bufferBytes);
            }
            return empty.pop();
        } finally {
            lock.unlock();
        }
    }

    /// Gives back one that was not used after all.
    void giveBack(ByteBuffer unused) {
        change(() -> empty.push(unused.clear()), emptied);
    }

    /// Has a load written, whose buffer is this one's from now on.
    void write(Load load, ByteBuffer bytes) {
        change(() -> full.add(new Full(load, bytes)), filled);
    }

    private void run() {
        try (var writer = sink.writer(written)) {
            for (var each = next(); each != null; each = next()) {
                each.load().write(each.bytes(), writer, counted);
                giveBack(each.bytes());
            }
            writer.drain();
        } catch (RuntimeException | Error e) {
            workers.fail(e);
            end();
        }
    }

    private @Nullable Full next() {
        lock.lock();
        try {
            while (full.isEmpty() && !ended) {
                filled.awaitUninterruptibly();
            }
            return full.poll();
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
            emptied.signalAll();
            filled.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private void change(Runnable action, Condition whatIsSo) {
        lock.lock();
        try {
            action.run();
            whatIsSo.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Returns when all has been written, or has failed.
    @Override
    public void close() {
        end();
        Workers.join(thread);
    }
}
