package io.godwit.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.limit.CopyLimits.UnderLimits;
import io.godwit.engine.limit.FluidPool.Flow;
import io.godwit.engine.stage.Providers;
import io.godwit.engine.testkit.InMemoryCatalogStore;
import io.godwit.model.disk.JobName;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.Bounds;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.limit.LimitScope;
import io.godwit.model.limit.LimitWindow;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.testkit.FakeDestination;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/// In virtual time, with copies that flow.
class CopyLimiterTest {
    private static final double MIB = 1 << 20;

    /// Nodes over one ledger, copies in one pool, and what people set.
    private static final class World {
        Instant now = Instant.parse("2026-01-05T07:00:00Z"); // a Monday
        final FluidPool pool = new FluidPool(now);
        final InMemoryCatalogStore catalog = new InMemoryCatalogStore(_ -> false);
        final Map<String, List<CopyGrant>> ledger = new HashMap<>();
        final Map<String, CopyLimiter> nodes = new HashMap<>();
        final Map<String, Boolean> wanted = new HashMap<>();
        private int ticks;
        private int made;
        private boolean check = true;
        private boolean ledgerDown;

        World() {
            for (var id : List.of("s-1", "s-2", "d-1")) {
                catalog.createProvider(new ProviderRow(id, id, id.startsWith("s") ? Role.SOURCE : Role.DESTINATION, "x", "/", Map.of(),
                        Map.of(), null));
            }
        }

        CopyLimiter node(String name) {
            return nodes.computeIfAbsent(name, this::open);
        }

        CopyLimiter open(String name) {
            var destination = new FakeDestination(pool);
            var providers = new Providers() {
                @Override
                public SourceProvider source(String id) {
                    throw new UnsupportedOperationException(id);
                }

                @Override
                public DestinationProvider destination(String id) {
                    if (id.equals("gone")) {
                        throw new FaultException(EngineFault.PROVIDER_NOT_FOUND, "provider " + id, "there is none of that id");
                    }
                    return destination;
                }

                @Override
                public Map<String, String> guestKeys(PlanId plan, String vm) {
                    return Map.of();
                }
            };
            var shared = new GrantLedger() {
                @Override
                public List<CopyGrant> settle(String node, UnaryOperator<List<CopyGrant>> decide) {
                    if (ledgerDown) {
                        var _ = decide.apply(List.of());
                        throw new FaultException(EngineFault.STORE_UNAVAILABLE, "the ledger", "it is down");
                    }
                    var own = decide.apply(ledger.entrySet().stream().filter(each -> !each.getKey().equals(node))
                            .flatMap(each -> each.getValue().stream()).toList());
                    ledger.put(node, own);
                    return own;
                }
            };
            return new CopyLimiter(new CopyLimiter.Surroundings(catalog, providers, shared, name, () -> now,
                    () -> pool.flows.values().stream().map(flow -> flow.job).filter(job -> job.plan().equals(name)).toList(), Runnable::run,
                    () -> wanted.put(name, true)));
        }

        /// The server of that node dies; its workers go on.
        void kill(String name) {
            nodes.remove(name);
        }

        void limit(String name, LimitScope scope, double mib) {
            catalog.putLimit(new CopyLimit(name, scope, new Bounds((long) (mib * MIB), 0, 0), List.of()));
            nodes.values().forEach(CopyLimiter::changed);
        }

        CopyJob job(String node, String source, String host) {
            made++;
            return new CopyJob(new VmMigrationId("v-" + made), new JobName("copy-" + made), node, "vm-" + made, source, host, "d-1",
                    List.of("disk-0"));
        }

        Flow start(String source, String host, DoubleUnaryOperator speed) {
            return start("a", source, host, speed);
        }

        Flow start(String node, String source, String host, DoubleUnaryOperator speed) {
            var job = job(node, source, host);
            return pool.start(job, speed, node(node).admit(job));
        }

        void end(Flow flow) {
            pool.flows.remove(flow.job.vmMigration());
            nodes.values().forEach(node -> node.mayHaveEnded(flow.job.vmMigration())); // as the next push says
        }

        void run(double seconds) {
            for (int i = 0; i < seconds * 20; i++) {
                for (var node : List.copyOf(nodes.keySet())) {
                    boolean due = ticks % 10 == Math.floorMod(node.hashCode(), 10);
                    for (int round = 0; round < 5 && (due || wanted.getOrDefault(node, false)); round++) {
                        wanted.put(node, false);
                        due = false;
                        node(node).pass();
                    }
                }
                now = now.plus(FluidPool.TICK);
                ticks++;
                pool.tick();
                if (check) {
                    requireKept();
                }
            }
        }

        /// No limit is passed, by nobody together.
        void requireKept() {
            for (var limit : catalog.listLimits()) {
                var bounds = limit.at(now.minus(Duration.ofMillis(600))); // a window is noticed by the next pass
                var after = limit.at(now);
                if (bounds.equals(after) && bounds.bytesPerSecond() > 0) {
                    assertThat(pool.rate(in(limit.scope()))).as("%s at %s", limit, now).isLessThanOrEqualTo(bounds.bytesPerSecond() + 20.0);
                }
            }
        }

        Stream<Flow> in(LimitScope scope) {
            return pool.flows.values().stream().filter(flow -> flow.job.isIn(scope));
        }

        /// Bytes per second over that time.
        double mean(double seconds, Flow flow) {
            double before = flow.bytes;
            run(seconds);
            return (flow.bytes - before) / seconds;
        }

        double meanOfAll(double seconds) {
            double before = pool.flows.values().stream().mapToDouble(flow -> flow.bytes).sum();
            run(seconds);
            return (pool.flows.values().stream().mapToDouble(flow -> flow.bytes).sum() - before) / seconds;
        }
    }

    private final World world = new World();

    private static double greedy(double second) {
        return 10_000 * MIB;
    }

    @Test
    void withoutLimitsNothingIsSaid() {
        var flow = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(10);
        assertThat(flow.share).isEqualTo(CopyShare.UNLIMITED);
        assertThat(world.pool.told).isZero();
        assertThat(world.node("a").of(flow.job.vmMigration())).isEmpty();
        world.end(flow);
        world.run(10);
        assertThat(world.node("a").pass()).as("nothing more to look at").isFalse();
    }

    @Test
    void equalCopiesShareEquallyAndWhatOneCannotUseGoesToTheOthers() {
        world.limit("all", new LimitScope.Total(), 100);
        var slow = world.start("s-1", "esx1", _ -> 10 * MIB);
        var one = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        var other = world.start("s-2", "esx2", CopyLimiterTest::greedy);
        world.run(5);
        assertThat(world.mean(20, one)).isCloseTo(45 * MIB, withPercentage(1));
        assertThat(slow.rate).isEqualTo(10 * MIB);
        assertThat(other.rate).isCloseTo(45 * MIB, withPercentage(1));
        assertThat(world.meanOfAll(20)).isCloseTo(100 * MIB, withPercentage(1));
    }

    @Test
    void aNewCopyIsUnderItsShareFromItsFirstByteAndHasItWithinASecond() {
        world.limit("all", new LimitScope.Total(), 100);
        var first = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        assertThat(first.share.bytesPerSecond()).isEqualTo((long) (100 * MIB));
        world.run(5);
        var second = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        assertThat(second.share.bytesPerSecond()).as("nothing was left").isEqualTo(1);
        world.run(1);
        assertThat(second.rate).isCloseTo(50 * MIB, withPercentage(1));
        assertThat(first.rate).isCloseTo(50 * MIB, withPercentage(1));
    }

    @Test
    void whoEndsGivesItsShareToTheOthers() {
        world.limit("all", new LimitScope.Total(), 100);
        var first = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        var second = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        world.end(first);
        world.run(1);
        assertThat(second.rate).isCloseTo(100 * MIB, withPercentage(1));
    }

    @Test
    void aChangeTakesEffectWithinASecond() {
        world.limit("all", new LimitScope.Total(), 100);
        var flow = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        var other = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        for (var mib : List.of(10, 300, 1, 100)) {
            world.limit("all", new LimitScope.Total(), mib);
            world.run(1);
            assertThat(flow.rate + other.rate).isCloseTo(mib * MIB, withPercentage(0.5));
        }
        world.catalog.deleteLimit("all");
        world.node("a").changed();
        world.run(1);
        assertThat(flow.share).isEqualTo(CopyShare.UNLIMITED);
        int told = world.pool.told;
        world.run(10);
        assertThat(world.pool.told).as("nothing is said where nothing is limited").isEqualTo(told);
    }

    @Test
    void theTightestOfAllScopesBindsAndIsNamed() {
        world.limit("all", new LimitScope.Total(), 100);
        world.limit("wan", new LimitScope.Link(List.of("s-1", "s-2")), 60);
        world.limit("esx1", new LimitScope.SourceHost("s-1", "esx1"), 20);
        var here = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        var there = world.start("s-1", "esx2", CopyLimiterTest::greedy);
        var slow = world.start("s-2", "esx1", _ -> 5 * MIB);
        world.run(5);
        assertThat(here.rate).isCloseTo(20 * MIB, withPercentage(1));
        assertThat(there.rate).isCloseTo(35 * MIB, withPercentage(1));
        assertThat(slow.rate).isEqualTo(5 * MIB);
        assertThat(under(here).bytesBoundBy()).isEqualTo("esx1");
        assertThat(under(here).limits()).containsExactly("all", "esx1", "wan");
        assertThat(under(there).bytesBoundBy()).isEqualTo("wan");
        assertThat(under(slow).bytesBoundBy()).isNull();
    }

    private UnderLimits under(Flow flow) {
        return world.node("a").of(flow.job.vmMigration()).orElseThrow();
    }

    @Test
    void limitsOfVmAndDiskAndTheLatencyBoundArePassedOn() {
        var job = world.job("a", "s-1", "esx1");
        var two = new CopyJob(job.vmMigration(), job.name(), job.plan(), job.vm(), job.source(), job.host(), job.destination(),
                List.of("disk-0", "disk-1"));
        var limits = List.of(
                new CopyLimit("all", new LimitScope.Total(), new Bounds(0, 0, 50), List.of()),
                new CopyLimit("disk", new LimitScope.Disk("a", job.vm(), "disk-1"), new Bounds(1000, 0.5, 0), List.of()),
                new CopyLimit("vm", new LimitScope.Vm("a", job.vm()), new Bounds(5000, 3, 20), List.of()),
                new CopyLimit("vm-of-others", new LimitScope.Vm("b", job.vm()), new Bounds(1, 1, 1), List.of()));
        var inForce = Division.InForce.of(limits, world.now);
        var part = Division.of(inForce, List.of(new CopyGrant(two, Rates.UNLIMITED, Rates.NOTHING, false))).getFirst();
        assertThat(Division.share(part.now(), inForce, two))
                .isEqualTo(new CopyShare(5000, 3, 20, Map.of("disk-1", new CopyShare.Rate(1000, 0.5))));
        var one = Division.of(inForce, List.of(new CopyGrant(
                new CopyJob(job.vmMigration(), job.name(), "a", job.vm(), "s-1", null, "d-1", List.of("disk-1")), Rates.UNLIMITED,
                Rates.NOTHING, false))).getFirst();
        assertThat(one.fair().bytesPerSecond()).as("a VM whose only disk is limited").isEqualTo(1000);
        assertThat(one.bytesBoundBy()).isEqualTo("disk");
    }

    @Test
    void requestsAreDividedToo() {
        world.catalog.putLimit(new CopyLimit("iops", new LimitScope.Total(), new Bounds(0, 400, 0), List.of()));
        var slow = world.start("s-1", "esx1", _ -> 50 * FluidPool.REQUEST);
        var fast = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        assertThat(world.mean(10, fast) / FluidPool.REQUEST).isCloseTo(350, withPercentage(2));
        assertThat(slow.rate / FluidPool.REQUEST).isEqualTo(50);
        assertThat(under(fast).requestsBoundBy()).isEqualTo("iops");
        assertThat(under(fast).bytesBoundBy()).isNull();
    }

    @Test
    void aWindowIsInForceWhileItIsOn() {
        var morning = new LimitWindow(List.of(DayOfWeek.MONDAY), LocalTime.of(7, 1), LocalTime.of(7, 2), ZoneOffset.UTC,
                new Bounds((long) (10 * MIB), 0, 0));
        world.catalog.putLimit(new CopyLimit("wan", new LimitScope.Total(), new Bounds((long) (50 * MIB), 0, 0), List.of(morning)));
        var flow = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(59);
        assertThat(flow.rate).isCloseTo(50 * MIB, withPercentage(0.5));
        world.run(2);
        assertThat(flow.rate).isCloseTo(10 * MIB, withPercentage(0.5));
        world.run(60);
        assertThat(flow.rate).isCloseTo(50 * MIB, withPercentage(0.5));
    }

    @Test
    void whoCannotBeToldKeepsWhatItHoldsAndNobodyElseGetsThat() {
        world.limit("all", new LimitScope.Total(), 100);
        var deaf = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        deaf.reachable = false;
        var other = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(30);
        assertThat(deaf.rate + other.rate).isCloseTo(100 * MIB, withPercentage(0.5));
        deaf.reachable = true;
        world.run(3);
        assertThat(other.rate).isCloseTo(50 * MIB, withPercentage(1));
        deaf.reachable = false;
        world.check = false;
        world.limit("all", new LimitScope.Total(), 80);
        world.run(10);
        assertThat(deaf.rate).isCloseTo(50 * MIB, withPercentage(1));
        assertThat(deaf.rate + other.rate).as("the others make room").isCloseTo(80 * MIB, withPercentage(1));
    }

    @Test
    void theNextServerGoesOnWithWhatItsWorkersWereTold() {
        world.limit("all", new LimitScope.Total(), 100);
        var first = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        var second = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        world.kill("a");
        world.run(5);
        world.limit("all", new LimitScope.Total(), 60);
        world.check = false; // nobody is there to tell it
        world.node("a");
        world.run(2);
        world.check = true;
        assertThat(first.rate).isCloseTo(30 * MIB, withPercentage(1));
        assertThat(second.rate).isCloseTo(30 * MIB, withPercentage(1));
        var third = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(2);
        assertThat(third.rate).isCloseTo(20 * MIB, withPercentage(1));
    }

    @Test
    void aWorkerThatTakesLongToStartIsWaitedFor() {
        world.limit("all", new LimitScope.Total(), 100);
        var first = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        var job = world.job("a", "s-1", "esx1");
        var share = world.node("a").admit(job);
        world.run(15);
        assertThat(first.rate).as("its share is kept for it").isCloseTo(50 * MIB, withPercentage(1));
        var second = world.pool.start(job, CopyLimiterTest::greedy, share);
        world.run(3);
        assertThat(second.rate).isCloseTo(50 * MIB, withPercentage(1));
        assertThat(first.rate).isCloseTo(50 * MIB, withPercentage(1));
        world.node("a").admit(world.job("a", "s-1", "esx1"));
        world.run(20);
        assertThat(first.rate).isCloseTo(100 * MIB / 3, withPercentage(1));
        world.run(20);
        assertThat(first.rate).as("one that never starts gives back what was kept").isCloseTo(50 * MIB, withPercentage(1));
    }

    @Test
    void theNextServerClearsTheLedgerOfWhatHasEnded() {
        world.limit("all", new LimitScope.Total(), 100);
        var flow = world.start("a", "s-1", "esx1", CopyLimiterTest::greedy);
        world.run(2);
        world.kill("a");
        world.end(flow);
        assertThat(world.ledger.get("a")).hasSize(1);
        world.node("a");
        world.run(2);
        assertThat(world.ledger.get("a")).isEmpty();
    }

    @Test
    void aPoolThatFailsInAnyWayIsAskedAgain() {
        world.limit("all", new LimitScope.Total(), 100);
        var flow = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(2);
        world.pool.broken = true;
        world.limit("all", new LimitScope.Total(), 120);
        world.run(3);
        assertThat(flow.rate).isCloseTo(100 * MIB, withPercentage(1));
        world.pool.broken = false;
        world.run(3);
        assertThat(flow.rate).isCloseTo(120 * MIB, withPercentage(1));
    }

    @Test
    void whatTheLedgerDidNotKeepIsNotGivenAway() {
        world.limit("all", new LimitScope.Total(), 100);
        var first = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        var second = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        world.limit("all", new LimitScope.Total(), 200);
        world.ledgerDown = true;
        assertThatThrownBy(() -> world.run(1)).isInstanceOf(FaultException.class);
        assertThat(first.share.bytesPerSecond()).isEqualTo((long) (50 * MIB));
        assertThatThrownBy(() -> world.start("s-1", "esx1", CopyLimiterTest::greedy)).as("no copy starts unlimited")
                .isInstanceOf(FaultException.class);
        world.ledgerDown = false;
        world.run(4);
        assertThat(first.rate).isCloseTo(100 * MIB, withPercentage(1));
        assertThat(second.rate).isCloseTo(100 * MIB, withPercentage(1));
    }

    @Test
    void aDestinationThatCannotBeReachedStopsNobodyElse() {
        world.limit("all", new LimitScope.Total(), 100);
        var flow = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        world.limit("all", new LimitScope.Total(), 50);
        var job = world.job("a", "s-2", "esx2");
        world.node("a")
                .running(new CopyJob(job.vmMigration(), job.name(), job.plan(), job.vm(), job.source(), job.host(), "gone", job.disks()));
        world.run(10);
        assertThat(flow.rate).as("half is due to whom nobody can ask").isCloseTo(25 * MIB, withPercentage(1));
    }

    @Test
    void aCopyThatNobodyCanAskIsCountedWithWhatIsDueToIt() {
        world.limit("all", new LimitScope.Total(), 100);
        var lost = world.job("a", "s-1", "esx1");
        world.node("a");
        world.nodes.clear();
        world.pool.start(lost, CopyLimiterTest::greedy, new CopyShare((long) (50 * MIB), 0, 0, Map.of())).reachable = false;
        var flow = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.check = false;
        world.pool.silent = true;
        world.run(10);
        assertThat(flow.rate).isCloseTo(50 * MIB, withPercentage(1));
    }

    @Test
    void nodesOverOneDatabaseKeepTheLimitTogether() {
        world.limit("all", new LimitScope.Total(), 90);
        var slow = world.start("a", "s-1", "esx1", _ -> 10 * MIB);
        var greedy = world.start("a", "s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        assertThat(greedy.rate).isCloseTo(80 * MIB, withPercentage(1));
        var elsewhere = world.start("b", "s-2", "esx9", CopyLimiterTest::greedy);
        world.run(3);
        assertThat(elsewhere.rate).isCloseTo(40 * MIB, withPercentage(1));
        assertThat(greedy.rate).isCloseTo(40 * MIB, withPercentage(1));
        assertThat(slow.rate).isEqualTo(10 * MIB);
        world.kill("a"); // its workers go on
        var late = world.start("b", "s-2", "esx9", CopyLimiterTest::greedy);
        world.run(10);
        assertThat(elsewhere.rate + late.rate).as("what the dead node's copies hold is theirs").isCloseTo(40 * MIB, withPercentage(1));
    }

    /// Sources that vary by a twentieth cost no more than as much.
    @Test
    void sourcesThatVaryLeaveLittleUnused() {
        world.limit("all", new LimitScope.Total(), 100);
        var random = new Random(7);
        for (int i = 0; i < 4; i++) {
            world.start("s-1", "esx1", _ -> (15 + random.nextDouble(-0.75, 0.75)) * MIB);
        }
        world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(5);
        assertThat(world.meanOfAll(60)).isCloseTo(100 * MIB, withPercentage(5));
    }

    @Test
    void aCopyThatReadsAgainAfterAPauseHasItsShareSoon() {
        world.limit("all", new LimitScope.Total(), 100);
        var pausing = world.start("s-1", "esx1", second -> second < 10 || second > 20 ? 10_000 * MIB : 0);
        var other = world.start("s-1", "esx1", CopyLimiterTest::greedy);
        world.run(18);
        assertThat(other.rate).isCloseTo(100 * MIB, withPercentage(1));
        world.run(4);
        assertThat(pausing.rate).isCloseTo(50 * MIB, withPercentage(1));
        assertThat(other.rate).isCloseTo(50 * MIB, withPercentage(1));
    }

    /// Copies come and go under several limits: none is ever passed, each copy has what max-min fairness gives it, nothing of a limit that binds is left but 2 %,
    /// and when nothing changes nothing is said.
    @Property(tries = 150)
    void isFairExactAndStableUnderAnyLimits(@ForAll long seed) {
        var random = new Random(seed);
        var any = new World();
        any.limit("all", new LimitScope.Total(), 20 + random.nextInt(200));
        if (random.nextBoolean()) {
            any.limit("wan", new LimitScope.Link(List.of("s-1")), 5 + random.nextInt(100));
        }
        if (random.nextBoolean()) {
            any.limit("esx1", new LimitScope.SourceHost("s-1", "esx1"), 1 + random.nextInt(50));
        }
        var flows = new ArrayList<Flow>();
        var speeds = new HashMap<Flow, Double>();
        for (int event = 0; event < 12; event++) {
            if (flows.isEmpty() || random.nextInt(3) > 0) {
                double speed = random.nextBoolean() ? 10_000 * MIB : (0.5 + random.nextDouble(60)) * MIB;
                var flow = any.start(random.nextBoolean() ? "s-1" : "s-2", random.nextBoolean() ? "esx1" : "esx2", _ -> speed);
                flows.add(flow);
                speeds.put(flow, speed);
            } else {
                any.end(flows.remove(random.nextInt(flows.size())));
            }
            any.run(random.nextDouble(3));
        }
        any.run(10);
        int told = any.pool.told;
        any.run(10);
        assertThat(any.pool.told).as("nothing changes").isEqualTo(told);
        var limits = Division.InForce.of(any.catalog.listLimits(), any.now);
        var due = Division.of(limits, flows.stream()
                .map(flow -> new CopyGrant(flow.job, new Rates(speeds.getOrDefault(flow, 0.0), 0), Rates.NOTHING, false)).toList());
        double total = any.catalog.findLimit("all").orElseThrow().bounds().bytesPerSecond();
        for (int i = 0; i < flows.size(); i++) {
            assertThat(flows.get(i).rate).as("%s of %s", i, due).isCloseTo(
                    Math.min(due.get(i).fair().bytesPerSecond(), speeds.getOrDefault(flows.get(i), 0.0)),
                    within(total * 0.02));
        }
        for (var limit : any.catalog.listLimits()) {
            if (due.stream().anyMatch(part -> limit.name().equals(part.bytesBoundBy()))) {
                assertThat(any.pool.rate(any.in(limit.scope()))).as("%s", limit).isCloseTo((double) limit.bounds().bytesPerSecond(),
                        withPercentage(2));
            }
        }
    }
}
