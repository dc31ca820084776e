package io.godwit.store;

import java.nio.file.Path;

/// Which database to use.
public sealed interface StoreSettings {
    /// The embedded one, in a folder that belongs to one process at a time.
    record Embedded(Path folder) implements StoreSettings {}

    /// A PostgreSQL that replicas share.
    ///
    /// @param url `jdbc:postgresql://host:port/database`
    record PostgreSql(String url, String user, String password) implements StoreSettings {
        @Override
        public String toString() {
            return "PostgreSql[" + url + ", " + user + "]";
        }
    }
}
