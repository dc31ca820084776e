package io.godwit.engine.testkit;

import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.RandomId;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Requests in memory, by the rules of the port.
public final class InMemoryRequestStore implements RequestStore {
    private record Kept(String digest, String seed, String node, Instant begunAt, @Nullable Answer answer) {}

    private final InstantSource clock;
    private final Map<String, Kept> all = new HashMap<>();

    public InMemoryRequestStore(InstantSource clock) {
        this.clock = clock;
    }

    @Override
    public synchronized Begun begin(String key, String digest, String node, Instant nodeStarted) {
        var now = clock.instant();
        all.values().removeIf(kept -> kept.begunAt().isBefore(now.minus(KEPT)));
        var kept = all.get(key);
        if (kept == null) {
            var seed = RandomId.next("seed");
            all.put(key, new Kept(digest, seed, node, now, null));
            return new Begun.First(seed);
        }
        if (!kept.digest().equals(digest)) {
            throw new FaultException(EngineFault.IDEMPOTENCY_KEY_REUSED, "the request is refused",
                    "another one came with the same Idempotency-Key at " + kept.begunAt());
        }
        if (kept.answer() != null) {
            return new Begun.Done(kept.answer());
        }
        boolean lost = (kept.node().equals(node) && kept.begunAt().isBefore(nodeStarted)) || kept.begunAt().isBefore(now.minus(LOST));
        if (!lost) {
            return new Begun.UnderWay();
        }
        all.put(key, new Kept(digest, kept.seed(), node, now, null));
        return new Begun.First(kept.seed());
    }

    @Override
    public synchronized void answered(String key, Answer answer) {
        all.computeIfPresent(key, (_, kept) -> new Kept(kept.digest(), kept.seed(), kept.node(), kept.begunAt(), answer));
    }

    @Override
    public synchronized void forget(String key) {
        all.computeIfPresent(key, (_, kept) -> kept.answer() == null ? null : kept);
    }
}
