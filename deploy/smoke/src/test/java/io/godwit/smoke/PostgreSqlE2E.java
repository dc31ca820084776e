package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.store.PostgreSqlPeer;
import io.godwit.store.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.DriverManager;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Server and workers over a PostgreSQL that asks for a password: the same as over the embedded database.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(PostgreSqlPeer.class)
class PostgreSqlE2E {
    private static final String PASSWORD = "correct horse";
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private StoreSettings.PostgreSql database;
    private SmokeServer server;
    private Pipeline pipeline;
    private ReferenceRun reference;

    @BeforeAll
    void migrateOnceUndisturbed(StoreSettings.PostgreSql empty) throws IOException, SQLException {
        database = empty;
        try (var connection = DriverManager.getConnection(database.url(), database.user(), "");
                var statement = connection.createStatement()) {
            statement.execute("create role guarded login password '" + PASSWORD + "'");
            statement.execute("alter database " + connection.getCatalog() + " owner to guarded");
        }
        var secret = Files.createFile(folder.resolve("password"),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(secret, PASSWORD + "\n");
        var exports = Files.createDirectories(folder.resolve("exports"));
        var ova = ReferenceRun.writeOva(exports, new SeededDisk(6, 8 << 20));
        server = SmokeServer.start(folder, "-Dgodwit.database.url=" + database.url(), "-Dgodwit.database.username=guarded",
                "-Dgodwit.database.password-file=" + secret);
        pipeline = Pipeline.register(server, exports, Files.createDirectories(folder.resolve("pool")));
        reference = ReferenceRun.of(pipeline, ova);
    }

    @AfterAll
    void end() {
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @Test
    void keepsTheJournalThereAndNowhereElse() throws Exception {
        var id = reference.view().path("id").asString();
        try (var connection = DriverManager.getConnection(database.url(), "guarded", PASSWORD);
                var count = connection.prepareStatement("select count(*) from journal where vm_migration = ?")) {
            count.setString(1, id);
            var rows = count.executeQuery();
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(pipeline.journal(id).size()).isPositive();
        }
        assertThat(server.data().resolve("db")).doesNotExist();
        assertThatThrownBy(() -> DriverManager.getConnection(database.url(), "guarded", "wrong"))
                .hasMessageContaining("password authentication failed");
    }

    @Test
    void goesOnWhenTheServerIsKilledBetweenStagesAndInTheMiddleOfAJob() throws Exception {
        server.holds().holdJob(AtWork.CONVERT.job());
        server.holds().hold("VerifyDisks");
        var id = pipeline.start(ReferenceRun.plan(pipeline, "killed"));
        var worker = AtWork.CONVERT.catchIt(pipeline.pool(), id);
        server.kill();
        server.restart();
        pipeline = pipeline.on(server);
        AtWork.CONVERT.goOn(worker, server.holds());
        server.holds().awaitReached("VerifyDisks");
        assertThat(worker.pidOfItsJob()).isEqualTo(worker.pid());
        server.kill();
        server.holds().release("VerifyDisks");
        server.restart();
        pipeline = pipeline.on(server);
        reference.requireSame(pipeline, id);
        assertThat(pipeline.attempts(id, "ConvertGuest")).isEqualTo(1);
    }

    @Test
    void leavesNothingWhenItIsCanceled() {
        server.holds().holdJob(AtWork.CONVERT.job());
        var id = pipeline.start(ReferenceRun.plan(pipeline, "canceled"));
        AtWork.CONVERT.catchIt(pipeline.pool(), id);
        pipeline.cancel(id);
        assertThat(pipeline.awaitEnd(id).path("phase").asString()).isEqualTo("Canceled");
        server.holds().releaseJob(AtWork.CONVERT.job());
        assertThat(SmokeWorker.processesOf(pipeline.pool(), id)).isEmpty();
        assertThat(pipeline.traces(id, "canceled")).isEmpty();
    }
}
