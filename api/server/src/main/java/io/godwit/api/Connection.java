package io.godwit.api;

import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One connection: opened when first needed by one of those who need it, while the others wait. A failure is given to all who ask
/// within some seconds, so that a list of dead providers does not wait for each of them every time.
final class Connection<T extends AutoCloseable> {
    private static final Logger LOG = LoggerFactory.getLogger(Connection.class);
    private static final Duration REMEMBER_FAILURE = Duration.ofSeconds(10);

    private final InstantSource clock;
    private @Nullable T open;
    private @Nullable FaultException failure;
    private Instant failedAt = Instant.EPOCH;
    private boolean closed;

    Connection(InstantSource clock) {
        this.clock = clock;
    }

    synchronized T open(Supplier<T> connect) {
        if (open != null) {
            return open;
        }
        if (closed) {
            throw new IllegalStateException("the provider is being deleted");
        }
        if (failure != null && clock.instant().isBefore(failedAt.plus(REMEMBER_FAILURE))) {
            throw new FaultException(failure.fault(), failure);
        }
        try {
            open = connect.get();
            return open;
        } catch (FaultException e) {
            failure = e;
            failedAt = clock.instant();
            throw e;
        }
    }

    synchronized void close() {
        closed = true;
        var closing = open;
        open = null;
        if (closing != null) {
            try {
                closing.close();
            } catch (Exception e) {
                LOG.warn("a connection could not be closed", e);
            }
        }
    }
}
