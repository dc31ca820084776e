package io.godwit.engine.stage;

import java.time.Duration;

/// How one call of a stage ended; a fault is thrown.
public sealed interface Outcome {
    /// All that the stage has to ensure is so.
    record Completed() implements Outcome {}

    /// Work goes on elsewhere.
    ///
    /// @param why for people: "disks are being copied"
    /// @param recheckAfter look again then, unless woken earlier
    record Waiting(String why, Duration recheckAfter) implements Outcome {}
}
