package io.godwit.engine.simulation;

import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.EngineEntry.StepCompleted;
import io.godwit.engine.journal.EngineEntry.StepFaulted;
import io.godwit.engine.journal.EngineEntry.StepUndone;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.stage.StageFact.VolumeAllocated;
import io.godwit.model.migration.VmMigrationId;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// What must hold after every append, whatever happens.
final class Invariants {
    private record Passed(VmMigrationId id, StepPath step) {}

    private final Map<VmMigrationId, Long> epochs = new HashMap<>();
    private final Set<Passed> completed = new HashSet<>();
    private final Map<String, Record> results = new HashMap<>();
    private final Map<String, VmMigrationId> volumes = new HashMap<>();

    void leased(Lease lease) {
        var before = epochs.put(lease.id(), lease.epoch());
        if (before != null && before >= lease.epoch()) {
            throw new Violation("epoch " + lease.epoch() + " of " + lease.id() + " was given out after " + before);
        }
    }

    void written(Lease lease, Append append, List<SlotUse> slots) {
        if (epochs.getOrDefault(lease.id(), 0L) != lease.epoch()) {
            throw new Violation("a stale append of epoch " + lease.epoch() + " of " + lease.id() + " was accepted");
        }
        for (var entry : append.entries()) {
            entry(lease.id(), entry);
        }
        append.take().forEach(slot -> limit(slot, slots));
    }

    private void entry(VmMigrationId id, JournalEntry entry) {
        var passed = new Passed(id, entry.step());
        if ((entry.kind() == EntryKind.STEP_STARTED || entry.kind() == EntryKind.STEP_ENDED) && completed.contains(passed)
                && !(entry.payload() instanceof StepFaulted)) {
            throw new Violation("finished step " + entry.step() + " of " + id + " was passed again");
        }
        if (entry.payload() instanceof StepCompleted) {
            completed.add(passed);
        }
        if (entry.payload() instanceof StepUndone) {
            results.keySet().removeIf(operation -> operation.startsWith(id + "/" + entry.step() + "/"));
        }
        var operation = entry.operationId();
        if (entry.kind() == EntryKind.RESULT && operation != null) {
            var before = results.put(operation, entry.payload());
            if (before != null && !before.equals(entry.payload())) {
                throw new Violation("operation " + operation + " made " + before + " and " + entry.payload());
            }
        }
        if (entry.payload() instanceof VolumeAllocated(var volume)) {
            var owner = volumes.put(volume.identity(), id);
            if (owner != null && !owner.equals(id)) {
                throw new Violation("volume " + volume.identity() + " is of " + owner + " and of " + id);
            }
        }
    }

    private static void limit(Slot slot, List<SlotUse> slots) {
        var users = slots.stream().filter(use -> use.pool().equals(slot.pool())).toList();
        int used = users.stream().mapToInt(SlotUse::cost).sum();
        if (used > slot.limit() && users.stream().map(SlotUse::id).distinct().count() > 1) {
            throw new Violation("pool " + slot.pool() + " of " + slot.limit() + " is used with " + users);
        }
    }
}
