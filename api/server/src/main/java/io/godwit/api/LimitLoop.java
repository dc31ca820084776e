package io.godwit.api;

import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Lets the limiter look at the copies now and then while any runs, and at once when something has changed.
final class LimitLoop implements SmartLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(LimitLoop.class);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final BooleanSupplier limiter;
    private final Semaphore wanted;
    private final Duration every;
    private volatile @Nullable Thread thread;
    private boolean troubled;

    /// @param limiter one look, which tells whether there is anything to look at again
    /// @param wanted gets a permit whenever a look is due before its time
    LimitLoop(BooleanSupplier limiter, Semaphore wanted, Duration every) {
        this.limiter = limiter;
        this.wanted = wanted;
        this.every = every;
    }

    @Override
    public void start() {
        thread = Thread.ofVirtual().name("copy-limits").start(this::run);
    }

    private void run() {
        try {
            boolean more = true; // copies of the last server may be running
            while (!Thread.currentThread().isInterrupted()) {
                if (more) {
                    var _ = wanted.tryAcquire(every.toMillis(), TimeUnit.MILLISECONDS);
                } else {
                    wanted.acquire();
                }
                wanted.drainPermits();
                more = pass();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean pass() {
        try {
            boolean more = limiter.getAsBoolean();
            if (troubled) {
                LOG.info("limits are divided among copies again");
                troubled = false;
            }
            return more;
        } catch (FaultException e) {
            tellOnce(() -> LOG.warn("limits cannot be divided among copies just now, which keep to what they were told: {}",
                    e.fault().toString()));
        } catch (RuntimeException e) { // a bug, and no reason to leave all copies alone
            tellOnce(() -> LOG.error("limits cannot be divided among copies, which keep to what they were told", e));
        }
        return true;
    }

    private void tellOnce(Runnable log) {
        if (!troubled) {
            log.run();
            troubled = true;
        }
    }

    @Override
    public void stop() {
        var running = thread;
        thread = null;
        if (running != null) {
            running.interrupt();
            try {
                running.join(CLOSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    @Override
    public boolean isRunning() {
        return thread != null;
    }

    @Override
    public int getPhase() {
        return Integer.MAX_VALUE - 1; // before the dispatch, which starts copies
    }
}
