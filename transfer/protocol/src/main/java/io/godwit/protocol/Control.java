package io.godwit.protocol;

import io.godwit.model.limit.CopyShare;
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

    /// What the job may take from its source from now on.
    record Limits(CopyShare share) implements Control {}
}
