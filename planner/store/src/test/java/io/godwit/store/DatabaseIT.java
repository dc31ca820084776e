package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.nio.file.Path;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The databases beside other processes.
@ExtendWith(PostgreSqlPeer.class)
class DatabaseIT {
    @Test
    void aFolderBelongsToOneProcessAtATime(@TempDir Path folder) throws Exception {
        var other = new JournalProcess(StoreWriter.class, List.of(), 1, folder);
        try {
            other.awaitEnough();
            var refused = catchThrowableOfType(FaultException.class, () -> Database.open(new StoreSettings.Embedded(folder)).close());
            assertThat(refused.fault().is(StoreFault.STORE_FOLDER_IN_USE)).isTrue();
            assertThat(refused.fault().why()).contains("another process");
        } finally {
            other.kill();
        }
        Database.open(new StoreSettings.Embedded(folder)).close(); // the kernel let go
    }

    @Test
    void saysThatAServerIsNotThere() {
        var nobody = new StoreSettings.PostgreSql("jdbc:postgresql://127.0.0.1:1/postgres", "godwit", "secret-of-mine",
                Path.of("secrets.key"));
        var refused = catchThrowableOfType(FaultException.class, () -> Database.open(nobody).close());
        assertThat(refused.fault().is(EngineFault.STORE_UNAVAILABLE)).isTrue();
        assertThat(refused.fault().toString() + nobody).contains("127.0.0.1:1").doesNotContain("secret-of-mine");
    }

    @Test
    void goesOnWhenTheServerIsBackAfterItCutAllConnections(StoreSettings.PostgreSql server) throws Exception {
        try (var database = TestDatabase.open(server)) {
            database.store().now();
            try (var other = DriverManager.getConnection(server.url(), server.user(), ""); var statement = other.createStatement()) {
                statement.execute(
                        "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
            }
            var faults = new ArrayList<Fault>();
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> {
                try {
                    database.store().now();
                    return true;
                } catch (FaultException e) {
                    faults.add(e.fault());
                    return false;
                }
            });
            assertThat(faults).allMatch(fault -> fault.is(EngineFault.STORE_UNAVAILABLE) && fault.retryable());
        }
    }

    /// Two replicas that start at the same time over an empty database.
    @Test
    void replicasMakeTheTablesOnce(StoreSettings.PostgreSql server) throws Exception {
        try (var threads = Executors.newFixedThreadPool(2)) {
            Callable<Database> opening = () -> Database.open(server);
            for (var each : threads.invokeAll(List.of(opening, opening))) {
                each.get().close();
            }
        }
    }
}
