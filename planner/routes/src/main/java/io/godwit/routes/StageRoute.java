package io.godwit.routes;

import java.time.Duration;
import java.util.Locale;

/// The route of one stage.
///
/// @param stage its stored name, e.g. `AllocateVolumes`
/// @param pushDeadline after this a push is interrupted and given up; below the time of a lease
public record StageRoute(String stage, Duration pushDeadline) {
    /// Name of its route, e.g. `stage-allocate-volumes`.
    public String routeId() {
        return routeId(stage);
    }

    static String routeId(String stage) {
        return "stage-" + stage.replaceAll("(?<=[a-z0-9])(?=[A-Z])", "-").toLowerCase(Locale.ROOT);
    }
}
