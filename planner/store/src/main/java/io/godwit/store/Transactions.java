package io.godwit.store;

import static io.godwit.engine.fault.EngineFault.STORE_UNAVAILABLE;
import static io.godwit.store.StoreFault.STORE_NOT_WRITABLE;

import io.godwit.model.fault.FaultException;
import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.springframework.dao.ConcurrencyFailureException;
import org.springframework.dao.DataAccessResourceFailureException;
import org.springframework.dao.RecoverableDataAccessException;
import org.springframework.dao.TransientDataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.jdbc.support.JdbcTransactionManager;
import org.springframework.transaction.CannotCreateTransactionException;
import org.springframework.transaction.TransactionSystemException;
import org.springframework.transaction.support.TransactionTemplate;

/// Runs each method of a store as one transaction: again when it lost against another one, and with what the database says as a fault.
final class Transactions {
    private static final int TRIES = 10;
    private static final int SECONDS = 20;

    private final Dialect dialect;
    private final JdbcClient client;
    private final TransactionTemplate template;
    private final ReentrantLock embeddedWriter = new ReentrantLock(true);

    Transactions(Dialect dialect, DataSource source, JdbcTransactionManager manager) {
        this.dialect = dialect;
        client = JdbcClient.create(source);
        template = new TransactionTemplate(manager);
        template.setTimeout(SECONDS);
    }

    /// Runs work that only reads as one transaction.
    ///
    /// @param what the work is, for a fault
    <T> T read(String what, Function<JdbcClient, T> work) {
        return run(what, work);
    }

    /// Runs the work as one transaction. Into the embedded database one writes at a time: its commits wait for each other's fsync
    /// anyway, and HSQLDB rolls back what meets another's rows, again and again while that one waits for the disk.
    ///
    /// @param what the work is, for a fault
    <T> T write(String what, Function<JdbcClient, T> work) {
        if (dialect != Dialect.HSQLDB) {
            return run(what, work);
        }
        try {
            if (!embeddedWriter.tryLock(SECONDS, TimeUnit.SECONDS)) {
                throw new FaultException(STORE_UNAVAILABLE, what + " was given up", "others wrote for " + SECONDS + " s");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new FaultException(STORE_UNAVAILABLE, what + " was given up", "it was interrupted while others wrote");
        }
        try {
            return run(what, work);
        } finally {
            embeddedWriter.unlock();
        }
    }

    private <T> T run(String what, Function<JdbcClient, T> work) {
        for (int attempt = 1;; attempt++) {
            try {
                return template.execute(_ -> work.apply(client));
            } catch (ConcurrencyFailureException e) { // a deadlock, or rows that another one changed: nothing was written
                if (attempt == TRIES) {
                    throw new FaultException(STORE_UNAVAILABLE, what + " lost against other transactions " + TRIES + " times", e);
                }
            } catch (DataAccessResourceFailureException | TransientDataAccessException | RecoverableDataAccessException
                    | CannotCreateTransactionException | TransactionSystemException e) {
                throw new FaultException(isWriteError(e) ? STORE_NOT_WRITABLE : STORE_UNAVAILABLE, what + " failed in the database", e);
            }
        }
    }

    private static boolean isWriteError(@Nullable Throwable thrown) {
        return switch (thrown) {
            case null -> false;
            case SQLException e when EmbeddedDatabase.IO_ERROR.equals(e.getSQLState()) -> true;
            default -> isWriteError(thrown.getCause());
        };
    }

    /// Lets one transaction through at a time, until it ends.
    static void pass(JdbcClient sql, String gate) {
        sql.sql("update gate set passed = passed + 1 where name = :gate").param("gate", gate).update();
    }

    /// The database's time.
    static Instant now(JdbcClient sql) {
        return sql.sql("values (current_timestamp)")
                .query((row, _) -> row.getObject(1, OffsetDateTime.class).toInstant().truncatedTo(ChronoUnit.MICROS))
                .single();
    }

    /// As the driver takes it; the tables keep microseconds.
    static OffsetDateTime at(Instant instant) {
        return instant.truncatedTo(ChronoUnit.MICROS).atOffset(ZoneOffset.UTC);
    }
}
