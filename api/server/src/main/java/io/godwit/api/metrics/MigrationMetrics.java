package io.godwit.api.metrics;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.migration.Pushed;
import io.godwit.engine.stage.CopyDisks;
import io.godwit.engine.stage.StageFact.DisksCopied;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;

/// Counts and times what this node's pushes come to: stages, faults, bytes.
public final class MigrationMetrics {
    /// From what takes no time to a copy over days.
    private static final Duration[] BUCKETS = {Duration.ofSeconds(1), Duration.ofSeconds(5), Duration.ofSeconds(15),
            Duration.ofSeconds(30), Duration.ofMinutes(1), Duration.ofMinutes(2), Duration.ofMinutes(5), Duration.ofMinutes(10),
            Duration.ofMinutes(20), Duration.ofMinutes(30), Duration.ofHours(1), Duration.ofHours(2), Duration.ofHours(4),
            Duration.ofHours(8), Duration.ofHours(16), Duration.ofHours(24), Duration.ofHours(48)};
    private static final int FAULT_CODES = 200;

    private final MeterRegistry metrics;
    private final MigrationStore store;
    private final Instant since;
    private final ProviderNames providers;
    private final CopiedBytes bytes;
    private final BoundedLabel codes = new BoundedLabel(FAULT_CODES);

    /// @param since when this server started
    public MigrationMetrics(MeterRegistry metrics, MigrationStore store, CatalogStore catalog, Instant since) {
        this.metrics = metrics;
        this.store = store;
        this.since = since;
        this.providers = new ProviderNames(catalog);
        this.bytes = new CopiedBytes(metrics);
    }

    ProviderNames providers() {
        return providers;
    }

    CopiedBytes bytes() {
        return bytes;
    }

    /// Whether that was begun under this server.
    boolean own(Instant begun) {
        return !begun.isBefore(since);
    }

    /// A step is done or has failed.
    public void pushed(Pushed pushed) {
        switch (pushed.did()) {
            case STEPPED -> done(pushed);
            case FAULTED -> failed(pushed);
            case NOTHING, WAITED -> {
            }
        }
    }

    private void done(Pushed pushed) {
        var journal = new Journal(store.journal(pushed.id()));
        var step = journal.lastStep(pushed.stage()).filter(journal::completed);
        if (step.isEmpty()) {
            return; // something was undone
        }
        var tags = providers.of(journal.created().plan());
        var started = journal.started(step.get()).orElseThrow();
        var ended = journal.ended(step.get()).orElseThrow();
        Timer.builder("godwit.stage").tags(tags).tag("stage", pushed.stage()).serviceLevelObjectives(BUCKETS)
                .description("From the first attempt of a stage to its end").register(metrics).record(Duration.between(started, ended));
        if (pushed.stage().equals(CopyDisks.NAME)) {
            journal.fact(DisksCopied.class).ifPresent(copied -> bytes.done(pushed.id(), own(started), copied.disks(), tags));
        }
    }

    private void failed(Pushed pushed) {
        var fault = pushed.fault();
        if (fault != null) {
            var plan = new Journal(store.journal(pushed.id())).created().plan();
            metrics.counter("godwit.faults", providers.of(plan).and("stage", pushed.stage(), "code", codes.of(fault.code()), "blame",
                    fault.blame().name().toLowerCase(java.util.Locale.ROOT), "then", pushed.ended() ? "stop" : "retry")).increment();
        }
    }
}
