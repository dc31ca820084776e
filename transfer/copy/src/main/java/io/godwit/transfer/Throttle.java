package io.godwit.transfer;

import java.util.List;

/// All that holds one disk's reads back: each limit that it is under, and the latency of its source.
record Throttle(List<RateLimit> limits, LatencyGuard guard) {
    Throttle {
        limits = List.copyOf(limits);
    }

    /// How long the next read must wait; 0 when it need not.
    long waitNanos() {
        long longest = 0;
        for (var limit : limits) {
            longest = Math.max(longest, limit.waitNanos());
        }
        return Math.min(longest, RateLimit.ASK_AGAIN_NANOS);
    }

    void spend(int length) {
        for (var limit : limits) {
            limit.spend(length);
        }
    }
}
