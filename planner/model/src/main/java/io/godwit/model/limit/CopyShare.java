package io.godwit.model.limit;

import java.util.Map;

/// What one copy job is told to take from its source at most: all its disks together, and each; 0 = no bound.
///
/// @param disks by key; those that are not named have no bound of their own
public record CopyShare(long bytesPerSecond, double requestsPerSecond, long longestReadMillis, Map<String, Rate> disks) {
    public static final CopyShare UNLIMITED = new CopyShare(0, 0, 0, Map.of());

    public CopyShare {
        disks = Map.copyOf(disks);
    }

    /// Of one disk; 0 = no bound.
    public record Rate(long bytesPerSecond, double requestsPerSecond) {
        public static final Rate UNLIMITED = new Rate(0, 0);
    }

    public Rate disk(String key) {
        return disks.getOrDefault(key, Rate.UNLIMITED);
    }
}
