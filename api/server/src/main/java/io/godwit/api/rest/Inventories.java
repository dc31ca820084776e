package io.godwit.api.rest;

import io.godwit.engine.stage.Providers;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.SourceVm;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.springframework.stereotype.Component;

/// Inventories as they were last read, no older than a minute.
@Component
final class Inventories {
    private static final Duration FRESH = Duration.ofMinutes(1);

    private final Providers providers;
    private final Clock clock;
    private final Map<String, Inventory> read = new ConcurrentHashMap<>();

    Inventories(Providers providers, Clock clock) {
        this.providers = providers;
        this.clock = clock;
    }

    Inventory get(String source) {
        var known = read.get(source);
        return known != null && known.readAt().plus(FRESH).isAfter(clock.instant()) ? known : refresh(source);
    }

    Inventory refresh(String source) {
        var inventory = providers.source(source).inventory();
        read.put(source, inventory);
        return inventory;
    }

    /// The VM of that id, else the only one of that name; one that is not known is looked for anew.
    Optional<SourceVm> findVm(String source, String idOrName) {
        return get(source).findVm(idOrName).or(() -> refresh(source).findVm(idOrName));
    }

    void forget(String source) {
        read.remove(source);
    }
}
