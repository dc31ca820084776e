package io.godwit.routes;

import io.godwit.engine.journal.Phase;
import io.godwit.engine.migration.Pushed;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// Leases what a test offers, once each, and does in a push what the test says.
final class FakeRunner implements VmMigrationRunner {
    final List<VmMigrationId> executed = new CopyOnWriteArrayList<>();
    final Map<VmMigrationId, Fault> parked = new ConcurrentHashMap<>();
    final AtomicInteger claims = new AtomicInteger();
    private final Queue<Due> due = new ConcurrentLinkedQueue<>();
    private final Map<VmMigrationId, Callable<Pushed>> pushes = new ConcurrentHashMap<>();
    private volatile boolean storeIsDown;

    VmMigrationId offer(String stage, Pushed.Did did, Phase after) {
        var id = VmMigrationId.random();
        return offer(id, stage, () -> new Pushed(id, stage, after, did, null));
    }

    VmMigrationId offer(VmMigrationId id, String stage, Callable<Pushed> push) {
        pushes.put(id, push);
        due.add(new Due(id, stage));
        return id;
    }

    void storeIsDown(boolean down) {
        storeIsDown = down;
    }

    @Override
    public List<String> stages() {
        return List.of("Initialize", "AllocateVolumes", COMMANDS);
    }

    @Override
    public List<Due> claimDue() {
        claims.incrementAndGet();
        if (storeIsDown) {
            throw new IllegalStateException("the store is down");
        }
        var leased = new ArrayList<Due>();
        for (var next = due.poll(); next != null; next = due.poll()) {
            leased.add(next);
        }
        return leased;
    }

    @Override
    public Pushed execute(VmMigrationId id) {
        executed.add(id);
        try {
            var push = pushes.get(id);
            if (push == null) {
                throw new AssertionError("nobody leased " + id);
            }
            return push.call();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public Pushed park(VmMigrationId id, Fault fault) {
        parked.put(id, fault);
        return new Pushed(id, "?", Phase.FAILED, Pushed.Did.FAULTED, fault);
    }
}
