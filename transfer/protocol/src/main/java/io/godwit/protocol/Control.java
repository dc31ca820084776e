package io.godwit.protocol;

import java.util.Map;

/// Something that a running worker is told.
public sealed interface Control {
    /// Stop for good, at a checkpoint.
    record Cancel() implements Control {}

    /// Secrets by name, new or renewed. They stay in memory.
    record Secrets(Map<String, String> values) implements Control {
        @Override
        public String toString() {
            return "Secrets" + values.keySet();
        }
    }

    /// What the job may take from its source from now on, all disks together and each; 0 = no limit.
    ///
    /// @param longestReadMillis reads are held back when the slowest hundredth of them takes longer
    /// @param disks by key; those that are not named are under no limit of their own
    record Limits(long bytesPerSecond, long requestsPerSecond, long longestReadMillis, Map<String, Rate> disks) implements Control {
        public Limits {
            disks = Map.copyOf(disks);
        }
    }

    record Rate(long bytesPerSecond, long requestsPerSecond) {}
}
