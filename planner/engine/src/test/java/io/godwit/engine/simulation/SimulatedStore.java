package io.godwit.engine.simulation;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry.Commanded;
import io.godwit.engine.journal.EngineEntry.StepCompleted;
import io.godwit.engine.journal.EngineEntry.StepFaulted;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.engine.testkit.InMemoryMigrationStore;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The database of the simulation, with the bugs that a database or its client may have.
final class SimulatedStore extends InMemoryMigrationStore {
    private final Mutant mutant;
    private final Map<VmMigrationId, Long> retryFrom = new HashMap<>();

    SimulatedStore(InstantSource clock, Mutant mutant) {
        super(clock);
        this.mutant = mutant;
    }

    @Override
    protected boolean stale(Vm vm, Lease lease) {
        return mutant != Mutant.APPEND_WITHOUT_EPOCH && super.stale(vm, lease);
    }

    @Override
    protected void free(Vm vm) {
        if (mutant != Mutant.SLOT_NOT_RELEASED) {
            super.free(vm);
        }
    }

    @Override
    public synchronized Appended append(Lease lease, Append append) {
        var entries = new ArrayList<JournalEntry>();
        for (var entry : append.entries()) {
            boolean hidden = mutant == Mutant.INTENT_LEFT_OUT && entry.kind() == EntryKind.INTENT;
            entries.add(hidden
                    ? new JournalEntry(entry.seq(), entry.epoch(), entry.step(), entry.attempt(), EntryKind.FACT, null, entry.type(),
                            entry.version(), new Warned("nothing"), entry.at())
                    : entry);
            if (mutant == Mutant.RETRY_OF_A_FINISHED_STEP && entry.payload() instanceof Commanded(var command)
                    && command == Command.RETRY) {
                journal(lease.id()).stream().filter(each -> each.payload() instanceof StepCompleted).mapToLong(JournalEntry::seq)
                        .reduce((_, second) -> second).ifPresent(seq -> retryFrom.put(lease.id(), seq));
            }
        }
        var take = mutant != Mutant.SLOT_NOT_CHECKED
                ? append.take()
                : append.take().stream().map(slot -> new Slot(slot.pool(), slot.cost(), Integer.MAX_VALUE)).toList();
        return super.append(lease, new Append(entries, take, append.freeSlots(), append.journalled(), append.status(), append.nextCheckAt(),
                append.release()));
    }

    @Override
    public synchronized List<JournalEntry> journal(VmMigrationId id) {
        var forgotten = retryFrom.get(id);
        return forgotten == null
                ? super.journal(id)
                : super.journal(id).stream().map(entry -> entry.seq() == forgotten ? forget(entry) : entry).toList();
    }

    private static JournalEntry forget(JournalEntry entry) {
        var fault = new StepFaulted(
                Fault.of(EngineFault.STORE_UNAVAILABLE, "step", "it was forgotten"), Instant.EPOCH);
        return new JournalEntry(entry.seq(), entry.epoch(), entry.step(), entry.attempt(), entry.kind(), null, "step-faulted", 1, fault,
                entry.at());
    }

    /// What is really there.
    List<JournalEntry> truth(VmMigrationId id) {
        return super.journal(id);
    }
}
