package io.godwit.engine.catalog;

import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Optional;

/// Keeps when plans are to start: at most one start of each, the last that was ordered. It goes with its plan.
public interface PlannedStartStore {
    /// Puts it in place of what was ordered before. A fault `PLAN_NOT_FOUND` where there is no such plan.
    void put(PlannedStart start);

    Optional<PlannedStart> find(PlanId plan);

    /// Of all plans, in no order.
    List<PlannedStart> list();

    /// Records what became of it; `false` where something else was ordered, or decided, since.
    boolean decide(PlannedStart decided);

    /// Takes back what is still to come; `false` where nothing is.
    boolean delete(PlanId plan);
}
