package io.godwit.engine.assess;

import io.godwit.model.inventory.Concern;
import java.util.List;

/// What validation found: conditions of the plan, concerns of each VM.
public record Assessment(List<Condition> conditions, List<VmConcerns> vms) {
    /// Whether the plan can be started: nothing critical stands in its way.
    public boolean ready() {
        return conditions.stream().noneMatch(condition -> condition.category() == Condition.Category.CRITICAL)
                && vms.stream().flatMap(vm -> vm.concerns().stream()).noneMatch(concern -> concern.severity() == Concern.Severity.CRITICAL);
    }

    /// A finding about the plan.
    ///
    /// @param type stable, e.g. `NetworkNotMapped`
    /// @param message what is so
    /// @param suggestion what to do
    public record Condition(String type, Category category, String message, String suggestion) {
        public enum Category {
            CRITICAL("Critical"), WARN("Warn"), ADVISORY("Advisory");

            private final String label;

            Category(String label) {
                this.label = label;
            }

            /// As REST shows it.
            public String label() {
                return label;
            }
        }
    }

    public record VmConcerns(String id, String name, List<Concern> concerns) {}
}
