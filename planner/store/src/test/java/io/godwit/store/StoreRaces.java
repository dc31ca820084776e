package io.godwit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.Status;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Replicas against each other, on a real database. -Dgodwit.seed=N repeats the choices, not the timing.
abstract class StoreRaces {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime() % 1_000_000);
    private static final int LIMIT = 3;
    private static final int PUSHES = Boolean.getBoolean("godwit.soak") ? 4_000 : 400;
    private static final Duration LEASE = Duration.ofMillis(40); // short: owners lose it while they work

    private TestDatabase database;

    abstract TestDatabase open() throws Exception;

    @BeforeEach
    void openDatabase() throws Exception {
        database = open();
    }

    @AfterEach
    void closeDatabase() {
        database.close();
    }

    /// What the replicas saw, to be compared with what the database kept.
    private static final class Seen {
        final Map<String, Lease> claims = new ConcurrentHashMap<>(); // "<id> <epoch>"
        final Map<String, Boolean> releasing = new ConcurrentHashMap<>();
        final ConcurrentLinkedQueue<String> written = new ConcurrentLinkedQueue<>(); // operation ids
        final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
        final AtomicInteger pushes = new AtomicInteger();
        final AtomicInteger stale = new AtomicInteger();
        final AtomicInteger full = new AtomicInteger();
    }

    @Test
    void replicasNeverHoldTheSameLeaseAndNeverExceedALimit() throws Exception {
        var ids = new ArrayList<VmMigrationId>();
        for (int plan = 0; plan < 4; plan++) {
            ids.addAll(database.start(PlanId.random(), 2));
        }
        var seen = new Seen();
        var work = new ArrayList<Callable<Void>>();
        for (int thread = 0; thread < 4; thread++) {
            var owner = "node" + thread % 2;
            var random = new Random(SEED + thread);
            work.add(() -> {
                pushUntilEnough(owner, random, seen);
                return null;
            });
        }
        var ended = new AtomicBoolean();
        var sampler = Thread.ofPlatform().start(() -> {
            while (!ended.get()) {
                checkLimits(database.store().slots(), seen);
            }
        });
        runAll(work);
        ended.set(true);
        assertThat(sampler.join(Duration.ofSeconds(20))).isTrue();

        IO.println("store race on " + database.product() + ": seed " + SEED + ", " + seen.claims.size() + " leases, " + seen.written.size()
                + " appends, " + seen.stale + " stale, " + seen.full + " without a slot");
        assertThat(seen.wrong).isEmpty();
        assertThat(seen.stale.get()).as("owners that had lost their lease").isPositive();
        assertThat(seen.full.get()).as("appends that found no slot").isPositive();
        var kept = new ArrayList<String>();
        for (var id : ids) {
            long epoch = 0;
            long seq = 0;
            for (var entry : database.store().journal(id)) {
                assertThat(entry.seq()).isEqualTo(++seq);
                assertThat(entry.epoch()).as("epochs only grow").isGreaterThanOrEqualTo(epoch);
                epoch = entry.epoch();
                if (seq > 1) {
                    kept.add(entry.operationId());
                }
            }
        }
        assertThat(kept).as("what was acknowledged, and nothing else").containsExactlyInAnyOrderElementsOf(seen.written);
        holdSlot(); // the last of the race may have released all
        assertRebuilds(ids);
    }

    private void holdSlot() {
        var store = database.store();
        if (!store.slots().isEmpty()) {
            return;
        }
        var lease = org.awaitility.Awaitility.await().until(() -> store.claimDue("node0", 1, Duration.ofSeconds(30)),
                leases -> !leases.isEmpty()).getFirst();
        var slots = List.of(new Slot("conversions", 1, LIMIT));
        var holder = new Kept(new Status(Phase.RUNNING, "Work", null, null), slots);
        var entry = holder.entry(store.journal(lease.id()).getLast().seq() + 1, lease.epoch(), "hold", store.now());
        assertThat(store.append(lease, new Append(List.of(entry), slots, true, List.of(), holder.status(), null, true)))
                .isEqualTo(Appended.WRITTEN);
    }

    private void pushUntilEnough(String owner, Random random, Seen seen) {
        var store = database.store();
        while (seen.pushes.get() < PUSHES) {
            for (var lease : store.claimDue(owner, 2, LEASE)) {
                seen.pushes.incrementAndGet();
                checkClaim(lease, store.now(), seen);
                var journal = store.journal(lease.id());
                long seq = journal.getLast().seq();
                var before = (Kept) journal.getLast().payload();
                for (int appends = 1 + random.nextInt(2); appends > 0; appends--) {
                    if (random.nextInt(6) == 0) {
                        break; // this replica dies here
                    }
                    if (random.nextInt(6) == 0) {
                        awaitEndOf(lease);
                    }
                    boolean release = appends == 1;
                    var next = append(lease, seq, before, release, random, seen);
                    if (next == null) {
                        break;
                    }
                    before = next;
                    seq++;
                }
            }
        }
    }

    private @Nullable Kept append(Lease lease, long seq, Kept before, boolean release, Random random, Seen seen) {
        boolean take = before.slots().isEmpty() || random.nextBoolean();
        var slots = take
                ? List.of(new Slot("conversions", random.nextInt(8) == 0 ? LIMIT + 1 : 1 + random.nextInt(2), LIMIT))
                : List.<Slot>of();
        var after = new Kept(new Status(take ? Phase.RUNNING : Phase.WAITING, "Work", null, null), slots);
        var now = database.store().now();
        var operation = lease.id() + "/" + lease.epoch() + "/" + (seq + 1) + "/" + random.nextLong();
        if (release) {
            seen.releasing.put(lease.id() + " " + lease.epoch(), true);
        }
        var appended = database.store()
                .append(lease,
                        new Append(List.of(after.entry(seq + 1, lease.epoch(), operation, now)), slots, true, List.of(), after.status(),
                                now,
                                release));
        switch (appended) {
            case WRITTEN -> seen.written.add(operation);
            case STALE -> seen.stale.incrementAndGet();
            case SLOTS_FULL -> seen.full.incrementAndGet();
        }
        return appended == Appended.WRITTEN ? after : null;
    }

    private void awaitEndOf(Lease lease) {
        org.awaitility.Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> database.store().now().isAfter(lease.until()));
    }

    private static void checkClaim(Lease lease, Instant now, Seen seen) {
        if (seen.claims.put(lease.id() + " " + lease.epoch(), lease) != null) {
            seen.wrong.add("claimed twice: " + lease);
        }
        var key = lease.id() + " " + (lease.epoch() - 1);
        var last = seen.claims.get(key);
        if (last != null && now.isBefore(last.until()) && !seen.releasing.containsKey(key)) {
            seen.wrong.add("claimed " + lease + " while " + last + " ran");
        }
    }

    private static void checkLimits(List<SlotUse> slots, Seen seen) {
        int used = slots.stream().mapToInt(SlotUse::cost).sum();
        if (used > LIMIT && slots.size() > 1) {
            seen.wrong.add("limit exceeded: " + slots);
        }
    }

    private void assertRebuilds(List<VmMigrationId> ids) throws Exception {
        var rows = new HashMap<VmMigrationId, Status>();
        ids.forEach(id -> rows.put(id, database.store().findVm(id).map(VmMigrationRow::status).orElseThrow()));
        var slots = database.store().slots();
        assertThat(slots).isNotEmpty();
        database.execute("update vm_status set phase = 'FAILED', stage = 'Wrong'");
        database.execute("delete from slot");
        database.execute("delete from vm_status where phase = 'FAILED'");
        database.store().rebuildProjections();
        assertThat(database.store().slots()).containsExactlyInAnyOrderElementsOf(slots);
        ids.forEach(id -> assertThat(database.store().findVm(id).map(VmMigrationRow::status)).contains(rows.get(id)));
    }

    @Test
    void onlyOneOfTwoStartsOfAPlanSucceeds() throws Exception {
        for (int round = 0; round < 10; round++) {
            var plan = PlanId.random();
            var barrier = new CyclicBarrier(3);
            var outcomes = runAll(java.util.Collections.nCopies(3, () -> {
                barrier.await(20, SECONDS);
                try {
                    return database.start(plan, 2).isEmpty() ? "empty" : "started";
                } catch (FaultException e) {
                    return e.fault().code();
                }
            }));
            assertThat(outcomes).containsExactlyInAnyOrder("started", EngineFault.PLAN_ALREADY_RUNNING.name(),
                    EngineFault.PLAN_ALREADY_RUNNING.name());
        }
    }

    @Test
    void ofARetryAndAStartTheStartIsRefused() throws Exception {
        for (int round = 0; round < 10; round++) {
            var plan = PlanId.random();
            var failed = database.start(plan, 1).getFirst();
            fail(failed);
            var barrier = new CyclicBarrier(2);
            Callable<String> retry = () -> {
                barrier.await(20, SECONDS);
                database.store().command(failed, Command.RETRY);
                return "done";
            };
            Callable<String> start = () -> {
                barrier.await(20, SECONDS);
                database.start(plan, 1);
                return "done";
            };
            var outcomes = runAll(List.of(faultAsText(retry), faultAsText(start)));
            assertThat(outcomes.getFirst()).isEqualTo("done");
            assertThat(outcomes.getLast()).isIn(EngineFault.PLAN_ALREADY_RUNNING.name(), EngineFault.PLAN_HAS_FAILED_MIGRATION.name());
        }
    }

    private void fail(VmMigrationId id) {
        var store = database.store();
        var lease = store.claimDue("node0", 100, Duration.ofSeconds(30)).stream().filter(each -> each.id().equals(id)).findFirst()
                .orElseThrow();
        var failed = new Kept(new Status(Phase.FAILED, "Work", null, "X"), List.of());
        assertThat(store.append(lease, new Append(List.of(failed.entry(2, lease.epoch(), "fail", store.now())), List.of(), true, List.of(),
                failed.status(), null, true))).isEqualTo(Appended.WRITTEN);
    }

    private static Callable<String> faultAsText(Callable<String> work) {
        return () -> {
            try {
                return work.call();
            } catch (FaultException e) {
                return e.fault().code();
            }
        };
    }

    private static <T> List<T> runAll(List<Callable<T>> work) throws Exception {
        try (var threads = Executors.newFixedThreadPool(work.size())) {
            var results = new ArrayList<T>();
            for (var each : threads.invokeAll(work, 120, SECONDS)) {
                results.add(each.get());
            }
            return results;
        }
    }
}
