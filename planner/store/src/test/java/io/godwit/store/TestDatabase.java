package io.godwit.store;

import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.JournalEntry;
import io.godwit.engine.journal.MigrationRow;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.MigrationStore.NewVmMigration;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Projection;
import io.godwit.engine.journal.Status;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.model.migration.MigrationId;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.PlanId;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.IntStream;

/// An open database with its stores, and shorthands to fill it.
record TestDatabase(Database database, MigrationStore store) implements AutoCloseable {
    static final Status QUEUED = new Status(Phase.QUEUED, "Work", null, null);

    static TestDatabase open(StoreSettings settings) {
        return open(settings, Kept.FACTS, Kept.PROJECTION);
    }

    static TestDatabase open(StoreSettings settings, FactTypes facts, Projection projection) {
        var database = Database.open(settings);
        return new TestDatabase(database, database.migrationStore(facts, projection));
    }

    /// What the driver calls the product behind it.
    String product() throws SQLException {
        try (var connection = database.dataSource().getConnection()) {
            return connection.getMetaData().getDatabaseProductName();
        }
    }

    void execute(String sql) throws SQLException {
        try (var connection = database.dataSource().getConnection(); var statement = connection.createStatement()) {
            statement.execute(sql);
            connection.commit();
        }
    }

    /// Empties all of our tables but the gates.
    void clear() throws SQLException {
        for (var table : List.of("copy_grant", "copy_limit_provider", "copy_limit", "slot", "vm_status", "inbox", "journal", "lease",
                "vm_migration", "migration", "kept_request", "planned_start", "guest_key", "plan",
                "network_mapping",
                "storage_mapping", "secret", "provider")) {
            execute("delete from " + table);
        }
    }

    /// Starts a plan with that many VMs, and tells their ids.
    List<VmMigrationId> start(PlanId plan, int vms) {
        var migration = MigrationId.random();
        var at = store.now();
        var rows = IntStream.range(0, vms)
                .mapToObj(i -> new VmMigrationRow(VmMigrationId.random(), migration, plan, "vm-" + i, "VM " + i, null, QUEUED, null))
                .toList();
        store.create(new MigrationRow(migration, plan, "plan", at),
                rows.stream().map(row -> new NewVmMigration(row, created(at))).toList());
        return rows.stream().map(VmMigrationRow::id).toList();
    }

    private static JournalEntry created(java.time.Instant at) {
        return new Kept(QUEUED, List.of()).entry(1, 0, "created", at);
    }

    @Override
    public void close() {
        database.close();
    }
}
