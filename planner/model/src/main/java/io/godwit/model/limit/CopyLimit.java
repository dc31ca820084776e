package io.godwit.model.limit;

import java.time.Instant;
import java.util.List;

/// What all copies of a scope together may take from their sources. Of several limits that a copy is under, the tightest holds.
///
/// @param name unique
/// @param bounds in force while no window is
/// @param windows no two of them overlap
public record CopyLimit(String name, LimitScope scope, Bounds bounds, List<LimitWindow> windows) {
    public CopyLimit {
        windows = List.copyOf(windows);
    }

    /// What is in force then.
    public Bounds at(Instant instant) {
        return windows.stream().filter(window -> window.contains(instant)).findFirst().map(LimitWindow::bounds).orElse(bounds);
    }
}
