package io.godwit.api.schedule;

import io.godwit.model.plan.PlanId;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Wakes a server at a time, also one that is started only afterwards.
public interface Alarm {
    /// Sets it, in place of an earlier one for the plan.
    ///
    /// @param node that is woken; `null` = one of all
    void set(PlanId plan, @Nullable String node, Instant at);

    void remove(PlanId plan, @Nullable String node);

    boolean isSet(PlanId plan, @Nullable String node);
}
