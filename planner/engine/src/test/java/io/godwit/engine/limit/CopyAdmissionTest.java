package io.godwit.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.journal.Phase;
import io.godwit.engine.stage.CopyDisks;
import io.godwit.engine.stage.Stages;
import io.godwit.engine.testkit.Fleet;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// How the engine asks for limits: before a copy starts, and for what it finds running.
class CopyAdmissionTest {
    private static final CopyShare SHARE = new CopyShare(1 << 20, 0.5, 20, Map.of("disk-0", new CopyShare.Rate(4096, 0)));

    private final Asked asked = new Asked();
    private final Fleet fleet = new Fleet(false, Stages.all(asked));

    private static final class Asked implements CopyAdmission {
        final List<CopyJob> admitted = new ArrayList<>();
        final List<CopyJob> running = new ArrayList<>();
        final List<VmMigrationId> ended = new ArrayList<>();
        @Nullable
        CopyShare share = SHARE;

        @Override
        public @Nullable CopyShare admit(CopyJob job) {
            admitted.add(job);
            return share;
        }

        @Override
        public void running(CopyJob job) {
            running.add(job);
        }

        @Override
        public void mayHaveEnded(VmMigrationId id) {
            ended.add(id);
        }
    }

    private VmMigrationId start() {
        return fleet.start().vms().getFirst().id();
    }

    @Test
    void aCopyIsOrderedWithItsFirstShare() {
        fleet.source.put(fleet.source.requireVm("vm-1").on("esx1"));
        var id = start();
        fleet.run(Duration.ofMinutes(2));
        assertThat(fleet.phase(id)).isEqualTo(Phase.SUCCEEDED);
        assertThat(fleet.workers.last(id, WorkerJob.Copy.class).orElseThrow().options().share()).isEqualTo(SHARE);
        assertThat(asked.admitted).singleElement().satisfies(job -> {
            assertThat(job.vmMigration()).isEqualTo(id);
            assertThat(job.vm()).isEqualTo("vm-1");
            assertThat(job.source()).isEqualTo("pr-source");
            assertThat(job.host()).isEqualTo("esx1");
            assertThat(job.disks()).containsExactly("disk-0", "disk-1");
        });
        assertThat(asked.running).isNotEmpty().containsOnly(asked.admitted.getFirst());
        assertThat(asked.ended).containsExactly(id);
    }

    @Test
    void withoutALimitTheOrderSaysNothing() {
        asked.share = null;
        var id = start();
        fleet.run(Duration.ofMinutes(2));
        assertThat(fleet.workers.last(id, WorkerJob.Copy.class).orElseThrow().options().share()).isNull();
    }

    @Test
    void everyAttemptAsksAnew() {
        fleet.workers.fates((_, job, attempt) -> new Fate(Duration.ofSeconds(10), job instanceof WorkerJob.Copy && attempt == 1
                ? Optional.of(Fault.of(SpiFault.WORKER_LOST, "job", "it was killed"))
                : Optional.empty()));
        var id = start();
        fleet.run(Duration.ofMinutes(5));
        assertThat(fleet.phase(id)).isEqualTo(Phase.SUCCEEDED);
        assertThat(asked.admitted).hasSize(2);
        assertThat(asked.ended).as("after the fault and at the end").containsExactly(id, id);
    }

    @Test
    void theNextServerFindsTheCopiesInTheJournals() {
        var journals = new CopiesOfJournals(fleet.store, "a");
        assertThat(journals.get()).isEmpty();
        var id = start();
        fleet.runUntil(id, CopyDisks.NAME);
        assertThat(journals.get()).isEqualTo(asked.admitted).hasSize(1);
        fleet.run(Duration.ofMinutes(2));
        assertThat(journals.get()).isEmpty();
    }
}
