package io.godwit.api;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.context.SmartLifecycle;

/// Ends a server that somebody's command started, some time after its last migration has ended. Who is about to use it holds a shared lock
/// on the file `clients.lock` of the data folder: the server takes that lock for itself before it ends, and has it until its process is
/// gone. So whoever gets the lock finds a server that stays, or none.
final class IdleEnd implements SmartLifecycle {
    /// Shared by who is about to use the server, taken by a server that ends.
    static final String LOCK = "clients.lock";

    private static final Logger LOG = LoggerFactory.getLogger(IdleEnd.class);
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(5);
    private static final Duration SHORTEST_LOOK = Duration.ofMillis(50);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Duration idle;
    private final Path lock;
    private final Supplier<Optional<Instant>> lastEnd;
    private final InstantSource clock;
    private final Runnable end;
    private final Instant startedAt;
    private final CountDownLatch stopped = new CountDownLatch(1);
    private volatile @Nullable Thread thread;
    private @Nullable FileChannel taken; // never closed: the lock is let go by the end of the process

    /// @param lastEnd when the last migration ended, [Instant#MIN] where there was none; empty while one is still to end, or
    /// to start at a time that was ordered
    /// @param end ends the process; called once
    IdleEnd(Duration idle, Path data, Supplier<Optional<Instant>> lastEnd, InstantSource clock, Runnable end) {
        this.idle = idle;
        this.lock = data.resolve(LOCK);
        this.lastEnd = lastEnd;
        this.clock = clock;
        this.end = end;
        this.startedAt = clock.instant();
    }

    @Override
    public void start() {
        thread = Thread.ofVirtual().name("idle-end").start(this::run);
    }

    private void run() {
        var between = idle.dividedBy(20);
        var look = between.compareTo(LONGEST_LOOK) > 0 ? LONGEST_LOOK : between.compareTo(SHORTEST_LOOK) < 0 ? SHORTEST_LOOK : between;
        try {
            while (!stopped.await(look.toMillis(), TimeUnit.MILLISECONDS)) {
                if (isOver()) {
                    LOG.info("no migration for {} s: the server ends", idle.toSeconds());
                    end.run();
                    return;
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /// Whether it may end now; then no client comes in any more.
    boolean isOver() {
        if (taken != null) {
            return true;
        }
        try {
            if (!idleSinceLong()) {
                return false;
            }
            var channel = FileChannel.open(lock, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                return false;
            }
            if (!idleSinceLong()) { // a client came and went while we looked
                channel.close();
                return false;
            }
            taken = channel;
            return true;
        } catch (NoSuchFileException e) {
            LOG.warn("the data folder {} is gone, so that no client comes any more", lock.getParent());
            return true;
        } catch (IOException | FaultException e) {
            LOG.warn("cannot tell whether this server is idle, so it goes on: {}", e.toString());
            return false;
        }
    }

    private boolean idleSinceLong() {
        var last = lastEnd.get();
        return last.isPresent() && !later(last.get(), startedAt).plus(idle).isAfter(clock.instant());
    }

    private static Instant later(Instant one, Instant other) {
        return one.isAfter(other) ? one : other;
    }

    @Override
    public void stop() {
        stopped.countDown();
        var running = thread;
        thread = null;
        if (running != null && running != Thread.currentThread()) {
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
}
