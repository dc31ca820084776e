package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.IDEMPOTENCY_KEY_REUSED;
import static io.godwit.engine.fault.EngineFault.MAPPING_IN_USE;
import static io.godwit.engine.fault.EngineFault.MAPPING_NOT_FOUND;
import static io.godwit.engine.fault.EngineFault.NAME_TAKEN;
import static io.godwit.engine.fault.EngineFault.PLAN_IN_USE;
import static io.godwit.engine.fault.EngineFault.PROVIDER_IN_USE;
import static io.godwit.engine.fault.EngineFault.PROVIDER_NOT_FOUND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.ProviderRow;
import io.godwit.engine.catalog.ProviderRow.Role;
import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Append;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.journal.Status;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// What people registered, on both databases.
@ExtendWith(PostgreSqlPeer.class)
class CatalogStoreIT {
    private static final Set<String> RAN_ON = new TreeSet<>();

    @AfterAll
    static void ranOnBothDatabases() {
        assertThat(RAN_ON).containsExactly("HSQL Database Engine", "PostgreSQL");
    }

    @Nested
    class Embedded extends Cases {
        @TempDir
        Path folder;

        @Override
        StoreSettings settings() {
            return new StoreSettings.Embedded(folder.resolve("db"));
        }
    }

    @Nested
    class PostgreSql extends Cases {
        private final StoreSettings.PostgreSql server;

        PostgreSql(StoreSettings.PostgreSql server) {
            this.server = server;
        }

        @Override
        StoreSettings settings() {
            return server;
        }
    }

    abstract static class Cases {
        private static final ProviderRow SOURCE = new ProviderRow("s-1", "files", Role.SOURCE, "x", "/srv/ova", Map.of("a", "ä\n\"b\""),
                Map.of("user", "root", "password", "a\u0001b"), null);
        private static final ProviderRow DESTINATION = new ProviderRow("d-1", "here", Role.DESTINATION, "y", "/srv/pool", Map.of(), Map.of(), "node-1");
        private static final NetworkMapping NETWORKS = new NetworkMapping("n-1", "nets", "s-1", "d-1",
                List.of(new NetworkMapping.Pair("VM Network", new NetworkTarget.Named("default")), new NetworkMapping.Pair("b", new NetworkTarget.Ignored())));
        private static final StorageMapping STORAGES = new StorageMapping("t-1", "stores", "s-1", "d-1",
                List.of(new StorageMapping.Pair("*", StorageTarget.DEFAULT)));
        private static final Plan PLAN = new Plan(new PlanId("p-1"), "first", "", "s-1", "d-1", "n-1", "t-1", MigrationType.COLD, "default", false, true,
                List.of(new Plan.PlanVm("vm-1", "VM", null, "/dev/sda2")));

        private TestDatabase database;
        private CatalogStore catalog;

        abstract StoreSettings settings();

        @BeforeEach
        void open() throws Exception {
            database = TestDatabase.open(settings());
            RAN_ON.add(database.product());
            catalog = database.database().catalogStore();
            if (catalog.listProviders().isEmpty()) {
                catalog.createProvider(SOURCE);
                catalog.createProvider(DESTINATION);
                catalog.createNetworkMapping(NETWORKS);
                catalog.createStorageMapping(STORAGES);
                catalog.createPlan(PLAN);
            }
        }

        @AfterEach
        void close() {
            database.close();
        }

        private static void assertFault(EngineFault code, ThrowingCallable call) {
            assertThat(catchThrowableOfType(FaultException.class, call).fault().code()).isEqualTo(code.name());
        }

        @Test
        void givesBackWhatWasRegisteredByIdAndByName() {
            assertThat(catalog.findProvider("s-1")).contains(SOURCE).isEqualTo(catalog.findProvider("files"));
            assertThat(catalog.findNetworkMapping("nets")).contains(NETWORKS);
            assertThat(catalog.findStorageMapping("t-1")).contains(STORAGES);
            assertThat(catalog.findPlan("first")).contains(PLAN);
            assertThat(catalog.findPlan("nobody")).isEmpty();
            assertThat(catalog.listProviders()).containsExactly(SOURCE, DESTINATION);
            assertThat(catalog.listNetworkMappings()).containsExactly(NETWORKS);
            assertThat(catalog.listStorageMappings()).containsExactly(STORAGES);
            assertThat(catalog.listPlans()).containsExactly(PLAN);
        }

        @Test
        void secretsAreNoPartOfWhatIsShown() throws Exception {
            try (var connection = database.database().dataSource().getConnection();
                    var statement = connection.createStatement();
                    var found = statement.executeQuery("select body from provider where id = 's-1'")) {
                found.next();
                assertThat(found.getString(1)).contains("ova").doesNotContain("password");
            }
        }

        @Test
        void aNameIsTakenOnce() {
            assertFault(NAME_TAKEN, () -> catalog.createProvider(new ProviderRow("s-2", "files", Role.SOURCE, "x", "/", Map.of(), Map.of(), null)));
            assertFault(NAME_TAKEN, () -> catalog.createNetworkMapping(new NetworkMapping("n-2", "nets", "s-1", "d-1", List.of())));
        }

        @Test
        void whatIsNamedMustBeThere() {
            assertFault(PROVIDER_NOT_FOUND, () -> catalog.createNetworkMapping(new NetworkMapping("n-2", "other", "s-9", "d-1", List.of())));
            assertFault(MAPPING_NOT_FOUND, () -> catalog.createPlan(new Plan(new PlanId("p-2"), "second", "", "s-1", "d-1", "n-9", "t-1", MigrationType.COLD,
                    "default", false, true, List.of())));
        }

        @Test
        void whatIsNamedCannotGo() {
            assertFault(PROVIDER_IN_USE, () -> catalog.deleteProvider("d-1"));
            assertFault(MAPPING_IN_USE, () -> catalog.deleteNetworkMapping("n-1"));
            assertFault(MAPPING_IN_USE, () -> catalog.deleteStorageMapping("t-1"));
            assertThat(catalog.deletePlan("p-9")).isFalse();
        }

        @Test
        void aPlanGoesWhenAllOfItHasEndedAndThenTheRest() {
            var vm = database.start(PLAN.id(), 1).getFirst();
            assertFault(PLAN_IN_USE, () -> catalog.deletePlan("p-1"));
            end(vm, Phase.FAILED, 2);
            assertFault(PLAN_IN_USE, () -> catalog.deletePlan("p-1"));
            database.store().command(vm, io.godwit.engine.journal.Command.CANCEL);
            end(vm, Phase.CANCELED, 3);
            assertThat(catalog.deletePlan("p-1")).isTrue();
            assertThat(catalog.deletePlan("p-1")).isFalse();
            assertThat(catalog.deleteNetworkMapping("n-1")).isTrue();
            assertThat(catalog.deleteStorageMapping("t-1")).isTrue();
            assertThat(catalog.deleteProvider("s-1")).isTrue();
            assertThat(catalog.findProvider("s-1")).isEmpty();
            assertThat(catalog.listProviders()).containsExactly(DESTINATION);
        }

        private void end(io.godwit.model.migration.VmMigrationId vm, Phase phase, long seq) {
            var lease = database.store().claimDue("node-1", 10, Duration.ofSeconds(30)).getFirst();
            var kept = new Kept(new Status(phase, null, null, null), List.of());
            assertThat(lease.id()).isEqualTo(vm);
            database.store().append(lease, new Append(List.of(kept.entry(seq, lease.epoch(), "end", Instant.EPOCH)), List.of(), true,
                    database.store().inbox(vm).stream().map(io.godwit.engine.journal.InboxCommand::number).toList(), kept.status(), null, true));
        }

        @Test
        void aRequestIsRemembered() {
            var at = database.store().now();
            assertThat(catalog.rememberRequest("k", "digest", "m-1", at)).isEmpty();
            assertThat(catalog.rememberRequest("k", "digest", "m-2", at)).contains("m-1");
            assertFault(IDEMPOTENCY_KEY_REUSED, () -> catalog.rememberRequest("k", "other", "m-3", at));
        }
    }
}
