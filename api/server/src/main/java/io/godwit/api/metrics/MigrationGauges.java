package io.godwit.api.metrics;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.SlotUse;
import io.godwit.engine.journal.StepPath;
import io.godwit.engine.journal.VmCount;
import io.godwit.engine.journal.VmMigrationRow;
import io.godwit.engine.stage.CopyDisks;
import io.godwit.engine.stage.EngineSettings;
import io.godwit.engine.stage.Providers;
import io.godwit.engine.stage.StageFact.JobStarted;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What stands at this moment, read anew for a scrape, at most every other second. A series ends with what it tells of. Where the database
/// cannot be read, the gauges keep their last values and that is counted.
public final class MigrationGauges {
    private static final Logger LOG = LoggerFactory.getLogger(MigrationGauges.class);
    private static final Duration FRESH = Duration.ofSeconds(2);
    private static final int MOST_DISKS = 500;
    private static final int MOST_LIMITS = 200;

    private record DiskSeries(Tags tags, DiskProgress disk) {}

    private final MigrationStore store;
    private final CatalogStore catalog;
    private final Providers providers;
    private final EngineSettings settings;
    private final InstantSource clock;
    private final MeterRegistry metrics;
    private final MigrationMetrics counters;
    private final Map<VmMigrationId, Plan> plans = new HashMap<>();
    private final MultiGauge vms;
    private final MultiGauge unended;
    private final MultiGauge longest;
    private final MultiGauge queue;
    private final MultiGauge slotsUsed;
    private final MultiGauge slotsLimit;
    private final MultiGauge limitBytes;
    private final MultiGauge limitRequests;
    private final MultiGauge limitReads;
    private final MultiGauge diskSize;
    private final MultiGauge diskDone;
    private final MultiGauge diskVerified;
    private final MultiGauge diskRate;
    private final MultiGauge omitted;
    private final Counter failures;
    private Instant readAt = Instant.MIN;

    /// Over these ports; the counters learn from what runs.
    public MigrationGauges(MeterRegistry metrics, MigrationStore store, CatalogStore catalog, Providers providers, EngineSettings settings,
            MigrationMetrics counters, InstantSource clock) {
        this.store = store;
        this.catalog = catalog;
        this.providers = providers;
        this.settings = settings;
        this.clock = clock;
        this.metrics = metrics;
        this.counters = counters;
        vms = gauge("godwit.vm.migrations", "VM migrations that stand there, of all time");
        unended = gauge("godwit.vm.migrations.unended", "VM migrations that have not ended");
        longest = gauge("godwit.stage.longest.seconds", "How long the oldest attempt of a stage that runs has run");
        queue = gauge("godwit.queue.length", "VM migrations that wait");
        slotsUsed = gauge("godwit.slots.used", "What is in use of what may run at once");
        slotsLimit = gauge("godwit.slots.limit", "What may run at once");
        limitBytes = gauge("godwit.copy.limit.bytes.per.second", "Limit in force at this moment");
        limitRequests = gauge("godwit.copy.limit.requests.per.second", "Limit in force at this moment");
        limitReads = gauge("godwit.copy.limit.longest.read.seconds", "Limit in force at this moment");
        diskSize = gauge("godwit.disk.bytes", "Size of a disk that is being copied");
        diskDone = gauge("godwit.disk.done.bytes", "Bytes of the disk that need no more work");
        diskVerified = gauge("godwit.disk.verified.bytes", "Bytes of the disk that were read back and found equal");
        diskRate = gauge("godwit.disk.bytes.per.second", "How fast the disk is being copied");
        failures = metrics.counter("godwit.metrics.failures");
        omitted = gauge("godwit.disk.series.omitted", "Disks beyond the first " + MOST_DISKS + ", which have no series");
    }

    private MultiGauge gauge(String name, String description) {
        return MultiGauge.builder(name).description(description).register(metrics);
    }

    /// Reads anew what is too old.
    public synchronized void refresh() {
        var now = clock.instant();
        if (now.isBefore(readAt.plus(FRESH)) && !now.isBefore(readAt)) {
            return;
        }
        readAt = now;
        try {
            read(now);
        } catch (FaultException e) {
            failures.increment();
            LOG.warn("the gauges keep their last values: {}", e.fault().toString());
        }
    }

    private void read(Instant now) {
        var counts = store.countVms();
        var rows = store.listUnended();
        var ids = rows.stream().map(VmMigrationRow::id).collect(Collectors.toSet());
        plans.keySet().retainAll(ids);
        counters.bytes().retain(ids);
        vms.register(rowsOf(phases(counts)), true);
        tellUnended(rows);
        tellQueue(rows, now);
        tellStages(rows, now);
        tellSlots(store.slots());
        tellLimits(catalog.listLimits(), now);
        tellDisks(rows);
    }

    /// Of each pair of providers all phases, so that a first failure is a step from 0 to 1.
    private Map<Tags, Integer> phases(List<VmCount> counts) {
        var told = new HashMap<Tags, Integer>();
        for (var count : counts) {
            var pair = counters.providers().of(count.sourceProvider(), count.destinationProvider());
            for (var phase : Phase.values()) {
                told.merge(pair.and("phase", lower(phase)), phase == count.phase() ? count.vms() : 0, Integer::sum);
            }
        }
        return told;
    }

    private static String lower(Phase phase) {
        return phase.name().toLowerCase(Locale.ROOT);
    }

    private Plan plan(VmMigrationRow row) { // never changes
        return plans.computeIfAbsent(row.id(), id -> new Journal(store.journal(id)).created().plan());
    }

    private static String stage(VmMigrationRow row) {
        var stage = row.status().stage();
        return stage == null ? "" : stage;
    }

    private void tellUnended(List<VmMigrationRow> rows) {
        var counts = new HashMap<Tags, Integer>();
        for (var row : rows) {
            var tags = counters.providers().of(plan(row)).and("phase", lower(row.status().phase()), "stage", stage(row));
            counts.merge(tags, 1, Integer::sum);
        }
        unended.register(rowsOf(counts), true);
    }

    private static List<MultiGauge.Row<?>> rowsOf(Map<Tags, ? extends Number> values) {
        var rows = new ArrayList<MultiGauge.Row<?>>();
        values.forEach((tags, value) -> rows.add(MultiGauge.Row.of(tags, value)));
        return rows;
    }

    private void tellQueue(List<VmMigrationRow> rows, Instant now) {
        long unstarted = rows.stream().filter(row -> row.status().phase() == Phase.QUEUED).count();
        long slot = rows.stream().filter(row -> "a free slot".equals(row.status().waitingFor())).count();
        long retry = rows.stream().filter(row -> row.status().phase() == Phase.WAITING).count();
        long due = rows.stream().filter(row -> row.nextCheckAt() != null && !row.nextCheckAt().isAfter(now)).count();
        queue.register(List.of(MultiGauge.Row.of(Tags.of("for", "start"), unstarted), MultiGauge.Row.of(Tags.of("for", "slot"), slot),
                MultiGauge.Row.of(Tags.of("for", "retry"), retry), MultiGauge.Row.of(Tags.of("for", "push"), due)), true);
    }

    private void tellStages(List<VmMigrationRow> rows, Instant now) {
        var oldest = new HashMap<Tags, Double>();
        for (var row : rows) {
            if (row.status().phase() == Phase.RUNNING) {
                var journal = new Journal(store.journal(row.id()));
                journal.open().ifPresent(step -> oldest.merge(Tags.of("stage", step.stage()), age(journal, step, now), Math::max));
            }
        }
        longest.register(rowsOf(oldest), true);
    }

    private static double age(Journal journal, StepPath step, Instant now) {
        return journal.attemptStarted(step).map(began -> Duration.between(began, now).toMillis() / 1000.0).orElse(0.0);
    }

    private void tellSlots(List<SlotUse> uses) {
        var used = new HashMap<Tags, Integer>();
        for (var pool : List.of("total", "conversions", "disks")) {
            used.put(pool(pool), 0);
        }
        uses.forEach(use -> used.merge(pool(use.pool()), use.cost(), Integer::sum));
        slotsUsed.register(rowsOf(used), true);
        slotsLimit.register(List.of(MultiGauge.Row.of(pool("total"), settings.vmMigrations()),
                MultiGauge.Row.of(pool("conversions"), settings.conversions()), MultiGauge.Row.of(pool("disks"), settings.disks()),
                MultiGauge.Row.of(pool("provider"), settings.perProvider())), true);
    }

    private Tags pool(String pool) {
        var of = "provider:";
        return pool.startsWith(of)
                ? Tags.of("pool", "provider", "provider", counters.providers().name(pool.substring(of.length())))
                : Tags.of("pool", pool, "provider", "");
    }

    private void tellLimits(List<CopyLimit> limits, Instant now) {
        var told = limits.stream().limit(MOST_LIMITS).toList();
        limitBytes.register(limitRows(told, limit -> limit.at(now).bytesPerSecond()), true);
        limitRequests.register(limitRows(told, limit -> limit.at(now).requestsPerSecond()), true);
        limitReads.register(limitRows(told, limit -> limit.at(now).longestReadMillis() / 1000.0), true);
    }

    private static List<MultiGauge.Row<?>> limitRows(List<CopyLimit> limits, ToDoubleFunction<CopyLimit> value) {
        var rows = new ArrayList<MultiGauge.Row<?>>();
        for (var limit : limits) {
            if (value.applyAsDouble(limit) > 0) {
                rows.add(MultiGauge.Row.of(Tags.of("limit", limit.name()), value.applyAsDouble(limit)));
            }
        }
        return rows;
    }

    private void tellDisks(List<VmMigrationRow> rows) {
        var series = new ArrayList<DiskSeries>();
        for (var row : rows) {
            if (row.status().phase() == Phase.RUNNING && CopyDisks.NAME.equals(row.status().stage())) {
                copying(row, series);
            }
        }
        var told = series.subList(0, Math.min(series.size(), MOST_DISKS));
        diskSize.register(diskRows(told, DiskProgress::totalBytes), true);
        diskDone.register(diskRows(told, DiskProgress::doneBytes), true);
        diskVerified.register(diskRows(told, DiskProgress::verifiedBytes), true);
        diskRate.register(diskRows(told, DiskProgress::bytesPerSecond), true);
        omitted.register(List.of(MultiGauge.Row.of(Tags.empty(), series.size() - told.size())), true);
    }

    /// Only what the worker told by itself: nobody is asked for a scrape.
    private void copying(VmMigrationRow row, List<DiskSeries> series) {
        var journal = new Journal(store.journal(row.id()));
        var step = journal.open().filter(open -> open.stage().equals(CopyDisks.NAME));
        var job = step.flatMap(open -> journal.facts(open, JobStarted.class).stream().reduce((_, last) -> last)).map(JobStarted::job);
        if (job.isEmpty()) {
            return;
        }
        var plan = journal.created().plan();
        var heard = heard(plan, row.id(), job.get());
        counters.bytes().running(row.id(), counters.own(journal.started(step.orElseThrow()).orElseThrow()), heard,
                counters.providers().of(plan));
        for (var disk : heard) {
            series.add(new DiskSeries(Tags.of("vm_migration", row.id().value(), "vm", row.vmName(), "disk", disk.key()), disk));
        }
    }

    private List<DiskProgress> heard(Plan plan, VmMigrationId id, JobName job) {
        try {
            return providers.destination(plan.destinationProvider()).workers().heard(id, job).map(progress -> progress.disks())
                    .orElse(List.of());
        } catch (FaultException _) { // another node's, or gone
            return List.of();
        }
    }

    private static List<MultiGauge.Row<?>> diskRows(List<DiskSeries> disks, ToDoubleFunction<DiskProgress> value) {
        var rows = new ArrayList<MultiGauge.Row<?>>();
        disks.forEach(each -> rows.add(MultiGauge.Row.of(each.tags(), value.applyAsDouble(each.disk()))));
        return rows;
    }
}
