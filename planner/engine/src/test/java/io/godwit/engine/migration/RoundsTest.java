package io.godwit.engine.migration;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.itinerary.Itinerary;
import io.godwit.engine.itinerary.Step;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore.NewVmMigration;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.engine.stage.Outcome;
import io.godwit.engine.stage.PipelineStep;
import io.godwit.engine.stage.Stage;
import io.godwit.engine.stage.StageContext;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.engine.stage.Stages;
import io.godwit.engine.testkit.Fleet;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// `Repeat` and the takeover of a lease, with stages that only say that they were there.
class RoundsTest {
    private final List<String> undone = new ArrayList<>();
    private final Fleet fleet = new Fleet(true,
            new Stages(List.of(new Fake("Before"), new Fake("Take"), new Fake("Drop"), new Fake("After"))));

    @Test
    void roundsGoOnUntilTheGateOpens() {
        var id = start();
        passSteps(id, 7);
        assertThat(completed(id)).containsExactly("0:Before", "1[1]/0:Take", "1[1]/1:Drop", "1[2]/0:Take", "1[2]/1:Drop", "1[3]/0:Take",
                "1[3]/1:Drop");
        fleet.store.command(id, Command.CUTOVER);
        fleet.run(Duration.ofMinutes(1));
        assertThat(completed(id).getLast()).isEqualTo("2:After");
        assertThat(fleet.phase(id)).isEqualTo(Phase.SUCCEEDED);
    }

    @Test
    void aRoundThatHasBegunIsFinishedAfterTheGateOpened() {
        var id = start();
        passSteps(id, 2);
        fleet.store.command(id, Command.CUTOVER);
        fleet.run(Duration.ofMinutes(1));
        assertThat(completed(id)).containsExactly("0:Before", "1[1]/0:Take", "1[1]/1:Drop", "2:After");
    }

    @Test
    void aGateThatIsOpenBeforehandLeavesTheRoundsOut() {
        var id = start();
        fleet.store.command(id, Command.CUTOVER);
        fleet.run(Duration.ofMinutes(1));
        assertThat(completed(id)).containsExactly("0:Before", "2:After");
    }

    @Test
    void everyRoundIsUndoneInReverseOrder() {
        var id = start();
        passSteps(id, 4);
        fleet.store.command(id, Command.CANCEL);
        fleet.run(Duration.ofMinutes(5));
        assertThat(fleet.phase(id)).isEqualTo(Phase.CANCELED);
        assertThat(undone).containsExactly("1[2]/0:Take", "1[1]/1:Drop", "1[1]/0:Take", "0:Before");
        assertThat(fleet.journal(id).facts(Warned.class)).isEmpty();
    }

    @Test
    void whoeverClaimsNextGoesOnFromTheJournal() {
        var id = start();
        passSteps(id, 3);
        fleet.runner.claimDue(); // and never pushes: the process is gone
        assertThat(fleet.runner.claimDue()).isEmpty();
        fleet.pass(Fleet.SETTINGS.leaseTime());
        passSteps(id, 4);
        assertThat(completed(id)).doesNotHaveDuplicates().hasSize(4);
        assertThat(fleet.store.journal(id)).extracting(JournalEntry::epoch).isSorted();
    }

    private void passSteps(VmMigrationId id, int steps) {
        while (completed(id).size() < steps) {
            assertThat(fleet.pushAll()).isTrue();
        }
    }

    private List<String> completed(VmMigrationId id) {
        return fleet.store.journal(id).stream().filter(entry -> entry.kind() == EntryKind.STEP_ENDED).map(entry -> entry.step().value())
                .toList();
    }

    private VmMigrationId start() {
        var plan = fleet.plan(false, false, "vm-1");
        var itinerary = new Itinerary("rounds", List.of(new Step.Run("Before"),
                new Step.Repeat(List.of(new Step.Run("Take"), new Step.Run("Drop")), Journal.CUTOVER_GATE), new Step.Run("After")));
        var row = new MigrationRow(MigrationId.random(), plan.id(), plan.name(), fleet.now());
        var created = new Created(row.id(), plan, plan.vms().getFirst(),
                new NetworkMapping("n-1", "nets", plan.sourceProvider(), plan.destinationProvider(), List.of()),
                new StorageMapping("s-1", "stores", plan.sourceProvider(), plan.destinationProvider(), List.of()), itinerary);
        var entry = new JournalEntry(1, 0, StepPath.NONE, 0, EntryKind.CREATED, null, "created", 1, created, fleet.now());
        var id = VmMigrationId.random();
        fleet.store.create(row, List.of(new NewVmMigration(
                new VmMigrationRow(id, row.id(), plan.id(), "vm-1", "vm-1", null, new Journal(List.of(entry)).status(null), fleet.now()),
                entry)));
        return id;
    }

    private final class Fake implements Stage {
        private final String name;

        Fake(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public PipelineStep pipelineStep() {
            return PipelineStep.COPY_DISKS;
        }

        @Override
        public Outcome execute(StageContext context) {
            context.record(new Warned(context.step().value()));
            return new Outcome.Completed();
        }

        @Override
        public Outcome compensate(StageContext context) {
            undone.add(context.step().value());
            return new Outcome.Completed();
        }
    }
}
