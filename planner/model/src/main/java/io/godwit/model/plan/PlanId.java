package io.godwit.model.plan;

import io.godwit.model.migration.RandomId;

/// Names a plan.
public record PlanId(String value) {
    public static PlanId random() {
        return new PlanId(RandomId.next("p"));
    }

    /// Binds a path variable; any text is an id that may not exist.
    public static PlanId from(String value) {
        return new PlanId(value);
    }

    @Override
    public String toString() {
        return value;
    }
}
