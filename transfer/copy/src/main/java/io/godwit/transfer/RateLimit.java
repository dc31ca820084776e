package io.godwit.transfer;

import io.godwit.model.disk.SourceLoad;
import io.godwit.model.limit.CopyShare;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;

/// A limit of bytes and of requests per second for all that share it. What may be spent is kept as credit that grows with time; a request is let
/// through as soon as there is any, and may overdraw it: so no request is too big, the mean is exact in the long run, and a new rate counts from
/// the next request on. Credit that nobody uses is kept for a tenth of a second only. It also counts what was spent, and how long requests waited.
/// Thread-safe.
public final class RateLimit {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final long KEPT = SECOND / 10;
    /// How often whoever waits should ask again, so that a new rate is noticed.
    static final long ASK_AGAIN_NANOS = SECOND / 10;

    private final LongSupplier nanoTime;
    private final Credit bytes = new Credit(); // guarded by this, as is requests
    private final Credit requests = new Credit();
    private long at;

    /// Without a limit at first.
    public RateLimit() {
        this(System::nanoTime);
    }

    /// @param nanoTime as [System#nanoTime()]
    RateLimit(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.at = nanoTime.getAsLong();
    }

    /// Sets both, from now on; 0 = no limit.
    public synchronized void set(long bytesPerSecond, double requestsPerSecond) {
        if (bytesPerSecond < 0 || !(requestsPerSecond >= 0)) {
            throw new IllegalArgumentException("no rate: " + bytesPerSecond + " bytes, " + requestsPerSecond + " requests per second");
        }
        earn();
        bytes.set((double) bytesPerSecond);
        requests.set(requestsPerSecond);
    }

    /// How long the next request must wait; 0 when it need not.
    synchronized long waitNanos() {
        earn();
        long forBytes = bytes.waitNanos();
        long forRequests = requests.waitNanos();
        long wait = Math.max(forBytes, forRequests);
        if (wait > 0) {
            (forBytes >= forRequests ? bytes : requests).hold(at);
        }
        return wait;
    }

    /// Spends one request of that length.
    synchronized void spend(int length) {
        earn();
        bytes.release(at);
        requests.release(at);
        bytes.spend(length);
        requests.spend(1);
    }

    /// What was spent so far, and how long somebody waited.
    synchronized SourceLoad load(CopyShare share) {
        earn();
        return new SourceLoad(Instant.now(), bytes.spent, requests.spent, bytes.heldMillis(at), requests.heldMillis(at), share);
    }

    private void earn() {
        long now = nanoTime.getAsLong();
        bytes.earn(now - at);
        requests.earn(now - at);
        at = now;
    }

    /// In units times seconds times 10^9, so that nothing is rounded away.
    private static final class Credit {
        private static final long NOBODY = Long.MIN_VALUE;
        private double rate;
        private double balance;
        private long spent;
        private long held;
        private long heldSince = NOBODY;

        void set(double perSecond) {
            if (rate > 0 && perSecond > 0 && balance < 0) {
                balance = balance * Math.min(1, perSecond / rate); // what is owed is owed for as long as before, at most
            } else if (perSecond == 0 || rate == 0) {
                balance = 0;
            }
            rate = perSecond;
        }

        void earn(long nanos) {
            if (rate > 0) {
                balance = Math.min(rate * KEPT / SECOND, balance + rate * nanos / SECOND);
            }
        }

        void spend(long units) {
            spent += units;
            if (rate > 0) {
                balance -= units;
            }
        }

        long waitNanos() {
            return rate == 0 || balance >= 0 ? 0 : (long) Math.ceil(-balance * SECOND / rate);
        }

        /// Somebody waits for it, if nobody did.
        void hold(long now) {
            if (heldSince == NOBODY) {
                heldSince = now;
            }
        }

        void release(long now) {
            if (heldSince != NOBODY) {
                held += now - heldSince;
                heldSince = NOBODY;
            }
        }

        long heldMillis(long now) {
            return Duration.ofNanos(held + (heldSince == NOBODY ? 0 : now - heldSince)).toMillis();
        }
    }
}
