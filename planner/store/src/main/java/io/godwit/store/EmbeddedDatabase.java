package io.godwit.store;

import static io.godwit.store.StoreFault.STORE_DAMAGED;
import static io.godwit.store.StoreFault.STORE_FOLDER_UNUSABLE;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.hsqldb.Session;
import org.hsqldb.jdbc.JDBCConnection;
import org.hsqldb.jdbc.JDBCDataSource;
import org.springframework.jdbc.datasource.AbstractDataSource;

/// The embedded database in a data folder of one process: HSQLDB, whose commits end only when they are on the disk.
/// docs/adr/0002-embedded-store.md says why it is set up like this.
final class EmbeddedDatabase extends AbstractDataSource implements AutoCloseable {
    static final String IO_ERROR = "58030"; // SQLSTATE

    private final JDBCDataSource hsqldb = new JDBCDataSource();
    private final SyncedFiles files = new SyncedFiles();
    private final DataFolderLock lock;

    private EmbeddedDatabase(DataFolderLock lock, String url) {
        this.lock = lock;
        hsqldb.setUrl(url);
        hsqldb.setUser("SA");
        hsqldb.setPassword("");
    }

    /// Opens the database of that folder, and makes it where there is none.
    static EmbeddedDatabase open(Path folder) {
        var lock = DataFolderLock.take(folder);
        try {
            UnfinishedCheckpoint.finish(folder);
            dropTornTail(folder.resolve("godwit.log"));
            var database = new EmbeddedDatabase(lock, url(folder));
            database.watchFiles();
            return database;
        } catch (SQLException e) {
            lock.close();
            throw new FaultException(STORE_DAMAGED, "the database in data folder " + folder + " cannot be opened", e);
        } catch (IOException e) {
            lock.close();
            throw new FaultException(STORE_FOLDER_UNUSABLE, "the database in data folder " + folder + " cannot be opened", e);
        }
    }

    private static String url(Path folder) {
        System.setProperty("hsqldb.reconfig_logging", "false"); // else it takes the JVM's logging over
        return "jdbc:hsqldb:file:" + folder.resolve("godwit").toAbsolutePath()
                + ";hsqldb.write_delay=false" // sync at commit
                + ";hsqldb.tx=mvcc"
                + ";hsqldb.lock_file=false" // ours is the kernel's, and costs no seconds after a kill
                + ";hsqldb.full_log_replay=true" // a bad line is a fault; else it drops all that comes after it
                + ";hsqldb.nio_data_file=false" // a full disk is an error of write, not a SIGBUS
                + ";hsqldb.default_table_type=cached"
                + ";hsqldb.log_size=8"; // MB to replay after a kill
    }

    /// Cuts off a line that a kill left unfinished. It was never acknowledged: a commit's line is whole before it is synced.
    private static void dropTornTail(Path log) throws IOException {
        if (Files.notExists(log)) {
            return;
        }
        try (var file = new RandomAccessFile(log.toFile(), "rw")) {
            long end = file.length();
            var block = new byte[8192];
            while (end > 0) {
                int length = (int) Math.min(block.length, end);
                file.seek(end - length);
                file.readFully(block, 0, length);
                int newline = new String(block, 0, length, ISO_8859_1).lastIndexOf('\n');
                if (newline >= 0) {
                    end = end - length + newline + 1;
                    break;
                }
                end -= length;
            }
            if (end < file.length()) {
                file.setLength(end);
                file.getFD().sync();
            }
        }
    }

    /// Lets HSQLDB write its log through files of ours. The checkpoint opens a new log, the first that they see.
    private void watchFiles() throws SQLException {
        try (var connection = hsqldb.getConnection(); var statement = connection.createStatement()) {
            var session = (Session) connection.unwrap(JDBCConnection.class).getSession();
            session.getDatabase().logger.fileAccess = files;
            statement.execute("CHECKPOINT");
        }
        requireSound();
    }

    private void requireSound() throws SQLException {
        var failure = files.failure();
        if (failure != null) {
            throw new SQLException("the database could not be written: " + failure.getMessage(), IO_ERROR, failure);
        }
    }

    /// A connection whose commit fails when its bytes may not be on the disk. There is none after such a failure.
    @Override
    public Connection getConnection() throws SQLException {
        requireSound();
        var connection = hsqldb.getConnection();
        connection.setAutoCommit(false); // so that nothing is committed but by commit()
        return (Connection) Proxy.newProxyInstance(EmbeddedDatabase.class.getClassLoader(), new Class<?>[]{Connection.class},
                (_, method, arguments) -> {
                    try {
                        var result = method.invoke(connection, arguments);
                        if (method.getName().equals("commit") || method.getName().equals("setAutoCommit")) {
                            requireSound();
                        }
                        return result;
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Override
    public Connection getConnection(String user, String password) throws SQLException {
        return getConnection();
    }

    /// Writes all files anew, without what was deleted or replaced.
    void rewriteFiles() {
        try (var connection = hsqldb.getConnection(); var statement = connection.createStatement()) {
            statement.execute("CHECKPOINT DEFRAG");
            requireSound();
        } catch (SQLException e) {
            throw new FaultException(StoreFault.STORE_NOT_WRITABLE, "the files of the embedded database could not be written anew", e);
        }
    }

    /// Ends the database in order, so that the next start has nothing to replay.
    @Override
    public void close() {
        shutDown(files.failure() == null ? "SHUTDOWN" : "SHUTDOWN IMMEDIATELY");
    }

    /// Ends the database as a kill would, but for the log's buffer.
    void closeImmediately() {
        shutDown("SHUTDOWN IMMEDIATELY");
    }

    private void shutDown(String how) {
        try (var connection = hsqldb.getConnection(); var statement = connection.createStatement()) {
            statement.execute(how);
        } catch (SQLException e) {
            throw new FaultException(StoreFault.STORE_NOT_WRITABLE, "the embedded database could not be closed", e);
        } finally {
            lock.close();
        }
    }
}
