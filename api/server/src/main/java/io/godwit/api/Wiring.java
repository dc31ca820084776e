package io.godwit.api;

import io.godwit.api.access.AccessToken;
import io.godwit.api.metrics.MigrationGauges;
import io.godwit.api.metrics.MigrationMetrics;
import io.godwit.api.metrics.PrometheusScrape;
import io.godwit.api.rest.EventStreams;
import io.godwit.api.rest.Scrape;
import io.godwit.api.schedule.AlarmLifecycle;
import io.godwit.api.schedule.PlanStarts;
import io.godwit.api.schedule.QuartzAlarm;
import io.godwit.engine.assess.PlanAssessor;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.PlannedStart;
import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.limit.CopiesOfJournals;
import io.godwit.engine.limit.CopyLimiter;
import io.godwit.engine.migration.JournalledMigrations;
import io.godwit.engine.migration.LeasedRunner;
import io.godwit.engine.migration.MigrationReader;
import io.godwit.engine.migration.Migrations;
import io.godwit.engine.migration.VmMigrationRunner;
import io.godwit.engine.stage.EngineSettings;
import io.godwit.engine.stage.Stages;
import io.godwit.provider.DestinationProviderFactory;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProviderFactory;
import io.godwit.routes.Dispatch;
import io.godwit.routes.StageRoute;
import io.godwit.store.DataFolderLock;
import io.godwit.store.Database;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import tools.jackson.databind.json.JsonMapper;

/// Puts the parts together: the only place that knows all of them.
@Configuration(proxyBeanMethods = false)
class Wiring {
    private static final Duration LIMITS_EVERY = Duration.ofMillis(500);

    /// The data folder, locked before anything in it is read: two servers with one node id would adopt each other's workers.
    record LockedData(DataFolder folder, DataFolderLock lock) implements AutoCloseable {
        @Override
        public void close() {
            lock.close();
        }
    }

    /// What people may ask of the engine; kept apart from the bean that also wakes the dispatch.
    record Engine(Migrations migrations) {}

    /// What the limiter has no thread for itself: a permit per look that is due, and talks with workers, each on a thread of its own.
    record LimiterThreads(Semaphore wanted, ExecutorService talks) implements AutoCloseable {
        @Override
        public void close() {
            talks.close();
        }
    }

    @Bean
    Clock clock() {
        return Clock.systemUTC();
    }

    @Bean
    LockedData lockedData(ServerSettings settings) {
        var folder = DataFolder.open(settings.data(), System.getenv(), System.getProperty("user.home"), System.getProperty("user.name"));
        return new LockedData(folder, DataFolderLock.take(folder.path()));
    }

    @Bean
    DataFolder data(LockedData locked) {
        return locked.folder();
    }

    @Bean
    AccessToken token(DataFolder data) {
        return AccessToken.of(data);
    }

    @Bean
    ServerIdentity identity(DataFolder data, Clock clock) {
        return ServerIdentity.of(data, clock.instant());
    }

    @Bean
    Database database(ServerSettings settings, DataFolder data) {
        return Database.open(settings.database().store(data));
    }

    @Bean
    CatalogStore catalog(Database database) {
        return database.catalogStore();
    }

    @Bean
    RequestStore requests(Database database) {
        return database.requestStore();
    }

    @Bean
    FactTypes factTypes() {
        return Stages.factTypes();
    }

    @Bean
    MigrationStore migrationStore(Database database, FactTypes types) {
        return database.migrationStore(types, Journal::project);
    }

    @Bean
    ConnectedProviders providers(ServerSettings settings, ServerIdentity server, CatalogStore catalog, Clock clock) {
        var runtime = RuntimeFolder.open(settings.runtimeDirectory(), System.getenv(), System.getProperty("user.name"));
        return new ConnectedProviders(catalog, new ProviderSettings.Node(server.node(), settings.worker().command(), runtime), clock,
                load(SourceProviderFactory.class), load(DestinationProviderFactory.class));
    }

    private static <T> List<T> load(Class<T> factory) {
        return ServiceLoader.load(factory).stream().map(ServiceLoader.Provider::get).toList();
    }

    @Bean
    EngineSettings engineSettings(ServerSettings settings) {
        var limits = settings.limits();
        var defaults = EngineSettings.forCores(Runtime.getRuntime().availableProcessors());
        return new EngineSettings(settings.dispatch().lease(), settings.dispatch().call(), defaults.claims(), limits.total(),
                limits.perProvider(),
                limits.conversions() > 0 ? limits.conversions() : defaults.conversions(), limits.disks(), defaults.slotRecheck());
    }

    @Bean
    LimiterThreads limiterThreads() {
        return new LimiterThreads(new Semaphore(0),
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("worker-talk-", 0).factory()));
    }

    @Bean
    CopyLimiter limiter(CatalogStore catalog, ConnectedProviders providers, Database database, MigrationStore store, ServerIdentity server,
            Clock clock, LimiterThreads threads) {
        return new CopyLimiter(new CopyLimiter.Surroundings(catalog, providers, database.grantLedger(), server.node(), clock,
                new CopiesOfJournals(store, server.node()), threads.talks(), threads.wanted()::release));
    }

    @Bean
    LimitLoop limitLoop(CopyLimiter limiter, LimiterThreads threads) {
        return new LimitLoop(limiter::pass, threads.wanted(), LIMITS_EVERY);
    }

    @Bean
    VmMigrationRunner runner(MigrationStore store, FactTypes types, ConnectedProviders providers, EngineSettings settings,
            ServerIdentity server, CopyLimiter limiter) {
        store.releaseLeases(server.node()); // the lock of the data folder proves that whoever pushed under this node's name is dead
        return new LeasedRunner(store, types, providers, Stages.all(limiter), settings, server.node());
    }

    @Bean
    Engine engine(MigrationStore store, FactTypes types, ConnectedProviders providers, EngineSettings settings, CatalogStore catalog) {
        return new Engine(new JournalledMigrations(store, catalog, types, new PlanAssessor(catalog, providers),
                new MigrationReader(store, providers, Stages.all(), settings)));
    }

    @Bean
    MigrationMetrics migrationMetrics(MeterRegistry metrics, MigrationStore store, CatalogStore catalog, ServerIdentity server) {
        return new MigrationMetrics(metrics, store, catalog, server.startedAt());
    }

    @Bean
    Scrape scrape(PrometheusMeterRegistry registry, MigrationStore store, CatalogStore catalog, ConnectedProviders providers,
            EngineSettings settings, MigrationMetrics counters, Clock clock) {
        return new PrometheusScrape(registry,
                new MigrationGauges(registry, store, catalog, providers, settings, counters, clock)::refresh);
    }

    @Bean
    Dispatch dispatch(ServerSettings settings, VmMigrationRunner runner, MigrationStore store, MigrationMetrics timings,
            MeterRegistry metrics) {
        var stages = runner.stages().stream().map(stage -> new StageRoute(stage, settings.dispatch().push())).toList();
        return new Dispatch(runner, store::wake, stages, settings.dispatch().poll(), timings::pushed, metrics);
    }

    @Bean(destroyMethod = "") // its lifecycle closes it, while the database is open
    QuartzAlarm alarm(Database database, ServerIdentity server) {
        return new QuartzAlarm(database, server.node());
    }

    @Bean
    PlanStarts planStarts(Database database, CatalogStore catalog, WakingMigrations migrations, QuartzAlarm alarm, Clock clock) {
        return new PlanStarts(database.plannedStartStore(), catalog, migrations, alarm, clock);
    }

    @Bean
    AlarmLifecycle alarms(QuartzAlarm alarm, PlanStarts starts, ServerIdentity server) {
        return new AlarmLifecycle(alarm, starts, server.node());
    }

    @Bean
    EventStreams eventStreams(WakingMigrations migrations, JsonMapper json, MeterRegistry metrics) {
        var streams = new EventStreams(migrations, json);
        Gauge.builder("godwit.event.streams", streams::open).description("Streams of Server-Sent Events that are open").register(metrics);
        return streams;
    }

    @Bean
    @ConditionalOnProperty("godwit.end-when-idle")
    IdleEnd idleEnd(ServerSettings settings, DataFolder data, Engine engine, PlanStarts starts, Clock clock) {
        return new IdleEnd(Objects.requireNonNull(settings.endWhenIdle()), data.path(), () -> lastEnd(engine.migrations(), starts), clock,
                () -> Thread.ofPlatform().name("end").start(() -> System.exit(0))); // which waits for the thread that it is called from
    }

    /// A start that is to come is looked for first: once it is none any more, its migration is there.
    private static Optional<Instant> lastEnd(Migrations migrations, PlanStarts starts) {
        if (starts.list().stream().anyMatch(start -> start.state() == PlannedStart.State.SCHEDULED)) {
            return Optional.empty();
        }
        var last = Instant.MIN;
        for (var each : migrations.list()) {
            var completed = each.completed();
            if (completed == null) {
                return Optional.empty();
            }
            last = completed.isAfter(last) ? completed : last;
        }
        return Optional.of(last);
    }

    @Bean
    WakingMigrations migrations(Engine engine, Dispatch dispatch) {
        return new WakingMigrations(engine.migrations(), dispatch::lookNow);
    }
}
