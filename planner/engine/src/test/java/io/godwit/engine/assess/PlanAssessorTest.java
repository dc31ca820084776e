package io.godwit.engine.assess;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.assess.Assessment.Condition;
import io.godwit.engine.testkit.Fleet;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class PlanAssessorTest {
    private final Fleet fleet = new Fleet(true);

    @Test
    void aPlanThatLacksNothingIsReady() {
        var assessment = fleet.migrations.assess(plan(storages("", "fast")));
        assertThat(assessment.conditions()).isEmpty();
        assertThat(assessment.ready()).isTrue();
    }

    @Test
    void storageClassesThatTheDestinationDoesNotHaveAreToldBeforeAStart() {
        var assessment = fleet.migrations.assess(plan(storages("gold", "fast", "gold", "silver")));
        assertThat(assessment.conditions()).extracting(Condition::type).containsExactly("StorageTargetInvalid", "StorageTargetInvalid");
        assertThat(assessment.conditions()).extracting(Condition::message).satisfiesExactly(
                message -> assertThat(message).contains("STORAGE_CLASS_UNKNOWN", "gold"),
                message -> assertThat(message).contains("STORAGE_CLASS_UNKNOWN", "silver"));
        assertThat(assessment.ready()).isFalse();
    }

    private Plan plan(StorageMapping storages) {
        fleet.catalog.createStorageMapping(storages);
        return new Plan(PlanId.random(), "plan", "", "pr-source", "pr-destination", "n-1", storages.id(), MigrationType.COLD, "default",
                false, true, List.of(new PlanVm("vm-1", "vm-1", null, null)));
    }

    /// `datastore1` to the first class.
    private static StorageMapping storages(String... classes) {
        var targets = Stream.of(classes).map(name -> new StorageTarget(name, null, null)).toList();
        var pairs = Stream.iterate(0, i -> i < targets.size(), i -> i + 1)
                .map(i -> new StorageMapping.Pair("datastore" + (i + 1), targets.get(i))).toList();
        return new StorageMapping("s-2", "more stores", "pr-source", "pr-destination", pairs);
    }
}
