package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.engine.fault.EngineFault;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class IdleEndTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
    private static final Duration IDLE = Duration.ofMinutes(10);
    @TempDir
    Path data = Path.of("");
    private volatile Instant now = START;
    private volatile Optional<Instant> lastEnd = Optional.of(Instant.MIN);
    private final AtomicInteger ends = new AtomicInteger();

    private IdleEnd idleEnd(Duration idle) {
        return new IdleEnd(idle, data, () -> lastEnd, () -> now, ends::incrementAndGet);
    }

    @Test
    void countsFromTheStartWhereNothingWasMigrated() {
        var idle = idleEnd(IDLE);
        now = START.plus(IDLE).minusMillis(1);
        assertThat(idle.isOver()).isFalse();
        now = START.plus(IDLE);
        assertThat(idle.isOver()).isTrue();
    }

    @Test
    void countsFromTheEndOfTheLastMigrationAndNeverWhileOneRuns() {
        var idle = idleEnd(IDLE);
        now = START.plus(Duration.ofHours(5));
        lastEnd = Optional.empty();
        assertThat(idle.isOver()).isFalse();
        lastEnd = Optional.of(now.minus(Duration.ofMinutes(9)));
        assertThat(idle.isOver()).isFalse();
        now = now.plus(Duration.ofMinutes(1));
        assertThat(idle.isOver()).isTrue();
    }

    @Test
    void goesOnWhereTheStoreCannotBeAsked() {
        var idle = new IdleEnd(IDLE, data, () -> {
            throw new FaultException(EngineFault.STORE_UNAVAILABLE, "the store", "it is planted");
        }, () -> now, ends::incrementAndGet);
        now = START.plus(IDLE);
        assertThat(idle.isOver()).isFalse();
    }

    @Test
    void endsWithoutItsFolder() throws IOException {
        var idle = idleEnd(IDLE);
        Files.delete(data);
        assertThat(idle.isOver()).isFalse();
        now = START.plus(IDLE);
        assertThat(idle.isOver()).isTrue();
    }

    @Test
    void endsOnce() {
        var idle = idleEnd(Duration.ofMillis(1));
        now = START.plus(IDLE);
        idle.start();
        await().atMost(Duration.ofSeconds(30)).until(() -> ends.get() == 1);
        idle.stop();
        assertThat(ends).hasValue(1);
    }
}
