package io.godwit.blockio;

import java.io.Closeable;
import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/// Closes a channel whose peer is silent for too long, since blocking channels know no timeout. One thread watches all of a process.
final class StallWatch {
    private static final long LOOK_EVERY_MILLIS = 100;
    private static final long IDLE = Long.MIN_VALUE;
    private static final Set<StallWatch> ALL = ConcurrentHashMap.newKeySet();
    private static final ScheduledExecutorService WATCHER = Executors
            .newSingleThreadScheduledExecutor(Thread.ofPlatform().daemon().name("stall-watch").factory());

    static {
        var _ = WATCHER.scheduleWithFixedDelay(() -> ALL.forEach(StallWatch::look), LOOK_EVERY_MILLIS, LOOK_EVERY_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    private final Closeable channel;
    private final long limitNanos;
    private volatile long waitingSince = IDLE;
    private volatile boolean held;
    private volatile boolean stalled;

    StallWatch(Closeable channel, Duration limit) {
        this.channel = channel;
        this.limitNanos = limit.toNanos();
        ALL.add(this);
    }

    /// The peer owes something from now on, or has just given some of it.
    void waiting() {
        waiting(System.nanoTime(), 0);
    }

    /// The same, so many nanoseconds longer than the limit.
    void waiting(long now, long longer) {
        if (!held) {
            waitingSince = now + longer;
        }
    }

    void idle() {
        if (!held) {
            waitingSince = IDLE;
        }
    }

    /// From now to [#release()] the limit is for all waits together: a peer that gives a little now and then does not prolong it.
    void hold() {
        held = false;
        waiting();
        held = true;
    }

    void release() {
        held = false;
        idle();
    }

    boolean stalled() {
        return stalled;
    }

    void end() {
        ALL.remove(this);
    }

    private void look() {
        long since = waitingSince;
        if (since != IDLE && System.nanoTime() - since > limitNanos) {
            stalled = true;
            end();
            try {
                channel.close();
            } catch (IOException e) {
                // whoever waits on it fails anyway
            }
        }
    }
}
