package io.godwit.transfer;

import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.util.BitSet;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Saves a checkpoint again and again beside the copy, so that a crash costs at most so many bytes, or a hundredth of what was written where
/// that is more: who has written more than that waits.
final class Saver implements AutoCloseable {
    /// The least of a copy that nobody will resume: nothing is saved but at its end.
    static final long NEVER = Long.MAX_VALUE;

    private final Checkpoint checkpoint;
    private final Runnable settleTarget;
    private final Runnable flushTarget;
    private final Consumer<BitSet> onSaved;
    private final Consumer<Throwable> onFailure;
    private final long least;
    private final long everyNanos;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final @Nullable Thread thread;
    private long total; // guarded by the lock, as is all below
    private long unsaved;
    private boolean ended;
    private @Nullable Throwable failure;

    /// @param least bytes that a crash may cost
    /// @param every so often it is saved where less than that was written
    /// @param settleTarget returns when the writes that it was given before have their ends
    /// @param onSaved told of the blocks that last from then on, but of those that the caller saves
    /// @param onFailure told of the first failure, after which nothing is saved
    Saver(Checkpoint checkpoint, long least, Duration every, Runnable settleTarget, Runnable flushTarget, Consumer<BitSet> onSaved,
            Consumer<Throwable> onFailure) {
        this.checkpoint = checkpoint;
        this.least = least;
        this.everyNanos = every.toNanos();
        this.settleTarget = settleTarget;
        this.flushTarget = flushTarget;
        this.onSaved = onSaved;
        this.onFailure = onFailure;
        this.thread = least == NEVER ? null : Thread.ofPlatform().daemon().name("checkpoint").start(this::run);
    }

    /// Counts what a writer was given to write, which notes it in the checkpoint when it has its end; waits while too much is not saved.
    void written(long bytes) {
        lock.lock();
        try {
            unsaved += bytes;
            total += bytes;
            if (unsaved >= limit() / 2) {
                changed.signalAll();
            }
            while (unsaved >= limit() && failure == null && !ended) {
                changed.awaitUninterruptibly(); // ends with the save, whose flush the kernel ends
            }
            if (failure != null) {
                throw new FaultException(CopyFault.COPY_CHECKPOINT_FAILED, "the copy was stopped", failure);
            }
        } finally {
            lock.unlock();
        }
    }

    private long limit() {
        return Math.max(least, total / 100);
    }

    private void run() {
        try {
            for (long bytes = due(); bytes >= 0; bytes = due()) {
                settleTarget.run(); // those bytes were given to it, and it may have told of few
                onSaved.accept(checkpoint.save(flushTarget));
                saved(bytes);
            }
        } catch (RuntimeException | Error e) { // an Error too: who waits would wait for ever
            onFailure.accept(e); // before those who wait fail of it: it is the cause
            lock.lock();
            try {
                failure = e;
                changed.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    /// Waits until there is something to save; -1 at the end.
    private long due() {
        lock.lock();
        try {
            long until = System.nanoTime() + everyNanos;
            while (!ended && (unsaved == 0 || (unsaved < limit() / 2 && System.nanoTime() - until < 0))) {
                var _ = changed.awaitNanos(everyNanos);
            }
            return ended ? -1 : unsaved;
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts this thread", e);
        } finally {
            lock.unlock();
        }
    }

    private void saved(long bytes) {
        lock.lock();
        try {
            unsaved -= bytes;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Ends the saving, not the last save: that is the caller's.
    @Override
    public void close() {
        lock.lock();
        try {
            ended = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        if (thread != null) {
            Workers.join(thread);
        }
    }
}
