package io.godwit.transfer;

import io.godwit.model.disk.SourceLoad;
import io.godwit.model.limit.CopyShare;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// What a job may take from its source: all disks together, and each disk. All of it may be changed while the job runs.
public final class CopyLimits {
    private final RateLimit machine = new RateLimit();
    private final RateLimit together = new RateLimit();
    private final Map<String, RateLimit> disks = new ConcurrentHashMap<>();
    private final LatencyGuard latency = new LatencyGuard();
    private volatile CopyShare share = CopyShare.UNLIMITED;

    /// What the machine of the job allows it, whatever else it is told; 0 = no limit.
    public void machine(long bytesPerSecond) {
        machine.set(bytesPerSecond, 0);
    }

    /// What the job is told, from the next request on.
    public synchronized void set(CopyShare latest) {
        share = latest;
        together.set(latest.bytesPerSecond(), latest.requestsPerSecond());
        latency.set(latest.longestReadMillis() == 0 ? null : Duration.ofMillis(latest.longestReadMillis()));
        latest.disks().keySet().forEach(this::disk);
        disks.forEach((key, limit) -> limit.set(latest.disk(key).bytesPerSecond(), latest.disk(key).requestsPerSecond()));
    }

    /// What was asked of the source so far, by all disks together.
    public SourceLoad load() {
        return together.load(share);
    }

    private RateLimit disk(String key) {
        return disks.computeIfAbsent(key, _ -> new RateLimit());
    }

    Throttle of(String disk) {
        return new Throttle(List.of(machine, together, disk(disk)), latency);
    }
}
