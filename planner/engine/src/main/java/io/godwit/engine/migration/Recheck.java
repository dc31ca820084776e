package io.godwit.engine.migration;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What has become of a migrated VM since.
///
/// @param sourceRead whether the source could be looked at
/// @param source why the source can no longer be taken for what was migrated, or cannot be looked at; `null` = it is the same
/// @param target what of the VM is not there any more, or is another than was made; empty = all of it is there
public record Recheck(boolean sourceRead, @Nullable String source, List<String> target) {
    public boolean asItWas() {
        return source == null && target.isEmpty();
    }
}
