package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.godwit.model.fault.FaultException;
import io.godwit.model.plan.PlanId;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The embedded database as a person meets it.
class DatabaseTest {
    @TempDir
    Path temp;

    private StoreSettings.Embedded settings() {
        return new StoreSettings.Embedded(temp.resolve("db"));
    }

    private FaultException openingFails() {
        return catchThrowableOfType(FaultException.class, () -> Database.open(settings()).close());
    }

    @Test
    void keepsAllOverARestart() {
        io.godwit.model.migration.VmMigrationId id;
        try (var database = TestDatabase.open(settings())) {
            id = database.start(PlanId.random(), 1).getFirst();
        }
        try (var database = TestDatabase.open(settings())) {
            assertThat(database.store().journal(id)).hasSize(1);
        }
    }

    @Test
    void itsFolderIsItsOwnersOnly() throws IOException {
        Files.createDirectory(settings().folder(), PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Database.open(settings()).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(settings().folder()))).isEqualTo("rwx------");
    }

    @Test
    void aFolderBelongsToOneAtATime() {
        try (var _ = Database.open(settings())) {
            assertThat(openingFails().fault().code()).isEqualTo(StoreFault.STORE_FOLDER_IN_USE.name());
        }
        assertThat(openingFails()).isNull();
    }

    @Test
    void refusesAFolderThatCannotBeMade() throws IOException {
        Files.writeString(temp.resolve("db"), "a file");
        assertThat(openingFails().fault().code()).isEqualTo(StoreFault.STORE_FOLDER_UNUSABLE.name());
    }

    @Test
    void refusesTablesOfANewerRelease() throws Exception {
        try (var database = TestDatabase.open(settings())) {
            database.execute("update \"flyway_schema_history\" set \"version\" = '999' where \"version\" = '002'");
        }
        assertThat(openingFails().fault().code()).isEqualTo(StoreFault.STORE_SCHEMA_UNFIT.name());
    }

    /// Killed here by closing without a checkpoint, so that the log holds what was committed.
    private Path killedLog() throws Exception {
        var folder = settings().folder();
        var database = EmbeddedDatabase.open(folder);
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            statement.execute("create table entry (seq int primary key)");
            for (int i = 0; i < 10; i++) {
                statement.execute("insert into entry values (" + i + ")");
                connection.commit();
            }
        }
        database.closeImmediately();
        return folder.resolve("godwit.log");
    }

    private int entries() throws Exception {
        try (var database = EmbeddedDatabase.open(settings().folder());
                var connection = database.getConnection();
                var statement = connection.createStatement();
                var found = statement.executeQuery("select count(*) from entry")) {
            found.next();
            return found.getInt(1);
        }
    }

    @Test
    void dropsALineThatAKillLeftUnfinished() throws Exception {
        Files.writeString(killedLog(), "/*C9*/INSERT INTO ENTRY VAL", StandardOpenOption.APPEND);
        assertThat(entries()).isEqualTo(10);
    }

    /// HSQLDB itself would go on, and drop all that comes after the line.
    @Test
    void refusesADamagedLogAndLeavesItAsItIs() throws Exception {
        var log = killedLog();
        var damaged = Files.readString(log).replace("INTO ENTRY VALUES(4)", "INTO ENTRX VALUES(4)");
        Files.writeString(log, damaged);
        assertThat(openingFails().fault().code()).isEqualTo(StoreFault.STORE_DAMAGED.name());
        assertThat(log).hasContent(damaged);
        Files.writeString(log, damaged.replace("ENTRX", "ENTRY"));
        assertThat(entries()).isEqualTo(10);
    }
}
