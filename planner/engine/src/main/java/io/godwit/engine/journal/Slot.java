package io.godwit.engine.journal;

/// A claim on a limited resource while a step runs.
///
/// @param pool what is limited: `total`, `provider:<id>`, `conversions`, `disks`
/// @param cost how much of it, at least 1
/// @param limit of the pool, as the claimer knows it
public record Slot(String pool, int cost, int limit) {
    public Slot {
        if (cost < 1 || limit < 1) {
            throw new IllegalArgumentException("no slot: " + pool + " " + cost + " of " + limit);
        }
    }

    /// Whether it fits beside what is in use; what costs more than the limit fits only alone.
    public boolean fits(int used) {
        return used == 0 || used + cost <= limit;
    }
}
