package io.godwit.store;

import static io.godwit.store.JournalWriter.print;

import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.Status;
import io.godwit.model.plan.PlanId;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// A process to be killed: four threads push VM migrations through the whole store, and each prints `index seq` of what was written.
///
/// Argument: folder.
final class StoreWriter {
    private StoreWriter() {}

    static void main(String[] args) throws InterruptedException {
        var database = TestDatabase.open(new StoreSettings.Embedded(Path.of(args[0])));
        if (database.store().list().isEmpty()) {
            database.start(PlanId.random(), JournalWriter.WRITERS);
        }
        var vms = database.store().listVms(database.store().list().getFirst().id()).stream().map(row -> row.id().value()).toList();
        var threads = new java.util.ArrayList<Thread>();
        for (int each = 0; each < JournalWriter.WRITERS; each++) {
            threads.add(Thread.ofPlatform().start(() -> push(database, vms)));
        }
        for (var thread : threads) {
            thread.join();
        }
    }

    private static void push(TestDatabase database, List<String> vms) {
        while (true) {
            for (var lease : database.store().claimDue("node", 1, Duration.ofMillis(200))) { // a kill holds up the next for as long
                push(database, lease, vms.indexOf(lease.id().value()));
            }
        }
    }

    private static void push(TestDatabase database, Lease lease, int index) {
        var store = database.store();
        long seq = store.journal(lease.id()).getLast().seq() + 1;
        var slots = seq % 3 == 0 ? List.<Slot>of() : List.of(new Slot("disks", (int) (seq % 3), 5));
        var kept = new Kept(new Status(Phase.RUNNING, "stage-" + seq, null, null), slots);
        var now = store.now();
        var appended = store.append(lease,
                new Append(List.of(kept.entry(seq, lease.epoch(), "first", now), kept.entry(seq + 1, lease.epoch(), "second", now)),
                        slots, true, List.of(), kept.status(), now, true));
        if (appended == Appended.WRITTEN) {
            print(index + " " + (seq + 1));
        }
    }
}
