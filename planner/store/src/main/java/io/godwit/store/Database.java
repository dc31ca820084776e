package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.STORE_UNAVAILABLE;
import static io.godwit.store.StoreFault.STORE_SCHEMA_UNFIT;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool.PoolInitializationException;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.catalog.PlannedStartStore;
import io.godwit.engine.catalog.RequestStore;
import io.godwit.engine.journal.FactTypes;
import io.godwit.engine.journal.MigrationStore;
import io.godwit.engine.journal.Projection;
import io.godwit.engine.limit.GrantLedger;
import io.godwit.model.fault.FaultException;
import java.nio.file.Path;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.PlatformTransactionManager;

/// The database with its tables at this release's version, and the stores over it.
public final class Database implements AutoCloseable {
    private static final int CONNECTIONS = 10;
    private static final int CONNECT_MILLIS = 10_000;

    private final Dialect dialect;
    private final @Nullable EmbeddedDatabase embedded;
    private final HikariDataSource pool;
    private final JdbcTransactionManager transactionManager;
    private final Transactions transactions;
    private final SealedSecrets secrets;

    private Database(Dialect dialect, @Nullable EmbeddedDatabase embedded, HikariDataSource pool, KeyFile key) {
        this.dialect = dialect;
        this.embedded = embedded;
        this.pool = pool;
        this.transactionManager = new JdbcTransactionManager(pool);
        this.transactions = new Transactions(dialect, pool, transactionManager);
        var opened = SealedSecrets.open(transactions, key);
        this.secrets = opened.secrets();
        if (embedded != null && opened.sealedNow()) {
            embedded.rewriteFiles();
        }
    }

    /// Opens the database, and brings its tables to this release's version.
    public static Database open(StoreSettings settings) {
        return switch (settings) {
            case StoreSettings.Embedded(var folder, var key) -> openEmbedded(folder, new KeyFile(key));
            case StoreSettings.PostgreSql server -> openServer(server);
        };
    }

    private static Database openEmbedded(Path folder, KeyFile key) {
        var embedded = EmbeddedDatabase.open(folder);
        try {
            return migrated(Dialect.HSQLDB, embedded, pool(new HikariConfig(), embedded), "the database in data folder " + folder, key);
        } catch (RuntimeException e) {
            embedded.close();
            throw e;
        }
    }

    private static Database openServer(StoreSettings.PostgreSql server) {
        try {
            return migrated(Dialect.POSTGRESQL, null, pool(postgreSql(server), null), "the database " + server.url(),
                    new KeyFile(server.keyFile()));
        } catch (PoolInitializationException e) {
            throw new FaultException(STORE_UNAVAILABLE, "the database " + server.url() + " does not let us in", e);
        }
    }

    private static HikariConfig postgreSql(StoreSettings.PostgreSql server) {
        var config = new HikariConfig();
        config.setJdbcUrl(server.url());
        config.setUsername(server.user());
        config.setPassword(server.password());
        config.addDataSourceProperty("ApplicationName", "godwit");
        config.addDataSourceProperty("connectTimeout", "5");
        config.addDataSourceProperty("socketTimeout", "30");
        config.addDataSourceProperty("tcpKeepAlive", "true");
        config.addDataSourceProperty("options", "-c lock_timeout=10s -c statement_timeout=20s -c idle_in_transaction_session_timeout=60s");
        return config;
    }

    private static HikariDataSource pool(HikariConfig config, @Nullable DataSource source) {
        if (source != null) {
            config.setDataSource(source);
        }
        config.setPoolName("store");
        config.setAutoCommit(false);
        config.setTransactionIsolation("TRANSACTION_READ_COMMITTED"); // what waits for a row then sees what it waited for
        config.setMaximumPoolSize(CONNECTIONS);
        config.setConnectionTimeout(CONNECT_MILLIS);
        return new HikariDataSource(config);
    }

    private static Database migrated(Dialect dialect, @Nullable EmbeddedDatabase embedded, HikariDataSource pool, String what,
            KeyFile key) {
        try {
            Flyway.configure()
                    .dataSource(pool)
                    .locations("classpath:db/migration/common", "classpath:db/migration/" + dialect.folder())
                    .placeholders(Map.of("text", dialect.textType()))
                    .ignoreMigrationPatterns(new String[0]) // a newer release's tables are none of ours
                    .load()
                    .migrate();
            return new Database(dialect, embedded, pool, key);
        } catch (FaultException e) {
            pool.close();
            throw e;
        } catch (FlywayException e) {
            pool.close();
            throw new FaultException(STORE_SCHEMA_UNFIT, what + " cannot be brought to this release's tables", e);
        }
    }

    /// The journals. Not for two processes over the embedded database, which belongs to one.
    public MigrationStore migrationStore(FactTypes facts, Projection projection) {
        return new JdbcMigrationStore(transactions, dialect, facts, projection);
    }

    /// What people registered.
    public CatalogStore catalogStore() {
        return new JdbcCatalogStore(transactions, secrets);
    }

    /// Requests that are answered once.
    public RequestStore requestStore() {
        return new JdbcRequestStore(transactions);
    }

    /// When plans are to start.
    public PlannedStartStore plannedStartStore() {
        return new JdbcPlannedStartStore(transactions);
    }

    /// Whether other servers may work on it too.
    public boolean isShared() {
        return dialect != Dialect.HSQLDB;
    }

    /// Where this node meets the others, if there can be any.
    public GrantLedger grantLedger() {
        return dialect == Dialect.HSQLDB ? GrantLedger.alone() : new JdbcGrantLedger(transactions);
    }

    /// For what keeps tables of its own beside ours, as Quartz does. Its connections do not commit by themselves.
    public DataSource dataSource() {
        return pool;
    }

    public PlatformTransactionManager transactionManager() {
        return transactionManager;
    }

    /// The class name for Quartz's `driverDelegateClass`; its tables are there, with the prefix `QRTZ_`.
    public String quartzDelegate() {
        return dialect.quartzDelegate();
    }

    @Override
    public void close() {
        pool.close();
        if (embedded != null) {
            embedded.close();
        }
    }
}
