package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.PLAN_IN_USE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.InboxCommand;
import io.godwit.engine.journal.Journal;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Status;
import io.godwit.engine.limit.CopyGrant;
import io.godwit.engine.limit.CopyJob;
import io.godwit.engine.limit.GrantLedger;
import io.godwit.engine.limit.Rates;
import io.godwit.engine.stage.Stages;
import io.godwit.engine.testkit.CatalogStoreContract;
import io.godwit.engine.testkit.GrantLedgerContract;
import io.godwit.engine.testkit.MigrationStoreContract;
import io.godwit.engine.testkit.RequestStoreContract;
import io.godwit.model.disk.JobName;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The engine's contracts of its stores, on both databases; fails where they did not run on both.
@ExtendWith(PostgreSqlPeer.class)
class StoreContractIT {
    private static final Set<String> RAN_ON = new TreeSet<>();

    @AfterAll
    static void ranOnBothDatabases() {
        assertThat(RAN_ON).containsExactly("catalog in HSQL Database Engine", "catalog in PostgreSQL", "grants in PostgreSQL",
                "journals in HSQL Database Engine",
                "journals in PostgreSQL", "requests in HSQL Database Engine", "requests in PostgreSQL");
    }

    @Nested
    class JournalsInHsqldb extends Journals {
        @Override
        StoreSettings choose(Path folder, StoreSettings.PostgreSql server) {
            return new StoreSettings.Embedded(folder);
        }
    }

    @Nested
    class JournalsInPostgreSql extends Journals {
        @Override
        StoreSettings choose(Path folder, StoreSettings.PostgreSql server) {
            return server;
        }
    }

    @Nested
    class CatalogInHsqldb extends Catalog {
        @Override
        StoreSettings choose(Path folder, StoreSettings.PostgreSql server) {
            return new StoreSettings.Embedded(folder);
        }
    }

    @Nested
    class CatalogInPostgreSql extends Catalog {
        @Override
        StoreSettings choose(Path folder, StoreSettings.PostgreSql server) {
            return server;
        }
    }

    @Nested
    class RequestsInHsqldb extends Requests {
        @Override
        StoreSettings choose(Path folder, StoreSettings.PostgreSql server) {
            return new StoreSettings.Embedded(folder);
        }
    }

    @Nested
    class RequestsInPostgreSql extends Requests {
        @Override
        StoreSettings choose(Path folder, StoreSettings.PostgreSql server) {
            return server;
        }
    }

    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Requests extends RequestStoreContract {
        @TempDir
        private static Path folder;
        private @Nullable TestDatabase database;

        abstract StoreSettings choose(Path folder, StoreSettings.PostgreSql server);

        @BeforeAll
        void open(StoreSettings.PostgreSql server) {
            database = TestDatabase.open(choose(folder.resolve("requests"), server));
        }

        @BeforeEach
        void clear() throws Exception {
            database().clear();
            RAN_ON.add("requests in " + database().product());
        }

        @AfterAll
        void close() {
            database().close();
        }

        private TestDatabase database() {
            return Objects.requireNonNull(database);
        }

        @Override
        protected RequestStore store() {
            return database().database().requestStore();
        }

        @Override
        protected void age(Duration by) {
            try {
                database().execute("update kept_request set begun_at = begun_at - interval '" + by.toSeconds() + "' second(6)");
            } catch (SQLException e) {
                throw new AssertionError(e);
            }
        }
    }

    @Nested
    @TestInstance(Lifecycle.PER_CLASS)
    class GrantsInPostgreSql extends GrantLedgerContract {
        private @Nullable TestDatabase database;

        @BeforeAll
        void open(StoreSettings.PostgreSql server) {
            database = TestDatabase.open(server);
        }

        @BeforeEach
        void clear() throws Exception {
            database().clear();
            RAN_ON.add("grants in " + database().product());
        }

        @AfterAll
        void close() {
            database().close();
        }

        private TestDatabase database() {
            return Objects.requireNonNull(database);
        }

        @Override
        protected GrantLedger ledger() {
            return database().database().grantLedger();
        }

        @Test
        void whatASilentNodeHoldsIsPinnedAndGoneWhenItsWorkersHaveStopped() throws Exception {
            var job = new CopyJob(new VmMigrationId("v-1"), new JobName("copy-1"), "p-1", "vm-1", "s-1", null, "d-1", List.of());
            var grant = new CopyGrant(job, Rates.UNLIMITED, new Rates(7, 0), false);
            ledger().settle("a", _ -> List.of(grant));
            database().execute("update copy_grant set renewed_at = renewed_at - interval '11' second");
            assertThat(others()).containsExactly(new CopyGrant(job, grant.demand(), grant.held(), true));
            database().execute("update copy_grant set renewed_at = renewed_at - interval '70' minute");
            assertThat(others()).isEmpty();
        }

        private List<CopyGrant> others() {
            var seen = new ArrayList<CopyGrant>();
            ledger().settle("b", others -> {
                seen.addAll(others);
                return List.of();
            });
            return seen;
        }
    }

    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Journals extends MigrationStoreContract {
        private TestDatabase database;
        private TestDatabase replica;

        abstract StoreSettings choose(Path folder, StoreSettings.PostgreSql server);

        @BeforeAll
        void open(@TempDir Path folder, StoreSettings.PostgreSql server) {
            var settings = choose(folder, server);
            database = TestDatabase.open(settings, Stages.factTypes(), Journal::project);
            replica = settings.equals(server)
                    ? TestDatabase.open(settings, Stages.factTypes(), Journal::project)
                    : new TestDatabase(database.database(), database.database().migrationStore(Stages.factTypes(), Journal::project));
        }

        @BeforeEach
        void clear() throws Exception {
            database.clear();
            RAN_ON.add("journals in " + database.product());
        }

        @AfterAll
        void close() {
            replica.close();
            database.close();
        }

        @Override
        protected MigrationStore store() {
            return database.store();
        }

        @Override
        protected MigrationStore otherReplica() {
            return replica.store();
        }

        @Override
        protected void pass(Duration time) {
            var end = database.store().now().plus(time);
            Awaitility.await().pollInterval(Duration.ofMillis(5)).until(() -> database.store().now().isAfter(end));
        }
    }

    @TestInstance(Lifecycle.PER_CLASS)
    abstract static class Catalog extends CatalogStoreContract {
        private TestDatabase database;
        private CatalogStore catalog;

        abstract StoreSettings choose(Path folder, StoreSettings.PostgreSql server);

        @BeforeAll
        void open(@TempDir Path folder, StoreSettings.PostgreSql server) {
            database = TestDatabase.open(choose(folder, server));
            catalog = database.database().catalogStore();
        }

        @BeforeEach
        void clear() throws Exception {
            database.clear();
            RAN_ON.add("catalog in " + database.product());
        }

        @AfterAll
        void close() {
            database.close();
        }

        @Override
        protected CatalogStore store() {
            return catalog;
        }

        @Test
        void secretsAreKeptApart() throws Exception {
            var provider = new ProviderRow("s-1", "files", Role.SOURCE, "x", "/srv", Map.of("a", "ä\n\"b\""),
                    Map.of("password", "a\u0001b"), null);
            catalog.createProvider(provider);
            assertThat(catalog.findProvider("files")).contains(provider);
            try (var connection = database.database().dataSource().getConnection();
                    var statement = connection.createStatement();
                    var found = statement.executeQuery("select body from provider")) {
                found.next();
                assertThat(found.getString(1)).contains("/srv").doesNotContain("password");
            }
            try (var connection = database.database().dataSource().getConnection();
                    var statement = connection.createStatement();
                    var found = statement.executeQuery("select content from secret")) {
                found.next();
                assertThat(found.getString(1)).startsWith("1:").doesNotContain("a\u0001b");
            }
            assertThat(catalog.deleteProvider("s-1")).isTrue();
        }

        @Test
        void aPlanGoesWhenAllOfItHasEnded() {
            catalog.createProvider(new ProviderRow("s-1", "a", Role.SOURCE, "x", "/", Map.of(), Map.of(), null));
            catalog.createNetworkMapping(new NetworkMapping("n-1", "nets", "s-1", "s-1", List.of()));
            catalog.createStorageMapping(new StorageMapping("t-1", "stores", "s-1", "s-1", List.of()));
            catalog.createPlan(new Plan(new PlanId("p-1"), "first", "", "s-1", "s-1", "n-1", "t-1", MigrationType.COLD, "default", false,
                    true, List.of()));
            var vm = database.start(new PlanId("p-1"), 1).getFirst();
            assertPlanInUse();
            end(vm, Phase.FAILED, 2);
            assertPlanInUse();
            database.store().command(vm, Command.CANCEL);
            end(vm, Phase.CANCELED, 3);
            assertThat(catalog.deletePlan("p-1")).isTrue();
        }

        private void assertPlanInUse() {
            assertThat(catchThrowableOfType(FaultException.class, () -> catalog.deletePlan("p-1")).fault().code())
                    .isEqualTo(PLAN_IN_USE.name());
        }

        private void end(VmMigrationId vm, Phase phase, long seq) {
            var lease = database.store().claimDue("node-1", 10, Duration.ofSeconds(30)).getFirst();
            var kept = new Kept(new Status(phase, null, null, null), List.of());
            assertThat(lease.id()).isEqualTo(vm);
            database.store().append(lease, new Append(List.of(kept.entry(seq, lease.epoch(), "end", Instant.EPOCH)), List.of(), true,
                    database.store().inbox(vm).stream().map(InboxCommand::number).toList(), kept.status(), null, true));
        }
    }
}
