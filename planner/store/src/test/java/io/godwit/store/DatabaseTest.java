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

    @Test
    void endsWithAFaultWithoutTheKeyOfItsSecrets() throws Exception {
        var key = settings().keyFile();
        Database.open(settings()).close();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(key))).isEqualTo("rw-------");
        var kept = Files.readString(key);

        Files.delete(key);
        assertThat(openingFails().fault().code()).isEqualTo(StoreFault.STORE_KEY_MISSING.name());
        assertThat(key).as("no other key is made").doesNotExist();
        new KeyFile(key).create();
        assertThat(openingFails().fault().code()).isEqualTo(StoreFault.STORE_KEY_WRONG.name());
        Files.writeString(key, kept);
        assertThat(openingFails()).isNull();
    }

    @Test
    void sealsWhatAnEarlierReleaseLeftOpen() throws Exception {
        try (var database = TestDatabase.open(settings())) {
            database.execute("delete from seal");
            database.execute("insert into provider (id, name, body) values ('s-1', 'files', '"
                    + "{\"id\":\"s-1\",\"name\":\"files\",\"role\":\"SOURCE\",\"type\":\"x\",\"url\":\"/\"}')");
            database.execute("insert into secret (provider, name, content) values ('s-1', 'password', 'left-open-before')");
        }
        assertThat(filesWith("left-open-before")).as("before").isNotEmpty();
        Files.delete(settings().keyFile());

        for (int start = 0; start < 2; start++) {
            try (var database = TestDatabase.open(settings())) {
                assertThat(database.database().catalogStore().findProvider("files").orElseThrow().secrets())
                        .containsEntry("password", "left-open-before");
                assertThat(filesWith("left-open-before")).as("while it is open, start " + start).isEmpty();
            }
            assertThat(filesWith("left-open-before")).isEmpty();
        }
    }

    private java.util.List<Path> filesWith(String text) throws IOException {
        var found = new java.util.ArrayList<Path>();
        try (var all = Files.walk(temp)) {
            for (var each : all.filter(Files::isRegularFile).toList()) {
                var bytes = new String(Files.readAllBytes(each), java.nio.charset.StandardCharsets.ISO_8859_1);
                if (bytes.replace("\0", "").contains(text)) { // also as UTF-16
                    found.add(each);
                }
            }
        }
        return found;
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
