package io.godwit.engine.stage;

import java.time.Duration;

/// Limits and times of the engine, the same on all replicas.
///
/// @param leaseTime longest push
/// @param callDeadline of every call of a provider
/// @param claims most pushes that one claim hands out
/// @param vmMigrations steps under way in total
/// @param perProvider steps under way per provider
/// @param conversions at once
/// @param disks being copied at once
/// @param slotRecheck when to look again for a free slot
public record EngineSettings(Duration leaseTime, Duration callDeadline, int claims, int vmMigrations, int perProvider, int conversions,
        int disks, Duration slotRecheck) {
    /// For a machine with that many cores.
    public static EngineSettings forCores(int cores) {
        return new EngineSettings(Duration.ofSeconds(60), Duration.ofSeconds(20), 50, 20, 10, Math.max(1, cores / 2), 10,
                Duration.ofSeconds(5));
    }
}
