package io.godwit.engine.testkit;

import io.godwit.engine.catalog.RequestStore;
import java.time.Duration;
import java.time.Instant;

class InMemoryRequestStoreTest extends RequestStoreContract {
    private Instant now = Instant.now();
    private final RequestStore store = new InMemoryRequestStore(() -> now);

    @Override
    protected RequestStore store() {
        return store;
    }

    @Override
    protected void age(Duration by) {
        now = now.plus(by);
    }
}
