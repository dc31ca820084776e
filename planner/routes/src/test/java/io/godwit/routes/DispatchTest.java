package io.godwit.routes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatNoException;
import static org.awaitility.Awaitility.await;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DispatchTest {
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration OFTEN = Duration.ofMillis(20);
    private static final Duration DEADLINE = Duration.ofSeconds(45);
    private static final StageRoute INITIALIZE = new StageRoute("Initialize", DEADLINE);
    private static final StageRoute ALLOCATE = new StageRoute("AllocateVolumes", DEADLINE);
    private static final StageRoute COMMANDS = new StageRoute(VmMigrationRunner.COMMANDS, DEADLINE);

    private final FakeRunner runner = new FakeRunner();
    private final List<VmMigrationId> woken = new CopyOnWriteArrayList<>();
    private final List<Pushed> news = new CopyOnWriteArrayList<>();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private Dispatch dispatch = dispatch(OFTEN, INITIALIZE, ALLOCATE, COMMANDS);

    @AfterEach
    void stop() {
        dispatch.close();
    }

    @Test
    void namesOneRoutePerStage() {
        dispatch.start();
        assertThat(dispatch.routes()).containsExactly("announce", "claim-due", "claim-timer", "push", "stage-allocate-volumes",
                "stage-commands",
                "stage-initialize");
    }

    @Test
    void pushesWhatIsDueExactlyOnceThroughTheRouteOfItsStage() {
        var first = runner.offer("Initialize", Pushed.Did.WAITED, Phase.WAITING);
        var second = runner.offer("AllocateVolumes", Pushed.Did.STEPPED, Phase.RUNNING);
        dispatch.start();
        await().untilAsserted(() -> assertThat(pushesThrough("stage-initialize") + pushesThrough("stage-allocate-volumes")).isEqualTo(2));
        assertThat(pushesThrough("stage-initialize")).isEqualTo(1);
        assertThat(runner.executed).containsExactlyInAnyOrder(first, second);
        assertThat(runner.parked).isEmpty();
    }

    @Test
    void aPushThatBlocksHoldsUpNoOther() throws InterruptedException {
        var release = new CountDownLatch(1);
        var blocked = VmMigrationId.random();
        runner.offer(blocked, "Initialize", () -> {
            release.await(20, TimeUnit.SECONDS);
            return new Pushed(blocked, "Initialize", Phase.RUNNING, Pushed.Did.STEPPED, null);
        });
        dispatch.start();
        await().until(() -> runner.executed.contains(blocked));
        var others = IntStream.range(0, 50).mapToObj(_ -> runner.offer("Initialize", Pushed.Did.WAITED, Phase.WAITING)).toList();
        await().atMost(Duration.ofSeconds(10)).untilAsserted(() -> assertThat(pushesThrough("stage-initialize")).isEqualTo(50));
        assertThat(runner.executed).containsAll(others);
        assertThat(release.getCount()).as("the first is still blocked").isEqualTo(1);
        release.countDown();
        await().untilAsserted(() -> assertThat(pushesThrough("stage-initialize")).isEqualTo(51));
    }

    @Test
    void aMigrationWhoseStageHasNoRouteStopsThereWithAFaultThatSaysSo() {
        dispatch.start();
        dispatch.remove(ALLOCATE);
        var stopped = runner.offer("AllocateVolumes", Pushed.Did.STEPPED, Phase.RUNNING);
        var goesOn = runner.offer("Initialize", Pushed.Did.WAITED, Phase.WAITING);
        await().untilAsserted(() -> assertThat(runner.parked).containsKey(stopped));
        assertThat(runner.parked.get(stopped)).isNotNull().satisfies(fault -> {
            assertThat(fault.is(EngineFault.STAGE_ROUTE_MISSING)).isTrue();
            assertThat(fault.what() + fault.why()).contains("AllocateVolumes", stopped.value(), "stage-allocate-volumes");
        });
        await().untilAsserted(() -> assertThat(runner.executed).containsExactly(goesOn));
    }

    @Test
    void aRouteThatNeverWasStopsItToo() {
        dispatch.close();
        dispatch = dispatch(OFTEN, INITIALIZE, COMMANDS);
        var stopped = runner.offer("AllocateVolumes", Pushed.Did.STEPPED, Phase.RUNNING);
        dispatch.start();
        await().untilAsserted(() -> assertThat(runner.parked).containsOnlyKeys(stopped));
        assertThat(runner.executed).isEmpty();
    }

    @Test
    void givesUpAPushAtItsDeadlineAndInterruptsIt() throws InterruptedException {
        dispatch.close();
        dispatch = dispatch(OFTEN, new StageRoute("Initialize", Duration.ofMillis(50)));
        var interrupted = new CountDownLatch(1);
        var stuck = VmMigrationId.random();
        runner.offer(stuck, "Initialize", () -> {
            try {
                new CountDownLatch(1).await(20, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
            return new Pushed(stuck, "Initialize", Phase.RUNNING, Pushed.Did.STEPPED, null);
        });
        dispatch.start();
        assertThat(interrupted.await(10, TimeUnit.SECONDS)).isTrue();
        await().untilAsserted(
                () -> assertThat(metrics.get("godwit.route").tags("route", "stage-initialize", "failed", "true").timer().count())
                        .isEqualTo(1));
        assertThat(runner.executed).containsExactly(stuck);
        assertThat(runner.parked).isEmpty();
    }

    @Test
    void aHintWakesTheClaimRoute() {
        dispatch.close();
        dispatch = dispatch(NEVER, INITIALIZE);
        dispatch.start();
        await().until(() -> runner.claims.get() == 1); // the timer's first
        var id = runner.offer("Initialize", Pushed.Did.WAITED, Phase.WAITING);
        dispatch.hint(id);
        await().until(() -> runner.executed.contains(id));
        assertThat(woken).containsExactly(id);
    }

    /// Who hints is a thread of a provider or of a worker's: it must not fail of a database that restarts.
    @Test
    void aHintThatTheStoreDoesNotTakeIsDropped() {
        dispatch.close();
        dispatch = new Dispatch(runner, _ -> {
            throw new FaultException(EngineFault.STORE_UNAVAILABLE, "waking failed", "the database restarts");
        }, List.of(INITIALIZE), NEVER, news::add, metrics);
        dispatch.start();
        await().until(() -> runner.claims.get() == 1);
        assertThatNoException().isThrownBy(() -> dispatch.hint(VmMigrationId.random()));
    }

    @Test
    void looksForTheNextStageAtOnceWhenOneIsDone() {
        dispatch.close();
        dispatch = dispatch(NEVER, INITIALIZE, ALLOCATE);
        var id = VmMigrationId.random();
        runner.offer(id, "Initialize", () -> {
            runner.offer(id, "AllocateVolumes", () -> new Pushed(id, "AllocateVolumes", Phase.WAITING, Pushed.Did.WAITED, null));
            return new Pushed(id, "Initialize", Phase.RUNNING, Pushed.Did.STEPPED, null);
        });
        dispatch.start();
        await().untilAsserted(() -> assertThat(runner.executed).containsExactly(id, id));
    }

    @Test
    void goesOnWhenTheStoreIsBackAndWhenAPushBroke() {
        runner.storeIsDown(true);
        dispatch.start();
        await().until(() -> runner.claims.get() > 2);
        runner.storeIsDown(false);
        var broken = runner.offer(VmMigrationId.random(), "Initialize", () -> {
            throw new IllegalStateException("a bug");
        });
        var sound = runner.offer("Initialize", Pushed.Did.STEPPED, Phase.SUCCEEDED);
        await().untilAsserted(() -> assertThat(runner.executed).containsExactlyInAnyOrder(broken, sound));
        await().untilAsserted(() -> assertThat(news).extracting(Pushed::id).containsExactly(sound));
    }

    private long pushesThrough(String route) {
        var timer = metrics.find("godwit.route").tags("route", route, "failed", "false").timer();
        return timer == null ? 0 : timer.count();
    }

    private Dispatch dispatch(Duration pollEvery, StageRoute... stages) {
        return new Dispatch(runner, woken::add, List.of(stages), pollEvery, news::add, metrics);
    }
}
