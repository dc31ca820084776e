package io.godwit.engine.testkit;

import io.godwit.engine.catalog.CatalogStore;

class InMemoryCatalogStoreTest extends CatalogStoreContract {
    private final CatalogStore store = new InMemoryCatalogStore(_ -> false);

    @Override
    protected CatalogStore store() {
        return store;
    }
}
