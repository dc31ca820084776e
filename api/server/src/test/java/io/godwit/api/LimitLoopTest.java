package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LimitLoopTest {
    private static final Duration SOON = Duration.ofSeconds(30);

    private final Semaphore wanted = new Semaphore(0);
    private final AtomicInteger looks = new AtomicInteger();
    private volatile Answer answer = Answer.MORE;
    private final LimitLoop loop = new LimitLoop(this::look, wanted, Duration.ofMillis(2));

    private enum Answer {
        MORE, NOTHING, FAULT, BUG
    }

    private boolean look() {
        looks.incrementAndGet();
        return switch (answer) {
            case MORE -> true;
            case NOTHING -> false;
            case FAULT -> throw new FaultException(EngineFault.STORE_UNAVAILABLE, "the store", "it is planted");
            case BUG -> throw new IllegalStateException("planted");
        };
    }

    @AfterEach
    void stop() {
        loop.stop();
        assertThat(loop.isRunning()).isFalse();
    }

    @Test
    void looksAgainWhileThereIsSomethingAndAfterFaultsAndBugs() {
        loop.start();
        for (var each : Answer.values()) {
            if (each != Answer.NOTHING) {
                answer = each;
                int before = looks.get();
                await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2)).until(() -> looks.get() > before + 1);
            }
        }
        assertThat(loop.isRunning()).isTrue();
    }

    @Test
    void waitsUntilItIsAskedWhereThereIsNothing() {
        answer = Answer.NOTHING;
        loop.start();
        await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2))
                .until(() -> wanted.hasQueuedThreads() && looks.get() == 1);
        wanted.release();
        await().atMost(SOON).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2))
                .until(() -> wanted.hasQueuedThreads() && looks.get() == 2);
    }
}
