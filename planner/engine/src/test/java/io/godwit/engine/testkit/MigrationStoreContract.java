package io.godwit.engine.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.itinerary.Itineraries;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry;
import io.godwit.engine.journal.EngineEntry.AllUndone;
import io.godwit.engine.journal.EngineEntry.Commanded;
import io.godwit.engine.journal.EngineEntry.Created;
import io.godwit.engine.journal.EngineEntry.StepCompleted;
import io.godwit.engine.journal.EngineEntry.StepFaulted;
import io.godwit.engine.journal.EngineEntry.StepStarted;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.InboxCommand;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.JournalEvent;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.MigrationStore.NewVmMigration;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.Status;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.VmCount;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.engine.stage.Stages;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.model.plan.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.LongStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What every migration store is held to. Each test starts with a store that holds nothing.
public abstract class MigrationStoreContract {
    private static final Duration LONG = Duration.ofMinutes(1);
    private static final Duration SHORT = Duration.ofMillis(100);
    private static final StepPath STEP = new StepPath("0:Initialize");

    /// The same store for the whole test.
    protected abstract MigrationStore store();

    /// Another replica's store over the same data.
    protected abstract MigrationStore otherReplica();

    /// Lets the store's time pass by at least that much.
    protected abstract void pass(Duration time);

    @Test
    void numbersEventsOfAllJournalsInTheOrderOfTheirCommits() throws Exception {
        long before = store().lastEvent();
        var mine = create(plan(), "vm-1", "vm-2");
        var other = create(plan(), "vm-3");
        assertThat(store().lastEvent()).isEqualTo(before + 3);
        assertThat(store().events(before, null, 2)).extracting(JournalEvent::number).containsExactly(before + 1, before + 2);
        assertThat(store().events(before, other.id(), 9)).extracting(JournalEvent::number, JournalEvent::vmName, JournalEvent::seq)
                .containsExactly(tuple(before + 3, "vm-3", 1L));
        var leases = claim("node-1");
        var writers = atOnce(() -> write(store(), leases.get(0)), () -> write(otherReplica(), leases.get(1)));
        assertThat(writers).containsExactly(true, true);
        var seen = store().events(before, mine.id(), 1000);
        assertThat(store().events(before, null, 1000)).extracting(JournalEvent::number)
                .containsExactlyElementsOf(LongStream.rangeClosed(before + 1, before + 43).boxed().toList());
        for (var vm : store().listVms(mine.id())) {
            assertThat(seen.stream().filter(event -> event.vm().equals(vm.id()))).extracting(JournalEvent::seq)
                    .containsExactlyElementsOf(LongStream.rangeClosed(1, 21).boxed().toList());
        }
    }

    /// Whoever follows the numbers while it is written misses nothing.
    private boolean write(MigrationStore store, Lease lease) {
        long last = store.lastEvent();
        for (long seq = 2; seq <= 21; seq++) {
            assertThat(store.append(lease, append(lease, List.of(entry(seq, lease, EntryKind.FACT, new Warned("w " + seq))), List.of(),
                    List.of()))).isEqualTo(Appended.WRITTEN);
            long newest = store.lastEvent();
            assertThat(store.events(last, null, 1000).stream().map(JournalEvent::number).filter(number -> number <= newest))
                    .containsExactlyElementsOf(LongStream.rangeClosed(last + 1, newest).boxed().toList());
            last = newest;
        }
        return true;
    }

    @Test
    void countsByPhaseAndProvidersAndListsWhatHasNotEnded() {
        var before = count(Phase.QUEUED);
        var mine = create(plan(), "vm-1", "vm-2");
        var rows = store().listVms(mine.id());
        assertThat(count(Phase.QUEUED)).isEqualTo(before + 2);
        var plan = new Journal(store().journal(rows.getFirst().id())).created().plan();
        assertThat(store().countVms()).filteredOn(count -> count.phase() == Phase.QUEUED)
                .anyMatch(count -> count.sourceProvider().equals(plan.sourceProvider())
                        && count.destinationProvider().equals(plan.destinationProvider()) && count.vms() >= 2);
        assertThat(store().listUnended()).containsAll(rows);
        assertThat(store().listUnended().stream().filter(row -> row.migration().equals(mine.id()))).containsExactlyElementsOf(rows);
    }

    private int count(Phase phase) {
        return store().countVms().stream().filter(count -> count.phase() == phase).mapToInt(VmCount::vms).sum();
    }

    @Test
    public void whatWasCreatedIsFoundAndDue() {
        var plan = plan();
        var migration = create(plan, "vm-1", "vm-2");
        assertThat(store().find(migration.id())).contains(migration);
        assertThat(store().list()).containsExactly(migration);
        var rows = store().listVms(migration.id());
        assertThat(rows).extracting(VmMigrationRow::vmId).containsExactly("vm-1", "vm-2");
        assertThat(rows).allMatch(row -> row.status().phase() == Phase.QUEUED && "Initialize".equals(row.status().stage()));
        assertThat(store().findVm(rows.getFirst().id())).contains(rows.getFirst());
        var journal = store().journal(rows.getFirst().id());
        assertThat(journal).hasSize(1);
        assertThat(journal.getFirst().payload()).isInstanceOfSatisfying(Created.class,
                created -> assertThat(created.plan()).isEqualTo(plan));
        assertThat(claim("a")).extracting(Lease::id).containsExactlyInAnyOrderElementsOf(rows.stream().map(VmMigrationRow::id).toList());
    }

    @Test
    public void whatIsNotThereIsEmpty() {
        var id = VmMigrationId.from("v-none");
        assertThat(store().find(MigrationId.from("m-none"))).isEmpty();
        assertThat(store().findVm(id)).isEmpty();
        assertThat(store().journal(id)).isEmpty();
        assertThat(store().inbox(id)).isEmpty();
        assertThat(store().listVms(MigrationId.from("m-none"))).isEmpty();
        store().wake(id);
        assertFault(() -> store().command(id, Command.CANCEL), EngineFault.VM_MIGRATION_NOT_FOUND);
    }

    @Test
    public void theNewestMigrationIsListedFirst() {
        var first = create(plan(), "vm-1");
        pass(Duration.ofMillis(5));
        var second = create(plan(), "vm-1");
        assertThat(store().list()).containsExactly(second, first);
        assertThat(store().list(null, 1)).containsExactly(second);
        assertThat(store().list(second.id(), 5)).containsExactly(first);
        assertThat(store().list(first.id(), 5)).isEmpty();
        assertThat(store().list(MigrationId.from("m-none"), 5)).isEmpty();
    }

    @Test
    public void aPlanThatRunsIsNotStartedAgain() {
        var plan = plan();
        var first = create(plan, "vm-1");
        assertFault(() -> create(plan, "vm-1"), EngineFault.PLAN_ALREADY_RUNNING);
        assertThat(store().list()).as("nothing of the second start is kept").containsExactly(first);
        create(plan(), "vm-1");
    }

    @Test
    public void ofTwoStartsAtOnceOneWins() throws Exception {
        var plan = plan();
        var outcomes = atOnce(() -> start(store(), plan), () -> start(otherReplica(), plan));
        assertThat(outcomes).containsExactlyInAnyOrder(true, false);
        assertThat(store().list()).hasSize(1);
    }

    private static boolean start(MigrationStore store, Plan plan) {
        try {
            create(store, plan, null, "vm-1");
            return true;
        } catch (FaultException e) {
            assertThat(e.fault().code()).isEqualTo(EngineFault.PLAN_ALREADY_RUNNING.name());
            return false;
        }
    }

    @Test
    public void aPlanIsStartedAgainWhenEverythingOfItHasEndedAndNotWhileSomethingStandsAsFailed() {
        var plan = plan();
        var vm = only(create(plan, "vm-1"));
        fail(vm);
        assertFault(() -> create(plan, "vm-1"), EngineFault.PLAN_HAS_FAILED_MIGRATION);
        store().command(vm, Command.RETRY);
        assertFault(() -> create(plan, "vm-1"), EngineFault.PLAN_ALREADY_RUNNING);
        var lease = claim("a").getFirst();
        var entries = List.of(entry(4, lease, EntryKind.COMMANDED, new Commanded(Command.RETRY)),
                entry(5, lease, EntryKind.COMMANDED, new Commanded(Command.CANCEL)), entry(6, lease, EntryKind.UNDONE, new AllUndone()));
        assertThat(store().append(lease, new Append(entries, List.of(), true, store().inbox(vm).stream().map(InboxCommand::number).toList(),
                new Status(Phase.CANCELED, null, null, null), null, true))).isEqualTo(Appended.WRITTEN);
        create(plan, "vm-1");
    }

    @Test
    public void aLeaseKeepsOthersOutUntilItRunsOut() {
        var vm = only(create(plan(), "vm-1"));
        var first = claim("a").getFirst();
        assertThat(first.owner()).isEqualTo("a");
        assertThat(otherReplica().claimDue("b", 10, LONG)).isEmpty();
        assertThat(store().claimDue("a", 10, LONG)).as("nor the same owner again").isEmpty();
        release(first, store().now());
        var second = store().claimDue("b", 10, SHORT).getFirst();
        assertThat(second.epoch()).isGreaterThan(first.epoch());
        pass(SHORT.multipliedBy(2));
        var third = claim("a").getFirst();
        assertThat(third.id()).isEqualTo(vm);
        assertThat(third.epoch()).isGreaterThan(second.epoch());
    }

    @Test
    public void anAppendUnderAnOldEpochWritesNothing() {
        var vm = only(create(plan(), "vm-1"));
        var old = store().claimDue("a", 10, SHORT).getFirst();
        pass(SHORT.multipliedBy(2));
        var current = otherReplica().claimDue("b", 10, LONG).getFirst();
        store().command(vm, Command.CANCEL);
        var before = store().findVm(vm);
        var stale = append(old, List.of(started(2, old)), List.of(new Slot("total", 1, 20)), store().inbox(vm));
        assertThat(store().append(old, stale)).isEqualTo(Appended.STALE);
        assertThat(store().append(old, new Append(List.of(), List.of(), false, List.of(), stale.status(), store().now(), true)))
                .as("nor does it end the other's lease").isEqualTo(Appended.STALE);
        assertThat(store().journal(vm)).hasSize(1);
        assertThat(store().slots()).isEmpty();
        assertThat(store().inbox(vm)).hasSize(1);
        assertThat(store().findVm(vm)).isEqualTo(before);
        assertThat(otherReplica().append(current, append(current, List.of(started(2, current)), List.of(), List.of())))
                .isEqualTo(Appended.WRITTEN);
    }

    @Test
    public void aLeaseThatRanOutServesUntilItIsTaken() {
        create(plan(), "vm-1");
        var lease = store().claimDue("a", 10, SHORT).getFirst();
        pass(SHORT.multipliedBy(2));
        assertThat(store().append(lease, append(lease, List.of(started(2, lease)), List.of(), List.of()))).isEqualTo(Appended.WRITTEN);
    }

    @Test
    public void noNumberIsWrittenTwiceOrLeftOut() {
        var vm = only(create(plan(), "vm-1"));
        var lease = claim("a").getFirst();
        assertThat(store().append(lease, append(lease, List.of(started(1, lease)), List.of(), List.of()))).isEqualTo(Appended.STALE);
        assertThat(store().append(lease, append(lease, List.of(started(3, lease)), List.of(), List.of()))).isEqualTo(Appended.STALE);
        assertThat(store().append(lease, append(lease, List.of(started(2, lease), started(2, lease)), List.of(), List.of())))
                .isEqualTo(Appended.STALE);
        assertThat(store().journal(vm)).hasSize(1);
        assertThat(store().append(lease, append(lease, List.of(started(2, lease)), List.of(), List.of()))).isEqualTo(Appended.WRITTEN);
    }

    @Test
    public void entriesAreReadAsTheyWereWritten() {
        var vm = only(create(plan(), "vm-1"));
        var lease = claim("a").getFirst();
        var fault = Fault.of(EngineFault.SOURCE_RUNNING, "VM \"ü\\\n\u0001\u2028 \uD83D\uDC26", "");
        var entries = List.of(entry(2, lease, EntryKind.STEP_STARTED, new StepStarted(List.of(new Slot("disks", 3, 10)))),
                new JournalEntry(3, lease.epoch(), new StepPath("6[2]/0:CopyDisks"), 4, EntryKind.INTENT, "v/6[2]/0:CopyDisks/x",
                        "intended", 1,
                        new EngineEntry.Intended("make", "x"), now()),
                entry(4, lease, EntryKind.STEP_ENDED, new StepFaulted(fault, now().plusSeconds(5))));
        assertThat(store().append(lease, append(lease, entries, List.of(), List.of()))).isEqualTo(Appended.WRITTEN);
        assertThat(otherReplica().journal(vm)).hasSize(4).endsWith(entries.toArray(JournalEntry[]::new));
    }

    @Test
    public void aReleasedOneIsDueAgainWhenItSaysSo() {
        var vm = only(create(plan(), "vm-1"));
        release(claim("a").getFirst(), store().now().plus(LONG));
        assertThat(claim("a")).isEmpty();
        store().wake(vm);
        var lease = claim("a").getFirst();
        release(lease, store().now().plus(SHORT));
        pass(SHORT.multipliedBy(2));
        assertThat(claim("a")).hasSize(1);
    }

    @Test
    public void whatIsNeverDueIsWokenByACommandOnly() {
        var vm = only(create(plan(), "vm-1"));
        release(claim("a").getFirst(), null);
        store().wake(vm);
        assertThat(claim("a")).isEmpty();
        store().command(vm, Command.RETRY);
        assertThat(claim("a")).hasSize(1);
    }

    @Test
    public void aWakeOrACommandDuringAPushIsNotLost() {
        var vm = only(create(plan(), "vm-1"));
        var first = claim("a").getFirst();
        otherReplica().wake(vm);
        release(first, store().now().plus(LONG));
        var second = claim("a").getFirst();
        store().append(second, append(second, List.of(started(2, second)), List.of(), List.of()));
        otherReplica().command(vm, Command.CANCEL);
        release(second, null);
        var third = claim("a").getFirst();
        release(third, store().now().plus(LONG), store().inbox(vm));
        assertThat(claim("a")).as("what was journalled wakes no more").isEmpty();
    }

    @Test
    public void commandsStayInTheInboxUntilTheyAreJournalled() {
        var vm = only(create(plan(), "vm-1"));
        store().command(vm, Command.CUTOVER);
        store().command(vm, Command.CANCEL);
        var inbox = otherReplica().inbox(vm);
        assertThat(inbox).extracting(InboxCommand::command).containsExactly(Command.CUTOVER, Command.CANCEL);
        assertThat(inbox).isSortedAccordingTo((a, b) -> Long.compare(a.number(), b.number()));
        var lease = claim("a").getFirst();
        store().append(lease, append(lease, List.of(entry(2, lease, EntryKind.COMMANDED, new Commanded(Command.CUTOVER))), List.of(),
                List.of(inbox.getFirst())));
        assertThat(store().inbox(vm)).containsExactly(inbox.getLast());
    }

    @Test
    public void aSlotThatIsTakenIsNotTakenAgain() {
        create(plan(), "vm-1");
        create(plan(), "vm-1");
        var leases = claim("a");
        var one = new Slot("conversions", 1, 1);
        var total = new Slot("total", 1, 20);
        assertThat(start(leases.get(0), List.of(total, one))).isEqualTo(Appended.WRITTEN);
        assertThat(start(leases.get(1), List.of(total, one))).isEqualTo(Appended.SLOTS_FULL);
        assertThat(store().journal(leases.get(1).id())).as("nothing of it was written").hasSize(1);
        assertThat(store().slots()).containsExactlyInAnyOrder(new SlotUse(leases.get(0).id(), "total", 1),
                new SlotUse(leases.get(0).id(), "conversions", 1));
        var journal = new Journal(store().journal(leases.get(0).id()));
        store().append(leases.get(0),
                new Append(List.of(entry(3, leases.get(0), EntryKind.STEP_ENDED, new StepCompleted(false))), List.of(),
                        true, List.of(), journal.status(null), store().now(), true));
        assertThat(store().slots()).isEmpty();
        assertThat(start(leases.get(1), List.of(total, one))).isEqualTo(Appended.WRITTEN);
    }

    @Test
    public void whatCostsMoreThanTheLimitRunsAlone() {
        create(plan(), "vm-1");
        create(plan(), "vm-1");
        var leases = claim("a");
        assertThat(start(leases.get(0), List.of(new Slot("disks", 40, 10)))).isEqualTo(Appended.WRITTEN);
        assertThat(start(leases.get(1), List.of(new Slot("disks", 1, 10)))).isEqualTo(Appended.SLOTS_FULL);
        assertThat(start(leases.get(1), List.of(new Slot("conversions", 1, 1)))).isEqualTo(Appended.WRITTEN);
    }

    @Test
    public void ofTwoThatWantTheLastSlotAtOnceOneGetsIt() throws Exception {
        create(plan(), "vm-1");
        create(plan(), "vm-1");
        var leases = claim("a");
        var last = List.of(new Slot("conversions", 1, 1));
        var outcomes = atOnce(() -> start(store(), leases.get(0), last), () -> start(otherReplica(), leases.get(1), last));
        assertThat(outcomes).containsExactlyInAnyOrder(Appended.WRITTEN, Appended.SLOTS_FULL);
    }

    @Test
    public void whatBelongsToANodeIsClaimedByItOnly() {
        create(store(), plan(), "here", "vm-1");
        assertThat(claim("there")).isEmpty();
        assertThat(claim("here")).hasSize(1);
    }

    @Test
    public void claimsAreLimitedAndTheLongestDueComesFirst() {
        var first = only(create(plan(), "vm-1"));
        pass(Duration.ofMillis(5));
        var second = only(create(plan(), "vm-1"));
        assertThat(store().claimDue("a", 1, LONG)).extracting(Lease::id).containsExactly(first);
        assertThat(store().claimDue("a", 1, LONG)).extracting(Lease::id).containsExactly(second);
    }

    @Test
    public void twoReplicasNeverClaimTheSame() throws Exception {
        for (int i = 0; i < 20; i++) {
            create(plan(), "vm-1");
        }
        var claimed = new ArrayList<VmMigrationId>();
        for (var leases : atOnce(() -> store().claimDue("a", 20, LONG), () -> otherReplica().claimDue("b", 20, LONG))) {
            leases.forEach(lease -> claimed.add(lease.id()));
        }
        claim("a").forEach(lease -> claimed.add(lease.id())); // one that both let go in doubt
        assertThat(claimed).hasSize(20).doesNotHaveDuplicates();
    }

    @Test
    public void aDeadOwnersLeasesEndAtOnce() {
        create(plan(), "vm-1");
        var old = claim("a").getFirst();
        store().releaseLeases("b");
        assertThat(claim("a")).isEmpty();
        store().releaseLeases("a");
        assertThat(claim("a").getFirst().epoch()).isGreaterThan(old.epoch());
    }

    @Test
    public void projectionsAreRebuiltFromJournals() {
        var running = only(create(plan(), "vm-1"));
        var failed = only(create(plan(), "vm-1"));
        var queued = only(create(plan(), "vm-1"));
        fail(failed);
        store().wake(running);
        for (var lease : claim("a")) {
            if (lease.id().equals(running)) {
                assertThat(start(lease, List.of(new Slot("total", 1, 20), new Slot("disks", 2, 10)))).isEqualTo(Appended.WRITTEN);
                release(lease, store().now().plus(LONG));
            }
        }
        var before = List.of(status(running), status(failed), status(queued));
        var slots = store().slots();
        store().rebuildProjections();
        assertThat(List.of(status(running), status(failed), status(queued))).isEqualTo(before);
        assertThat(store().slots()).containsExactlyInAnyOrderElementsOf(slots).hasSize(2);
        pass(Duration.ofMillis(5));
        assertThat(claim("b")).as("what is active is due now; leases are primary data").extracting(Lease::id).containsExactly(running);
    }

    private Status status(VmMigrationId id) {
        return store().findVm(id).orElseThrow().status();
    }

    private List<Lease> claim(String owner) {
        return store().claimDue(owner, 50, LONG);
    }

    private void release(Lease lease, @Nullable Instant nextCheckAt) {
        release(lease, nextCheckAt, List.of());
    }

    private void release(Lease lease, @Nullable Instant nextCheckAt, List<InboxCommand> journalled) {
        var journal = new Journal(store().journal(lease.id()));
        var entries = new ArrayList<JournalEntry>();
        for (var command : journalled) {
            entries.add(
                    entry(journal.entries().size() + 1L + entries.size(), lease, EntryKind.COMMANDED, new Commanded(command.command())));
        }
        assertThat(store().append(lease, new Append(entries, List.of(), false, journalled.stream().map(InboxCommand::number).toList(),
                journal.plus(entries).status(null), nextCheckAt, true))).isEqualTo(Appended.WRITTEN);
    }

    private Appended start(Lease lease, List<Slot> slots) {
        return start(store(), lease, slots);
    }

    private static Appended start(MigrationStore store, Lease lease, List<Slot> slots) {
        var entries = List.of(entry(2, lease, EntryKind.STEP_STARTED, new StepStarted(slots)));
        var status = new Journal(store.journal(lease.id())).plus(entries).status(null);
        return store.append(lease, new Append(entries, slots, false, List.of(), status, store.now(), false));
    }

    private void fail(VmMigrationId id) {
        for (var lease : claim("a")) {
            if (lease.id().equals(id)) {
                var entries = List.of(started(2, lease), entry(3, lease, EntryKind.STEP_ENDED,
                        new StepFaulted(Fault.of(EngineFault.SOURCE_RUNNING, "VM", "it runs"), null)));
                var status = new Journal(store().journal(id)).plus(entries).status(null);
                assertThat(store().append(lease, new Append(entries, List.of(), true, List.of(), status, null, true)))
                        .isEqualTo(Appended.WRITTEN);
            } else {
                release(lease, store().now());
            }
        }
    }

    private Append append(Lease lease, List<JournalEntry> entries, List<Slot> take, List<InboxCommand> journalled) {
        var status = new Status(Phase.RUNNING, "Initialize", null, null);
        return new Append(entries, take, false, journalled.stream().map(InboxCommand::number).toList(), status,
                store().now(), lease.epoch() < 0);
    }

    private static JournalEntry started(long seq, Lease lease) {
        return entry(seq, lease, EntryKind.STEP_STARTED, new StepStarted(List.of()));
    }

    private static JournalEntry entry(long seq, Lease lease, EntryKind kind, Record payload) {
        var type = Stages.factTypes().typeOf(payload);
        boolean step = kind != EntryKind.COMMANDED;
        return new JournalEntry(seq, lease.epoch(), step ? STEP : StepPath.NONE, step ? 1 : 0, kind, null, type.type(), type.version(),
                payload,
                now());
    }

    private static Instant now() {
        return Instant.now().truncatedTo(ChronoUnit.MILLIS); // what every database keeps
    }

    private VmMigrationId only(MigrationRow migration) {
        var rows = store().listVms(migration.id());
        assertThat(rows).hasSize(1);
        return rows.getFirst().id();
    }

    private MigrationRow create(Plan plan, String... vms) {
        return create(store(), plan, null, vms);
    }

    private static MigrationRow create(MigrationStore store, Plan plan, @Nullable String node, String... vms) {
        var migration = new MigrationRow(MigrationId.random(), plan.id(), plan.name(), store.now().truncatedTo(ChronoUnit.MILLIS));
        var created = new ArrayList<NewVmMigration>();
        for (var vm : vms) {
            var payload = new Created(migration.id(), plan, new PlanVm(vm, vm, null, null),
                    new NetworkMapping("n-1", "nets", plan.sourceProvider(), plan.destinationProvider(),
                            List.of(new NetworkMapping.Pair("net-0", new NetworkTarget.Named("default")))),
                    new StorageMapping("s-1", "stores", plan.sourceProvider(), plan.destinationProvider(),
                            List.of(new StorageMapping.Pair("store-0", StorageTarget.DEFAULT))),
                    Itineraries.cold(plan, true));
            var entry = new JournalEntry(1, 0, StepPath.NONE, 0, EntryKind.CREATED, null, "created", 1, payload, now());
            created.add(new NewVmMigration(new VmMigrationRow(VmMigrationId.random(), migration.id(), plan.id(), vm, vm, node,
                    new Journal(List.of(entry)).status(null), store.now()), entry));
        }
        store.create(migration, created);
        return migration;
    }

    private static Plan plan() {
        var id = PlanId.random();
        return new Plan(id, "plan " + id, "a test", "pr-source", "pr-destination", "n-1", "s-1", MigrationType.COLD, "default", false, true,
                List.of(new PlanVm("vm-1", "vm-1", null, null)));
    }

    private static <T> List<T> atOnce(Callable<T> one, Callable<T> two) throws Exception {
        try (var threads = Executors.newFixedThreadPool(2)) {
            var results = new ArrayList<T>();
            for (var future : threads.invokeAll(List.of(one, two))) {
                results.add(future.get());
            }
            return results;
        }
    }

    private static void assertFault(ThrowingCallable call, EngineFault code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class,
                exception -> assertThat(exception.fault().code()).isEqualTo(code.name()));
    }
}
