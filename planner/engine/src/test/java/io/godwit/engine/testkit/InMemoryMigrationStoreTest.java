package io.godwit.engine.testkit;

import io.godwit.engine.journal.MigrationStore;
import java.time.Duration;
import java.time.Instant;

class InMemoryMigrationStoreTest extends MigrationStoreContract {
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private final InMemoryMigrationStore store = new InMemoryMigrationStore(() -> now);

    @Override
    protected MigrationStore store() {
        return store;
    }

    @Override
    protected MigrationStore otherReplica() {
        return store;
    }

    @Override
    protected void pass(Duration time) {
        now = now.plus(time);
    }
}
