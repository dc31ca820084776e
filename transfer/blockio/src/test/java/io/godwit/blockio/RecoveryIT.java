package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.disk.Extent;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Real servers that fail for a while, die and come back, or stand still.
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class RecoveryIT {
    private static final NbdSettings SETTINGS = new NbdSettings(2, 8, 16 << 10, Duration.ofSeconds(1))
            .retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(20)));
    private static final List<Extent> DATA = List.of(new Extent(0, 512 << 10), new Extent(2 << 20, 512 << 10));

    @TempDir
    Path folder;
    private Peers peers;

    @BeforeEach
    void makeADisk() throws IOException {
        peers = new Peers(folder);
    }

    @AfterEach
    void endAll() {
        peers.close();
    }

    /// Reads all of a disk.
    private final class Reading {
        final byte[] found = new byte[Peers.SIZE];
        final AtomicInteger taken = new AtomicInteger();
        private final NbdSource source;

        Reading(NbdSource source) {
            this.source = source;
        }

        void run() {
            try (var reader = source.reader()) {
                for (int at = 0; at < Peers.SIZE || reader.inFlight() > 0;) {
                    if (at < Peers.SIZE && reader.inFlight() < reader.depth()) {
                        reader.submit(at, 16 << 10, at);
                        at += 16 << 10;
                        continue;
                    }
                    reader.take((tag, offset, bytes) -> {
                        assertThat(offset).isEqualTo(tag);
                        bytes.get(found, (int) offset, bytes.remaining());
                    });
                    taken.incrementAndGet();
                }
            }
        }

        CompletableFuture<Void> start() {
            return CompletableFuture.runAsync(this::run);
        }

        void awaitTaken(int count) {
            Awaitility.await().until(() -> taken.get() >= count);
        }

        void requireComplete() throws IOException {
            assertThat(taken).hasValue(Peers.SIZE >> 14);
            assertThat(found).isEqualTo(Files.readAllBytes(peers.disk));
        }
    }

    private static List<Extent> dataOf(NbdSource source) {
        var data = new ArrayList<Extent>();
        for (long at = 0; at < source.sizeBytes();) {
            for (var run : source.status(at, source.sizeBytes() - at)) {
                at = run.end();
                if (!run.isZero()) {
                    data.add(new Extent(run.offset(), run.length()));
                }
            }
        }
        return Extents.normal(data);
    }

    @Test
    void readsOnWhenASourceThatFailedForAWhileIsHealthy() throws Exception {
        var broken = folder.resolve("broken");
        peers.nbdkit("-r", "--filter=error", "--filter=delay", "file", "file=" + peers.disk, "delay-read=5ms", "error-pread=EIO",
                "error-pread-rate=30%", "error-extents=EIO", "error-extents-rate=100%", "error-file=" + broken);
        try (var source = NbdSource.open(peers.uri(), SETTINGS)) {
            var reading = new Reading(source);
            var done = reading.start();
            reading.awaitTaken(8);
            Files.createFile(broken);
            var status = CompletableFuture.supplyAsync(() -> dataOf(source));
            int before = reading.taken.get();
            Awaitility.await().until(() -> reading.taken.get() > before + 16 || done.isDone()); // seven of ten go on
            assertThat(status).isNotDone();
            Files.delete(broken);
            done.get(60, TimeUnit.SECONDS);
            assertThat(status.get(60, TimeUnit.SECONDS)).isEqualTo(DATA);
            reading.requireComplete();
        }
    }

    @Test
    void anErrorThatStaysIsAFaultAtTheDeadlineAndTheOtherReadsCome() throws Exception {
        // the last 16 KiB of the disk cannot be read
        peers.nbdkit("-r", "eval", "get_size=echo " + Peers.SIZE, "pread=if [ $4 -ge " + (Peers.SIZE - (16 << 10))
                + " ]; then echo EIO bad sector >&2; exit 1; fi; dd if=/dev/zero count=$3 iflag=count_bytes status=none");
        var brief = SETTINGS.retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(2)));
        try (var source = NbdSource.open(peers.uri(), brief); var reader = source.reader()) {
            for (int i = 0; i < 4; i++) {
                reader.submit(Peers.SIZE - ((long) (4 - i) << 14), 16 << 10, i);
            }
            var came = new ArrayList<Long>();
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> {
                while (reader.inFlight() > 0) {
                    reader.take((tag, _, _) -> came.add(tag));
                }
            }).satisfies(e -> {
                assertThat(e.fault().is(BlockFault.NBD_READ_FAILED)).isTrue();
                assertThat(e.fault().what()).contains("16384 bytes at offset " + (Peers.SIZE - (16 << 10)));
                assertThat(e.fault().why()).containsPattern("tried \\d+ times in 2\\d\\d\\d ms").contains("EIO");
            });
            assertThat(came).containsExactlyInAnyOrder(0L, 1L, 2L);
        }
    }

    @Test
    void readsOnWhenTheServerWasKilledAndIsThereAgain() throws Exception {
        String[] how = {"-r", "--filter=delay", "file", "file=" + peers.disk, "delay-read=100ms"};
        var first = peers.nbdkit(how);
        try (var source = NbdSource.open(peers.uri(), SETTINGS)) {
            var reading = new Reading(source);
            var done = reading.start();
            var statuses = new ArrayList<CompletableFuture<List<Extent>>>();
            for (int round = 1; round <= 3; round++) {
                reading.awaitTaken(40 * round);
                first.kill();
                assertThat(done).isNotDone();
                var status = CompletableFuture.supplyAsync(() -> dataOf(source));
                first = peers.nbdkit(how);
                statuses.add(status);
            }
            for (var status : statuses) {
                assertThat(status.get(60, TimeUnit.SECONDS)).isEqualTo(DATA);
            }
            done.get(60, TimeUnit.SECONDS);
            reading.requireComplete();
        }
    }

    @Test
    void aServerThatComesBackWithAnotherDiskIsAFault() throws Exception {
        var first = peers.nbdkit("-r", "file", "file=" + peers.disk);
        try (var source = NbdSource.open(peers.uri(), SETTINGS); var reader = source.reader()) {
            first.kill();
            peers.nbdkit("-r", "memory", "8M");
            reader.submit(0, 512, 0);
            assertFault(BlockFault.NBD_EXPORT_CHANGED, () -> reader.take((_, _, _) -> {
            }));
        }
    }

    @Test
    void aServerThatStaysAwayIsAFaultAtTheDeadline() throws Exception {
        var server = peers.nbdkit("-r", "file", "file=" + peers.disk);
        var brief = SETTINGS.retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(2)));
        try (var source = NbdSource.open(peers.uri(), brief); var reader = source.reader()) {
            server.kill();
            reader.submit(4096, 512, 0);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> reader.take((_, _, _) -> {
            })).satisfies(e -> {
                assertThat(e.fault().is(BlockFault.NBD_CLOSED)).as(e.getMessage()).isTrue();
                assertThat(e.fault().what()).contains("512 bytes at offset 4096");
                assertThat(e.fault().why()).containsPattern("2\\d\\d\\d ms").contains("could not be reached");
            });
        }
    }

    /// qemu-nbd: nbdkit 1.32.5, gone on with, may abort on a client that left (raw_send_socket: Assertion `sock >= 0' failed).
    @Test
    void readsOnWhenAServerThatStoodStillGoesOn() throws Exception {
        var server = peers.qemuNbd("-r", "-f", "raw", peers.disk.toString());
        try (var source = NbdSource.open(peers.uri(), SETTINGS); var reader = source.reader()) {
            peers.signal(server, "STOP");
            reader.submit(0, 16 << 10, 0);
            var taking = CompletableFuture.runAsync(() -> reader.take((_, _, bytes) -> assertThat(bytes.remaining()).isEqualTo(16 << 10)));
            var status = CompletableFuture.supplyAsync(() -> dataOf(source));
            Awaitility.await().during(Duration.ofMillis(2500)).atMost(Duration.ofSeconds(10)) // past two stall limits
                    .until(() -> !taking.isDone() && !status.isDone());
            peers.signal(server, "CONT");
            taking.get(60, TimeUnit.SECONDS);
            assertThat(status.get(60, TimeUnit.SECONDS)).isEqualTo(DATA);
        }
    }

    @Test
    void aServerThatStandsStillForGoodIsAFault() throws Exception {
        var server = peers.qemuNbd("-r", "-f", "raw", peers.disk.toString());
        var brief = SETTINGS.retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(2)));
        try (var source = NbdSource.open(peers.uri(), brief); var reader = source.reader()) {
            peers.signal(server, "STOP");
            reader.submit(0, 16 << 10, 0);
            var taking = CompletableFuture.runAsync(() -> reader.take((_, _, _) -> {
            }));
            assertThatExceptionOfType(ExecutionException.class).isThrownBy(() -> taking.get(30, TimeUnit.SECONDS))
                    .havingCause().isInstanceOfSatisfying(FaultException.class,
                            e -> assertThat(e.fault().is(BlockFault.NBD_STALLED)).as(e.getMessage()).isTrue());
            assertFault(BlockFault.NBD_STALLED, () -> source.status(0, 4096));
        } finally {
            peers.signal(server, "KILL");
        }
    }

    @Test
    void closingEndsTheWaitForAServerThatIsGone() throws Exception {
        var server = peers.nbdkit("-r", "file", "file=" + peers.disk);
        var source = NbdSource.open(peers.uri(), SETTINGS.retry(RetrySettings.DEFAULT.deadline(Duration.ofHours(1))));
        var reader = source.reader();
        server.kill();
        reader.submit(0, 512, 0);
        var taking = CompletableFuture.runAsync(() -> reader.take((_, _, _) -> {
        }));
        var status = CompletableFuture.runAsync(() -> source.status(0, 512));
        Awaitility.await().during(Duration.ofSeconds(1)).atMost(Duration.ofSeconds(10)).until(() -> !taking.isDone() && !status.isDone());
        source.close();
        Awaitility.await().atMost(Duration.ofSeconds(2)).until(() -> taking.isDone() && status.isDone());
        assertThat(taking).isCompletedExceptionally();
        assertThat(status).isCompletedExceptionally();
    }

    private static void assertFault(BlockFault code, ThrowingCallable call) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(call)
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()));
    }
}
