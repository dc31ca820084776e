package io.godwit.store;

import java.nio.file.Path;

/// Which database to use.
public sealed interface StoreSettings {
    /// The file with the key that secrets are sealed by; made when the database has none yet.
    Path keyFile();

    /// The embedded one, in a folder that belongs to one process at a time.
    record Embedded(Path folder, Path keyFile) implements StoreSettings {
        /// With the key in the same folder.
        public Embedded(Path folder) {
            this(folder, folder.resolve("secrets.key"));
        }
    }

    /// A PostgreSQL that replicas share.
    ///
    /// @param url `jdbc:postgresql://host:port/database`
    record PostgreSql(String url, String user, String password, Path keyFile) implements StoreSettings {
        @Override
        public String toString() {
            return "PostgreSql[" + url + ", " + user + "]";
        }
    }
}
