package io.godwit.transfer;

import java.time.Duration;
import java.util.function.LongSupplier;

/// How one disk is read: over how many connections, how much at a time, and with how many reads in flight on each, by what its reads were
/// measured to take. Thread-safe.
///
/// A source that answers within a millisecond keeps the processors busy: as many connections as there are processors, and more in flight only
/// while that does not merely make reads wait for each other. A slower one is latency to be hidden: all connections, and all that may be in
/// flight. From either, longer reads for as long as they bring more, since many servers work on a few requests at once, however long these are;
/// from a fast one none that is longer than [#CACHED]. For the same reason all connections are tried on a source too that is fast, but not that of this machine, once, and kept if they
/// bring much more: a server may work on each connection's requests one after the other.
final class Pace {
    private static final long SLOW_NANOS = Duration.ofMillis(1).toNanos();
    private static final long WAITED_FOR_NANOS = 400_000; // less is a processor's work, and more connections cost some
    private static final long PROBE_AGAIN_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int PROBE_DEPTH = 2;
    private static final int PROBE_COUNT = 8;
    private static final int FIRST_DEPTH = 16;
    private static final int CACHED = 512 << 10; // is still in the caches of one processor when it is written
    private static final int WINDOW_COUNT = 64;
    private static final double GAIN = 1.05;
    private static final double GAIN_OF_CONNECTIONS = 1.25; // less may be noise, and a server that needs them gives more

    private final Bounds bounds;
    private final LongSupplier nanoTime;
    private final int few;
    private int requestBytes; // guarded by this, as is all below
    private int depth;
    private boolean wide;
    private boolean over;
    private boolean probing = true; // few reads are in flight, so that one waits for no other
    private long probed;
    private long base; // what such a read takes at least
    private boolean slow;
    private boolean settled; // longer reads bring nothing more
    private double rateBefore; // of shorter reads, while longer ones are tried
    private double rateOfFew; // over few connections, while all are tried
    private boolean triedAll;
    private int settledConnections; // that are open, or could not be opened
    private int stale; // reads that are in flight since before the last change
    private long since;
    private int count;
    private long bytes;
    private long latency;
    private long shortest = Long.MAX_VALUE;

    /// @param connections at most
    /// @param depth reads in flight per connection, at most
    /// @param leastBytes of a read, which is what it begins with
    /// @param mostBytes of a read
    /// @param windowBytes in flight per connection, at most
    record Bounds(int connections, int depth, int leastBytes, int mostBytes, long windowBytes) {}

    Pace(Bounds bounds) {
        this(bounds, Runtime.getRuntime().availableProcessors(), System::nanoTime);
    }

    Pace(Bounds bounds, int processors, LongSupplier nanoTime) {
        this.bounds = bounds;
        this.nanoTime = nanoTime;
        few = Math.min(bounds.connections(), processors);
        requestBytes = bounds.leastBytes();
        depth = Math.min(PROBE_DEPTH, most());
        wide = few == bounds.connections();
        since = nanoTime.getAsLong();
        probed = since;
    }

    /// How much to ask for at once.
    synchronized int requestBytes() {
        return requestBytes;
    }

    /// How many reads may be in flight on each connection.
    synchronized int depth() {
        return depth;
    }

    /// Whether all connections are of use.
    synchronized boolean wide() {
        return wide;
    }

    /// Whether that connection is of use.
    ///
    /// @param connection counted from 0
    synchronized boolean uses(int connection) {
        return connection < few || wide;
    }

    /// Waits until that connection is of use; false when the copy was over before.
    ///
    /// @param connection counted from 0
    synchronized boolean joins(int connection) {
        boolean interrupted = false;
        while (!uses(connection) && !over) {
            try {
                wait();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return connection < few || !over;
    }

    /// A connection is open, or could not be opened.
    synchronized void opened() {
        settledConnections++;
    }

    /// A connection could not be opened: the others are needed.
    synchronized void missesOne() {
        settledConnections++;
        triedAll = true;
        rateOfFew = 0;
        useAll();
    }

    /// Nothing is left to be read.
    synchronized void over() {
        over = true;
        notifyAll();
    }

    /// A read is complete.
    ///
    /// @param nanos since it was asked for
    /// @param waited how much of that the source was waited for: it is not slow where writing is
    synchronized void ended(long nanos, long waited, int length) {
        if (rateOfFew > 0 && settledConnections < bounds.connections()) {
            return; // what all bring shows when all are there
        }
        if (stale > 0) {
            stale--;
            if (stale == 0) {
                since = nanoTime.getAsLong();
            }
            return;
        }
        count++;
        bytes += length;
        latency += nanos;
        shortest = Math.min(shortest, waited);
        if (count < (probing ? PROBE_COUNT : WINDOW_COUNT)) {
            return;
        }
        long now = nanoTime.getAsLong();
        double rate = (double) bytes / Math.max(1, now - since);
        double mean = (double) latency / count;
        if (probing) {
            endProbe(now);
        } else {
            decide(rate, mean, now);
        }
        since = now;
        count = 0;
        bytes = 0;
        latency = 0;
        shortest = Long.MAX_VALUE;
    }

    private int inFlight() {
        return depth * (wide ? bounds.connections() : few);
    }

    private void endProbe(long now) {
        probing = false;
        probed = now;
        base = shortest;
        slow = base >= SLOW_NANOS;
        stale = inFlight();
        if (slow) {
            useAll();
        }
        depth = Math.min(FIRST_DEPTH, most());
    }

    private void useAll() {
        if (!wide) {
            wide = true;
            notifyAll();
        }
    }

    private void decide(double rate, double mean, long now) {
        if (rateOfFew > 0) {
            wide = rate >= rateOfFew * GAIN_OF_CONNECTIONS;
            rateOfFew = 0;
            stale = wide ? 0 : depth * bounds.connections();
            slow = wide; // it keeps no processor busy, and is better asked for more at once too
            settled &= !wide;
        } else if (rateBefore > 0) {
            if (rate < rateBefore * GAIN) {
                settled = true;
                ask(requestBytes / 2);
            }
            rateBefore = 0;
        } else if (!settled && 2L * requestBytes <= (slow ? bounds.mostBytes() : Math.min(bounds.mostBytes(), CACHED))) {
            rateBefore = rate;
            ask(2 * requestBytes);
        } else if (depth < most() && mean < 2.0 * base) {
            stale = inFlight();
            depth = Math.min(2 * depth, most());
        } else if (!wide && !triedAll && base >= WAITED_FOR_NANOS) {
            triedAll = true;
            rateOfFew = rate;
            useAll();
            stale = inFlight();
        } else if (!slow && now - probed >= PROBE_AGAIN_NANOS) { // it may have become slow
            stale = inFlight();
            probing = true;
            depth = Math.min(PROBE_DEPTH, most());
        }
    }

    private void ask(int length) {
        stale = inFlight();
        requestBytes = length;
        depth = Math.min(depth, most());
    }

    private int most() {
        return (int) Math.max(1, Math.min(bounds.depth(), bounds.windowBytes() / requestBytes));
    }
}
