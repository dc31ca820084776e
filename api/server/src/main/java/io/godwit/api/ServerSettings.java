package io.godwit.api;

import io.godwit.model.fault.FaultException;
import io.godwit.store.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/// What an administrator sets, all under `godwit.`.
///
/// @param data folder of the server's state; `null` = /var/lib/godwit for root, else ~/.local/state/godwit
/// @param endWhenIdle how long after its last migration ended, and with no start ordered for later, the server ends by itself; `null` = never
/// @param runtimeDirectory short folder for unix sockets; `null` = /run/godwit, else $XDG_RUNTIME_DIR/godwit, else /tmp/godwit-UID
@ConfigurationProperties("godwit")
record ServerSettings(@Nullable Path data, @Nullable Path runtimeDirectory, @DefaultValue Worker worker, @DefaultValue Limits limits,
        @DefaultValue Database database, @DefaultValue Dispatch dispatch, @Nullable Duration endWhenIdle) {

    /// @param command argv that starts a worker; the job's folder is appended
    record Worker(@DefaultValue List<String> command) {}

    /// How much may run at the same time; on all replicas together.
    ///
    /// @param total VM migrations
    /// @param perProvider VM migrations of one source
    /// @param conversions guests being converted; 0 = half the cores of this machine, at least 1
    /// @param disks disks being copied
    record Limits(@DefaultValue("20") int total, @DefaultValue("10") int perProvider, @DefaultValue("0") int conversions,
            @DefaultValue("10") int disks) {}

    /// @param url JDBC URL of a PostgreSQL; `null` = the embedded database in the data folder
    /// @param passwordFile holds the password, for no secret stands in a command line; `null` = none is asked for
    /// @param keyFile holds the key that secrets are sealed by; `null` = `secrets.key` in the data folder
    record Database(@Nullable String url, @DefaultValue("godwit") String username, @Nullable Path passwordFile, @Nullable Path keyFile) {

        StoreSettings store(DataFolder data) {
            var key = keyFile == null ? data.file("secrets.key") : keyFile;
            return url == null
                    ? new StoreSettings.Embedded(data.file("db"), key)
                    : new StoreSettings.PostgreSql(url, username, password(), key);
        }

        private String password() {
            try {
                return passwordFile == null ? "" : Files.readString(passwordFile).strip();
            } catch (IOException e) {
                throw new FaultException(ServerFault.DATABASE_PASSWORD_UNREADABLE,
                        "cannot read the database's password from " + passwordFile, e);
            }
        }
    }

    /// @param poll how often due VM migrations are looked for when nothing hints at one
    /// @param push how long one push of a stage may take; below `lease`
    /// @param lease how long a VM migration belongs to the server that claimed it: what a killed one held waits as long
    /// @param call how long one call of a provider may take; what a killed server had called is waited for as long
    record Dispatch(@DefaultValue("1s") Duration poll, @DefaultValue("45s") Duration push, @DefaultValue("60s") Duration lease,
            @DefaultValue("20s") Duration call) {

        Dispatch {
            if (push.compareTo(lease) >= 0) {
                throw new IllegalArgumentException(
                        "godwit.dispatch.push (" + push + ") must be below godwit.dispatch.lease (" + lease + ")");
            }
        }
    }
}
