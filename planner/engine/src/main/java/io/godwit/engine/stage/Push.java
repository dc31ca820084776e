package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Appended;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.Lease;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.journal.StepPath;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One push under one lease: the journal as it grows, and the only way to append to it.
public final class Push {
    private final MigrationStore store;
    private final FactTypes types;
    private final Lease lease;
    private final List<JournalEntry> drafts = new ArrayList<>();
    private Journal journal;

    public Push(MigrationStore store, FactTypes types, Lease lease) {
        this.store = store;
        this.types = types;
        this.lease = lease;
        this.journal = new Journal(store.journal(lease.id()));
    }

    /// For readers: under no lease, so that nothing can be appended.
    public static Push reading(MigrationStore store, VmMigrationId id) {
        return new Push(store, new FactTypes(), new Lease(id, "", -1, Instant.MIN));
    }

    public Lease lease() {
        return lease;
    }

    public Journal journal() {
        return journal;
    }

    public Instant now() {
        return store.now();
    }

    /// Drafts an entry; it is on disk after the next [#flush] or [#end].
    public void draft(StepPath step, int attempt, EntryKind kind, @Nullable String operationId, Record payload) {
        var type = types.typeOf(payload);
        long seq = journal.entries().size() + drafts.size() + 1L;
        drafts.add(
                new JournalEntry(seq, lease.epoch(), step, attempt, kind, operationId, type.type(), type.version(), payload, store.now()));
    }

    /// Appends the drafts and keeps the lease.
    public void flush() {
        flush(List.of());
    }

    /// Appends the drafts, which journal these commands, and keeps the lease.
    public void flush(List<Long> journalled) {
        append(List.of(), false, journalled, null, store.now(), false);
    }

    /// Appends the drafts, which start a step, with its slots; `false` where a slot is not free: nothing is kept then.
    public boolean start(List<Slot> slots) {
        return append(slots, false, List.of(), null, store.now(), false);
    }

    /// Appends the drafts and gives the lease back.
    public void end(boolean freeSlots, @Nullable String waitingFor, @Nullable Instant nextCheckAt) {
        append(List.of(), freeSlots, List.of(), waitingFor, nextCheckAt, true);
    }

    private boolean append(List<Slot> take, boolean free, List<Long> journalled, @Nullable String waitingFor, @Nullable Instant next,
            boolean release) {
        var after = journal.plus(drafts);
        var append = new Append(List.copyOf(drafts), take, free, journalled, after.status(waitingFor), next, release);
        drafts.clear();
        switch (write(append)) {
            case WRITTEN -> journal = after;
            case SLOTS_FULL -> {
                return false;
            }
            case STALE -> throw new PushLost("epoch " + lease.epoch() + " of " + lease.id() + " is over");
        }
        return true;
    }

    private Appended write(Append append) {
        try {
            return store.append(lease, append);
        } catch (FaultException e) {
            if (e.fault().is(EngineFault.STORE_UNAVAILABLE)) {
                throw new PushLost("the store may or may not have written it", e);
            }
            throw e;
        }
    }
}
