package io.godwit.api.metrics;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.model.plan.Plan;
import io.micrometer.core.instrument.Tags;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// The labels `source` and `destination`: names of providers, at most a hundred of them; the id of one that is gone.
final class ProviderNames {
    private static final int MOST = 100;

    private final CatalogStore catalog;
    private final BoundedLabel label = new BoundedLabel(MOST);
    private final Map<String, String> byId = new ConcurrentHashMap<>(); // a provider is never renamed

    ProviderNames(CatalogStore catalog) {
        this.catalog = catalog;
    }

    Tags of(Plan plan) {
        return of(plan.sourceProvider(), plan.destinationProvider());
    }

    /// @param source id; empty where nobody knows it any more
    Tags of(String source, String destination) {
        return Tags.of("source", source.isEmpty() ? "" : name(source), "destination", destination.isEmpty() ? "" : name(destination));
    }

    String name(String id) {
        var known = byId.get(id);
        if (known != null) {
            return known;
        }
        var found = catalog.findProvider(id);
        var name = label.of(found.isPresent() ? found.get().name() : id);
        if (found.isPresent() && byId.size() < MOST * 10) {
            byId.put(id, name);
        }
        return name;
    }
}
