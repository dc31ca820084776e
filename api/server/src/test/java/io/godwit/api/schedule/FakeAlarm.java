package io.godwit.api.schedule;

import io.godwit.model.plan.PlanId;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Remembers what was set.
public final class FakeAlarm implements Alarm {
    final Map<PlanId, Instant> set = new LinkedHashMap<>();

    @Override
    public void set(PlanId plan, @Nullable String node, Instant at) {
        set.put(plan, at);
    }

    @Override
    public void remove(PlanId plan, @Nullable String node) {
        set.remove(plan);
    }

    @Override
    public boolean isSet(PlanId plan, @Nullable String node) {
        return set.containsKey(plan);
    }
}
