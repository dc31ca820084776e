package io.godwit.api.schedule;

import io.godwit.engine.catalog.PlannedStart;
import io.godwit.engine.catalog.PlannedStartStore;
import io.godwit.model.plan.PlanId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Planned starts in memory, by the rules of the port.
public final class InMemoryPlannedStarts implements PlannedStartStore {
    private final Map<PlanId, PlannedStart> all = new HashMap<>();

    @Override
    public void put(PlannedStart start) {
        all.put(start.plan(), start);
    }

    @Override
    public Optional<PlannedStart> find(PlanId plan) {
        return Optional.ofNullable(all.get(plan));
    }

    @Override
    public List<PlannedStart> list() {
        return List.copyOf(all.values());
    }

    @Override
    public boolean decide(PlannedStart decided) {
        boolean open = isScheduled(decided.plan())
                && find(decided.plan()).filter(start -> start.migration().equals(decided.migration())).isPresent();
        if (open) {
            put(decided);
        }
        return open;
    }

    @Override
    public boolean delete(PlanId plan) {
        boolean open = isScheduled(plan);
        if (open) {
            all.remove(plan);
        }
        return open;
    }

    private boolean isScheduled(PlanId plan) {
        return find(plan).filter(start -> start.state() == PlannedStart.State.SCHEDULED).isPresent();
    }

    /// Forgets everything.
    public void clear() {
        all.clear();
    }
}
