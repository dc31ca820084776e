package io.godwit.transfer;

import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// Backs off from a source that becomes slow: how many reads of a disk may be in flight is halved when the slowest hundredth of the last hundred
/// reads, or of those of the last second where these are fewer, took longer than the bound, and grows by one while it does not. Thread-safe.
public final class LatencyGuard {
    private static final int WINDOW = 100;
    private static final long LONGEST_WINDOW = Duration.ofSeconds(1).toNanos();

    private final LongSupplier nanoTime;
    private final long[] latencies = new long[WINDOW]; // guarded by this, as is all below
    private int filled;
    private long counted; // reads begun before this count for nothing: they were asked for under the old window
    private int allowed = Integer.MAX_VALUE;
    private int most;
    private long windowBegan;
    private volatile @Nullable Duration bound;

    /// Without a bound at first.
    public LatencyGuard() {
        this(System::nanoTime);
    }

    LatencyGuard(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /// Sets the bound from now on; `null` = none.
    public synchronized void set(@Nullable Duration longestRead) {
        if (Objects.equals(bound, longestRead)) { // what was measured stands
            return;
        }
        bound = longestRead;
        filled = 0;
        windowBegan = nanoTime.getAsLong();
        if (longestRead == null) {
            allowed = Integer.MAX_VALUE;
        }
    }

    /// How many reads may be in flight, of at most so many.
    synchronized int allowed(int depth) {
        most = depth;
        return Math.max(1, Math.min(allowed, depth));
    }

    long begin() {
        return nanoTime.getAsLong();
    }

    /// A read that was begun then is complete.
    ///
    /// @param took how long it was waited for: its source is not to blame for the time in which nobody looked
    synchronized void ended(long begun, long took) {
        var limit = bound;
        if (limit == null || begun < counted) {
            return;
        }
        long now = nanoTime.getAsLong();
        latencies[filled++] = took;
        if (filled < WINDOW && now - windowBegan < LONGEST_WINDOW) {
            return;
        }
        Arrays.sort(latencies, 0, filled);
        int current = Math.max(1, Math.min(allowed, most));
        if (latencies[Math.max(0, filled * 99 / 100 - 1)] > limit.toNanos()) {
            allowed = Math.max(1, current / 2);
            counted = now;
        } else {
            allowed = current < most ? current + 1 : Integer.MAX_VALUE; // it is not what holds reads back
        }
        filled = 0;
        windowBegan = now;
    }
}
