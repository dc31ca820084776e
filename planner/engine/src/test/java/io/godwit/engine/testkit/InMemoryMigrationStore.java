package io.godwit.engine.testkit;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.InboxCommand;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.JournalEvent;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.Status;
import io.godwit.engine.journal.VmCount;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps everything in memory, by the rules of the port. Open for mutants that break one of them.
public class InMemoryMigrationStore implements MigrationStore {
    /// All that is known of one VM migration.
    protected static final class Vm {
        final VmMigrationRow first;
        final List<JournalEntry> entries = new ArrayList<>();
        final List<InboxCommand> inbox = new ArrayList<>();
        final List<Slot> slots = new ArrayList<>();
        Status status;
        @Nullable
        Instant nextCheckAt;
        boolean woken;
        long epoch;
        String owner = "";
        Instant until = Instant.MIN;

        Vm(NewVmMigration created) {
            first = created.row();
            status = created.row().status();
            nextCheckAt = created.row().nextCheckAt();
            entries.add(created.created());
        }

        VmMigrationRow row() {
            return new VmMigrationRow(first.id(), first.migration(), first.plan(), first.vmId(), first.vmName(), first.node(), status,
                    nextCheckAt);
        }

        /// The entries that were acknowledged.
        public List<JournalEntry> entries() {
            return entries;
        }

        /// The newest epoch that was given out.
        public long epoch() {
            return epoch;
        }
    }

    private final Map<MigrationId, MigrationRow> migrations = new LinkedHashMap<>();
    private final Map<VmMigrationId, Vm> vms = new LinkedHashMap<>();
    private final InstantSource clock;
    private final List<JournalEvent> events = new ArrayList<>();
    private long commands;

    public InMemoryMigrationStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public synchronized void create(MigrationRow migration, List<NewVmMigration> created) {
        requireNotRunning(migration.plan(), migration.id());
        if (vms.values().stream().anyMatch(vm -> vm.first.plan().equals(migration.plan()) && !vm.status.phase().ended())) {
            throw new FaultException(EngineFault.PLAN_HAS_FAILED_MIGRATION, "plan " + migration.plan(), "a VM migration of it has failed");
        }
        migrations.put(migration.id(), migration);
        for (var each : created) {
            var vm = new Vm(each);
            vms.put(each.row().id(), vm);
            event(vm, each.created());
        }
    }

    private void requireNotRunning(PlanId plan, MigrationId but) {
        for (var vm : vms.values()) {
            if (vm.first.plan().equals(plan) && !vm.first.migration().equals(but)
                    && (vm.status.phase().active() || vm.inbox.stream().anyMatch(each -> each.command() == Command.RETRY))) {
                throw new FaultException(EngineFault.PLAN_ALREADY_RUNNING, "plan " + plan,
                        "VM " + vm.first.vmName() + " of migration " + vm.first.migration() + " is " + vm.status.phase());
            }
        }
    }

    @Override
    public synchronized List<Lease> claimDue(String owner, int limit, Duration leaseTime) {
        var now = now();
        var due = vms.values().stream()
                .filter(vm -> vm.nextCheckAt != null && !vm.nextCheckAt.isAfter(now) && !vm.until.isAfter(now))
                .filter(vm -> vm.first.node() == null || vm.first.node().equals(owner))
                .sorted(Comparator.comparing((Vm vm) -> vm.nextCheckAt == null ? Instant.MAX : vm.nextCheckAt)).limit(limit).toList();
        return due.stream().map(vm -> {
            vm.owner = owner;
            vm.epoch++;
            vm.until = now.plus(leaseTime);
            vm.woken = false;
            return new Lease(vm.first.id(), owner, vm.epoch, vm.until);
        }).toList();
    }

    @Override
    public synchronized void releaseLeases(String deadOwner) {
        vms.values().stream().filter(vm -> vm.owner.equals(deadOwner)).forEach(vm -> vm.until = Instant.MIN);
    }

    @Override
    public synchronized Appended append(Lease lease, Append append) {
        var vm = require(lease.id());
        if (stale(vm, lease)) {
            return Appended.STALE;
        }
        long next = vm.entries.size() + 1L;
        for (var entry : append.entries()) {
            if (entry.seq() != next++) {
                return Appended.STALE;
            }
        }
        for (var slot : append.take()) {
            int used = vms.values().stream().filter(each -> !(append.freeSlots() && each == vm)).flatMap(each -> each.slots.stream())
                    .filter(each -> each.pool().equals(slot.pool())).mapToInt(Slot::cost).sum();
            if (!slot.fits(used)) {
                return Appended.SLOTS_FULL;
            }
        }
        if (append.freeSlots()) {
            free(vm);
        }
        vm.slots.addAll(append.take());
        vm.entries.addAll(append.entries());
        append.entries().forEach(entry -> event(vm, entry));
        vm.inbox.removeIf(command -> append.journalled().contains(command.number()));
        vm.status = append.status();
        vm.nextCheckAt = vm.woken || !vm.inbox.isEmpty() ? now() : append.nextCheckAt();
        if (append.release()) {
            vm.until = Instant.MIN;
        }
        return Appended.WRITTEN;
    }

    /// Whether the lease is another's by now.
    protected boolean stale(Vm vm, Lease lease) {
        return vm.epoch != lease.epoch();
    }

    /// Frees the slots that a VM migration holds.
    protected void free(Vm vm) {
        vm.slots.clear();
    }

    @Override
    public synchronized void command(VmMigrationId id, Command command) {
        var vm = require(id);
        if (command == Command.RETRY) {
            requireNotRunning(vm.first.plan(), vm.first.migration());
        }
        vm.inbox.add(new InboxCommand(++commands, command, now()));
        vm.woken = true;
        vm.nextCheckAt = now();
    }

    private Vm require(VmMigrationId id) {
        var vm = vms.get(id);
        if (vm == null) {
            throw new FaultException(EngineFault.VM_MIGRATION_NOT_FOUND, "VM migration " + id, "there is none of that id");
        }
        return vm;
    }

    @Override
    public synchronized List<InboxCommand> inbox(VmMigrationId id) {
        var vm = vms.get(id);
        return vm == null ? List.of() : List.copyOf(vm.inbox);
    }

    @Override
    public synchronized List<JournalEntry> journal(VmMigrationId id) {
        var vm = vms.get(id);
        return vm == null ? List.of() : List.copyOf(vm.entries);
    }

    @Override
    public synchronized void wake(VmMigrationId id) {
        var vm = vms.get(id);
        if (vm != null && vm.nextCheckAt != null) {
            vm.woken = true;
            vm.nextCheckAt = now();
        }
    }

    @Override
    public synchronized Optional<VmMigrationRow> findVm(VmMigrationId id) {
        return Optional.ofNullable(vms.get(id)).map(Vm::row);
    }

    @Override
    public synchronized List<VmMigrationRow> listVms(MigrationId id) {
        return vms.values().stream().filter(vm -> vm.first.migration().equals(id)).map(Vm::row).toList();
    }

    @Override
    public synchronized Optional<MigrationRow> find(MigrationId id) {
        return Optional.ofNullable(migrations.get(id));
    }

    @Override
    public synchronized List<MigrationRow> list(@Nullable MigrationId before, int limit) {
        return migrations.values().stream().takeWhile(each -> !each.id().equals(before)).toList().reversed().stream()
                .filter(_ -> before == null || migrations.containsKey(before)).limit(limit).toList();
    }

    @Override
    public synchronized long lastEvent() {
        return events.size();
    }

    @Override
    public synchronized List<JournalEvent> events(long after, @Nullable MigrationId migration, int limit) {
        return events.stream().filter(event -> event.number() > after && (migration == null || event.migration().equals(migration)))
                .limit(limit).toList();
    }

    private void event(Vm vm, JournalEntry entry) {
        events.add(new JournalEvent(events.size() + 1, vm.first.migration(), vm.first.id(), vm.first.vmName(), entry.seq()));
    }

    @Override
    public synchronized List<VmCount> countVms() {
        var counts = new HashMap<VmCount, Integer>();
        for (var vm : vms.values()) {
            var plan = new Journal(vm.entries).created().plan();
            counts.merge(new VmCount(vm.status.phase(), plan.sourceProvider(), plan.destinationProvider(), 0), 1, Integer::sum);
        }
        return counts.entrySet().stream().map(each -> new VmCount(each.getKey().phase(), each.getKey().sourceProvider(),
                each.getKey().destinationProvider(), each.getValue())).toList();
    }

    @Override
    public synchronized List<VmMigrationRow> listUnended() {
        return vms.values().stream().filter(vm -> !vm.status.phase().ended()).map(Vm::row).toList();
    }

    @Override
    public synchronized List<SlotUse> slots() {
        return vms.values().stream().flatMap(vm -> vm.slots.stream().map(slot -> new SlotUse(vm.first.id(), slot.pool(), slot.cost())))
                .toList();
    }

    @Override
    public synchronized void rebuildProjections() {
        for (var vm : vms.values()) {
            var projected = Journal.project(vm.entries);
            vm.status = projected.status();
            vm.slots.clear();
            vm.slots.addAll(projected.slots());
            vm.nextCheckAt = vm.status.phase().active() || !vm.inbox.isEmpty() ? now() : null;
        }
    }

    /// Whether a VM migration of that plan has not ended, so that the plan must stay.
    public synchronized boolean uses(PlanId plan) {
        return vms.values().stream().anyMatch(vm -> vm.first.plan().equals(plan) && !vm.status.phase().ended());
    }

    /// The phases of all VM migrations.
    public synchronized Map<VmMigrationId, Phase> phases() {
        var phases = new LinkedHashMap<VmMigrationId, Phase>();
        vms.forEach((id, vm) -> phases.put(id, vm.status.phase()));
        return phases;
    }
}
