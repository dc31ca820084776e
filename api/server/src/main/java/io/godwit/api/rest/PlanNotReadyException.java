package io.godwit.api.rest;

import io.godwit.model.fault.Fault;
import java.util.List;

/// A plan was to start that has critical conditions.
final class PlanNotReadyException extends RuntimeException {
    private final transient Fault fault;
    private final transient List<PlanViews.ConditionView> conditions;

    PlanNotReadyException(Fault fault, List<PlanViews.ConditionView> conditions) {
        super(fault.toString());
        this.fault = fault;
        this.conditions = List.copyOf(conditions);
    }

    Fault fault() {
        return fault;
    }

    List<PlanViews.ConditionView> conditions() {
        return conditions;
    }
}
