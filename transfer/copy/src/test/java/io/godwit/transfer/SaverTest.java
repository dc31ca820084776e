package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.nio.file.Path;
import java.time.Duration;
import java.util.BitSet;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Timeout(10)
class SaverTest {
    private static final BlockLayout LAYOUT = BlockLayout.ofDisk(1 << 20, 4096, Method.CRC32C);

    @TempDir
    Path folder;

    static Stream<Throwable> failures() {
        return Stream.of(new IllegalStateException("fsync failed"), new StackOverflowError("whatever it is"));
    }

    /// Who waits fails because of the failure: were he heard first, he would be taken for its cause.
    @ParameterizedTest
    @MethodSource("failures")
    void tellsWhyBeforeItEndsThoseWhoWait(Throwable failure) {
        var writer = Thread.currentThread();
        var told = new AtomicReference<Throwable>();
        try (var checkpoint = Checkpoint.open(folder.resolve("checkpoint"), LAYOUT,
                new Checkpoint.Identity(List.of("job"), List.of("target"), false), true, () -> true);
                var saver = new Saver(checkpoint, 100, Duration.ofDays(1), () -> {
                }, () -> fail(failure, writer), _ -> {
                }, told::set)) {
            checkpoint.written(1);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> saver.written(100)).withCause(failure);
            assertThat(told).hasValue(failure);
        }
    }

    /// What a server was given and has not told of yet is no part of a save, and so must not be taken for saved.
    @Test
    void waitsForTheEndsOfWhatWasGivenBeforeItSaves() {
        try (var checkpoint = Checkpoint.open(folder.resolve("checkpoint"), LAYOUT,
                new Checkpoint.Identity(List.of("job"), List.of("target"), false), true, () -> true)) {
            var inFlight = new AtomicInteger(1);
            var saved = new LinkedBlockingQueue<BitSet>();
            try (var saver = new Saver(checkpoint, 100, Duration.ofDays(1), () -> checkpoint.written(inFlight.getAndIncrement()), () -> {
            }, saved::add, failure -> {
                throw new AssertionError(failure);
            })) {
                saver.written(99);
                Awaitility.await().until(() -> !saved.isEmpty());
                assertThat(saved.remove()).hasToString("{1}");
                saver.written(99); // waits for the first to be counted as saved
                Awaitility.await().until(() -> !saved.isEmpty());
                assertThat(saved.remove()).hasToString("{2}");
            }
        }
    }

    private static void fail(Throwable failure, Thread writer) {
        while (writer.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        if (failure instanceof Error error) {
            throw error;
        }
        throw (RuntimeException) failure;
    }
}
