package io.godwit.transfer;

import java.time.Duration;
import java.util.function.LongSupplier;

/// A limit of bytes and of requests per second for all that share it. What may be spent is kept as credit that grows with time; a request is let
/// through as soon as there is any, and may overdraw it: so no request is too big, the mean is exact in the long run, and a new rate counts from
/// the next request on. Credit that nobody uses is kept for a tenth of a second only. Thread-safe.
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
    public synchronized void set(long bytesPerSecond, long requestsPerSecond) {
        if (bytesPerSecond < 0 || requestsPerSecond < 0) {
            throw new IllegalArgumentException("no rate: " + bytesPerSecond + " bytes, " + requestsPerSecond + " requests per second");
        }
        earn();
        bytes.set(bytesPerSecond);
        requests.set(requestsPerSecond);
    }

    /// How long the next request must wait; 0 when it need not.
    synchronized long waitNanos() {
        earn();
        return Math.max(bytes.waitNanos(), requests.waitNanos());
    }

    /// Spends one request of that length.
    synchronized void spend(int length) {
        bytes.spend(length);
        requests.spend(1);
    }

    private void earn() {
        long now = nanoTime.getAsLong();
        bytes.earn(now - at);
        requests.earn(now - at);
        at = now;
    }

    /// In units times seconds times 10^9, so that nothing is rounded away.
    private static final class Credit {
        private long rate;
        private double balance;

        void set(long perSecond) {
            if (rate > 0 && perSecond > 0 && balance < 0) {
                balance = balance * Math.min(1, (double) perSecond / rate); // what is owed is owed for as long as before, at most
            } else if (perSecond == 0 || rate == 0) {
                balance = 0;
            }
            rate = perSecond;
        }

        void earn(long nanos) {
            if (rate > 0) {
                balance = Math.min((double) rate * KEPT / SECOND, balance + (double) rate * nanos / SECOND);
            }
        }

        void spend(long units) {
            if (rate > 0) {
                balance -= units;
            }
        }

        long waitNanos() {
            return rate == 0 || balance >= 0 ? 0 : (long) Math.ceil(-balance * SECOND / rate);
        }
    }
}
