package io.godwit.api;

import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.migration.Migrations;
import io.godwit.engine.migration.Pushed;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;

/// What is counted and timed: `godwit.vm.migrations` by phase, `godwit.stage` by stage.
final class MigrationMetrics {
    private static final Duration FRESH = Duration.ofSeconds(10);

    private final MeterRegistry metrics;
    private final MigrationStore store;
    private final Migrations migrations;
    private final InstantSource clock;
    private Map<Phase, Integer> counted = Map.of();
    private Instant countedAt = Instant.EPOCH;

    MigrationMetrics(MeterRegistry metrics, MigrationStore store, Migrations migrations, InstantSource clock) {
        this.metrics = metrics;
        this.store = store;
        this.migrations = migrations;
        this.clock = clock;
        for (var phase : Phase.values()) {
            Gauge.builder("godwit.vm.migrations", () -> count(phase)).tag("phase", phase.name().toLowerCase(Locale.ROOT))
                    .description("VM migrations that stand there").register(metrics);
        }
    }

    /// Times the stage that this push has ended, from its first attempt's start.
    void ended(Pushed pushed) {
        migrations.findVm(pushed.id()).stream().flatMap(vm -> vm.pipeline().stream()).flatMap(step -> step.stages().stream())
                .filter(stage -> stage.name().equals(pushed.stage())).forEach(stage -> {
                    var started = stage.started();
                    var completed = stage.completed();
                    if (started != null && completed != null) {
                        metrics.timer("godwit.stage", "stage", stage.name()).record(Duration.between(started, completed));
                    }
                });
    }

    private synchronized int count(Phase phase) {
        if (countedAt.plus(FRESH).isBefore(clock.instant())) {
            var counts = new EnumMap<Phase, Integer>(Phase.class);
            for (var migration : store.list()) {
                store.listVms(migration.id()).forEach(vm -> counts.merge(vm.status().phase(), 1, Integer::sum));
            }
            counted = counts;
            countedAt = clock.instant();
        }
        return counted.getOrDefault(phase, 0);
    }
}
