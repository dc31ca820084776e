package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// The races on each database; fails where one of them did not run.
@ExtendWith(PostgreSqlPeer.class)
class StoreRacesIT {
    private static final Set<String> RAN_ON = new TreeSet<>();

    @AfterAll
    static void ranOnBothDatabases() {
        assertThat(RAN_ON).containsExactly("HSQL Database Engine", "PostgreSQL");
    }

    private static TestDatabase opened(StoreSettings settings) throws Exception {
        var database = TestDatabase.open(settings);
        RAN_ON.add(database.product());
        return database;
    }

    @Nested
    class Embedded extends StoreRaces {
        @TempDir
        Path folder;

        @Override
        TestDatabase open() throws Exception {
            return opened(new StoreSettings.Embedded(folder.resolve("db")));
        }
    }

    @Nested
    class PostgreSql extends StoreRaces {
        private final StoreSettings.PostgreSql settings;

        PostgreSql(StoreSettings.PostgreSql settings) {
            this.settings = settings;
        }

        @Override
        TestDatabase open() throws Exception {
            return opened(settings);
        }
    }
}
