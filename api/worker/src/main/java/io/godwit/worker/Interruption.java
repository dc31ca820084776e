package io.godwit.worker;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Ctrl-C, and every other signal that ends a process: what runs is stopped, and the process lives until it has said so and removed what it made.
final class Interruption {
    private static final long PATIENCE_SECONDS = 20;

    private final long patienceSeconds;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile @Nullable Runnable remove;
    private @Nullable Runnable stop; // guarded by this, as is the next
    private boolean asked;

    Interruption(long patienceSeconds) {
        this.patienceSeconds = patienceSeconds;
    }

    /// One that the signals of this process reach.
    static Interruption ofThisProcess() {
        var interruption = new Interruption(PATIENCE_SECONDS);
        Runtime.getRuntime().addShutdownHook(new Thread(interruption::ask, "interruption"));
        return interruption;
    }

    /// What a signal does; returns when all has ended, or will not.
    void ask() {
        if (ended.getCount() == 0) { // it ends by itself
            return;
        }
        Runnable stopping;
        synchronized (this) {
            asked = true;
            stopping = stop;
        }
        if (stopping != null) {
            stopping.run();
        }
        try {
            if (!ended.await(patienceSeconds, TimeUnit.SECONDS)) {
                System.err.println("godwit copy: interrupted: the copy is not whole, and did not stop within " + patienceSeconds + " s");
                System.err.println("  What was not saved by then is copied again.");
                var rest = remove;
                if (rest != null) {
                    rest.run();
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// What makes that end which runs from now on; called at once where it is to end already.
    void onAsked(Runnable stopping) {
        boolean late;
        synchronized (this) {
            stop = stopping;
            late = asked;
        }
        if (late) {
            stopping.run();
        }
    }

    /// What removes the rest where nothing stops.
    void onGivenUp(Runnable removing) {
        remove = removing;
    }

    synchronized boolean asked() {
        return asked;
    }

    /// All was said and removed.
    void ended() {
        ended.countDown();
    }
}
