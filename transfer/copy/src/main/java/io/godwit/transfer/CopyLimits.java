package io.godwit.transfer;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What a job may take from its source: all disks together, and each. All of it may be changed while the job runs.
public final class CopyLimits {
    private final RateLimit together = new RateLimit();
    private final Map<String, RateLimit> disks = new ConcurrentHashMap<>();
    private final LatencyGuard latency = new LatencyGuard();

    /// Of all disks together.
    public RateLimit together() {
        return together;
    }

    /// Of one disk, by its key.
    public RateLimit disk(String key) {
        return disks.computeIfAbsent(key, _ -> new RateLimit());
    }

    public LatencyGuard latency() {
        return latency;
    }

    Throttle of(String disk) {
        return new Throttle(List.of(together, disk(disk)), latency);
    }
}
