package io.godwit.engine.limit;

import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.engine.stage.CopyDisks;
import io.godwit.engine.stage.StageFact.JobStarted;
import io.godwit.engine.stage.StageFact.SourceRead;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The copies that a node's journals tell of: what may be running when a server starts.
public final class CopiesOfJournals implements Supplier<List<CopyJob>> {
    private final MigrationStore store;
    private final String node;

    public CopiesOfJournals(MigrationStore store, String node) {
        this.store = store;
        this.node = node;
    }

    @Override
    public List<CopyJob> get() {
        var found = new ArrayList<CopyJob>();
        for (var migration : store.list()) {
            store.listVms(migration.id()).stream().filter(this::mayCopy).map(this::copy).flatMap(Optional::stream).forEach(found::add);
        }
        return List.copyOf(found);
    }

    private boolean mayCopy(VmMigrationRow row) {
        return !row.status().phase().ended() && (row.node() == null || row.node().equals(node));
    }

    private Optional<CopyJob> copy(VmMigrationRow row) {
        var journal = new Journal(store.journal(row.id()));
        var step = journal.open().or(journal::faultStep).filter(path -> path.stage().equals(CopyDisks.NAME));
        return step.flatMap(path -> journal.facts(path, JobStarted.class).stream().reduce((_, last) -> last))
                .flatMap(started -> journal.fact(SourceRead.class)
                        .map(read -> CopyDisks.copyJob(row.id(), started.job(), journal.created().plan(), read.vm())));
    }
}
