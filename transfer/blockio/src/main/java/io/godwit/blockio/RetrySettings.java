package io.godwit.blockio;

import java.time.Duration;

/// How long a source is tried again. A try that is under way at the deadline still has its stall limit.
///
/// @param tries how often at most one read is asked for, or a connection without any progress made; 0 = the first failure is the last
/// @param deadline how long at most one range may fail, and how long a connection may be without any progress, from the first failure on
/// @param firstPause before the first new try; doubled before each further one
/// @param longestPause between two tries
public record RetrySettings(int tries, Duration deadline, Duration firstPause, Duration longestPause) {
    public static final RetrySettings DEFAULT = new RetrySettings(100, Duration.ofSeconds(60), Duration.ofMillis(100),
            Duration.ofSeconds(5));
    public static final RetrySettings OFF = new RetrySettings(0, Duration.ZERO, Duration.ZERO, Duration.ZERO);

    public RetrySettings {
        if (tries < 0 || deadline.isNegative() || firstPause.isNegative() || longestPause.compareTo(firstPause) < 0) {
            throw new IllegalArgumentException(
                    "no settings: " + tries + " tries in " + deadline + ", pauses " + firstPause + " to " + longestPause);
        }
    }

    public RetrySettings deadline(Duration limit) {
        return new RetrySettings(tries, limit, firstPause, longestPause);
    }

    public boolean on() {
        return tries > 0;
    }

    /// Before the next try.
    public Duration pauseAfter(int failures) {
        int doublings = Math.min(failures - 1, 20);
        long nanos = Math.min(firstPause.toNanos(), longestPause.toNanos() >> doublings) << doublings;
        return nanos == 0 ? longestPause : Duration.ofNanos(nanos);
    }
}
