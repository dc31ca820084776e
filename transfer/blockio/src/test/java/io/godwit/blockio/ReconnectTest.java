package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.HonestServer.Mischief;
import io.godwit.model.disk.Extent;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Servers that break off, stall, fail and come back.
@Timeout(value = 60, unit = TimeUnit.SECONDS)
class ReconnectTest {
    private static final int SIZE = 1 << 20;
    private static final List<Extent> DATA = List.of(new Extent(0, 300_000), new Extent(500_000, 200_000));
    private static final NbdSettings SETTINGS = new NbdSettings(2, 8, 16 << 10, Duration.ofMillis(150))
            .retry(new RetrySettings(100, Duration.ofSeconds(20), Duration.ofMillis(1), Duration.ofMillis(20)));

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void readsAllOnceFromAServerThatBreaksOffForgetsAndFails(boolean extended) throws IOException {
        var random = new Random(4);
        try (var server = new HonestServer(folder, SIZE, DATA, extended)) {
            var never = new AtomicInteger();
            server.mischief = () -> {
                synchronized (random) {
                    int dice = random.nextInt(60);
                    return switch (dice) {
                        case 0 -> Mischief.HANG_UP;
                        case 1, 2 -> Mischief.HANG_UP_INSIDE;
                        case 3, 4, 5, 6 -> Mischief.ERROR;
                        case 7 -> never.getAndIncrement() < 2 ? Mischief.FORGET : Mischief.NONE; // each costs a stall limit
                        default -> Mischief.NONE;
                    };
                }
            };
            readsAll(server);
            assertThat(server.connections()).isGreaterThan(4);
        }
    }

    private static void readsAll(HonestServer server) {
        var found = new byte[SIZE];
        int taken = 0;
        try (var source = NbdSource.open(server.uri(), SETTINGS); var reader = source.reader()) {
            for (long at = 0; at < SIZE || reader.inFlight() > 0;) {
                if (at < SIZE && reader.inFlight() < reader.depth()) {
                    reader.submit(at, 16 << 10, at);
                    at += 16 << 10;
                } else {
                    reader.take((tag, offset, bytes) -> {
                        assertThat(offset).isEqualTo(tag);
                        bytes.get(found, (int) offset, bytes.remaining());
                    });
                    taken++;
                }
            }
            assertThat(taken).isEqualTo(SIZE >> 14);
            for (int i = 0; i < 50; i++) {
                assertThat(statusOf(source)).isEqualTo(DATA);
            }
        }
        assertThat(found).isEqualTo(server.bytes(0, SIZE));
    }

    /// Answers come while a status is waited for, and are kept; the connection that kept them is replaced by that very wait.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mixesNothingWhereReadsAndStatusShareAConnectionThatBreaks(boolean extended) throws IOException {
        for (long seed = 1; seed <= 30; seed++) {
            var random = new Random(seed);
            try (var server = new HonestServer(folder, SIZE, DATA, extended, seed)) {
                server.sole = true;
                server.mischief = () -> {
                    synchronized (random) {
                        return random.nextInt(25) == 0 ? Mischief.HANG_UP_INSIDE : Mischief.NONE;
                    }
                };
                var found = new byte[SIZE];
                try (var source = NbdSource.open(server.uri(), SETTINGS); var reader = source.reader()) {
                    for (long at = 0; at < SIZE || reader.inFlight() > 0;) {
                        if (at < SIZE && reader.inFlight() < reader.depth() - 1) {
                            reader.submit(at, 16 << 10, at);
                            at += 16 << 10;
                            continue;
                        }
                        if (random.nextBoolean()) {
                            source.status(0, SIZE);
                        }
                        reader.take((_, offset, bytes) -> bytes.get(found, (int) offset, bytes.remaining()));
                    }
                }
                assertThat(found).as("seed %d", seed).isEqualTo(server.bytes(0, SIZE));
            }
        }
    }

    private static List<Extent> statusOf(BlockSource source) {
        var runs = new ArrayList<Extent>();
        for (long at = 0; at < source.sizeBytes();) {
            for (var run : source.status(at, source.sizeBytes() - at)) {
                at = run.end();
                if (!run.isZero()) {
                    runs.add(new Extent(run.offset(), run.length()));
                }
            }
        }
        return Extents.normal(runs);
    }

    @Test
    void anExportThatIsAnotherOneAfterTheBreakIsAFault() throws IOException {
        try (var server = new HonestServer(folder, SIZE, DATA, false);
                var source = NbdSource.open(server.uri(), SETTINGS);
                var reader = source.reader()) {
            server.size = SIZE + 512;
            server.mischief = () -> Mischief.HANG_UP;
            reader.submit(0, 512, 0);
            assertFault(BlockFault.NBD_EXPORT_CHANGED, () -> reader.take((_, _, _) -> {
            }));
            assertFault(BlockFault.NBD_EXPORT_CHANGED, source::reader);
            assertFault(BlockFault.NBD_EXPORT_CHANGED, () -> source.status(0, 512));
        }
    }

    @Test
    void aServerThatIsKnownToBeGoneIsNotAwaited() throws IOException {
        var death = new FaultException(new Fault("EXPORT_DIED", Blame.SOURCE, true, "the server died", "it was killed", "see why"));
        var dead = new AtomicBoolean();
        try (var server = new HonestServer(folder, SIZE, DATA, false);
                var source = NbdSource.open(server.uri(), SETTINGS, List.of(), () -> {
                    if (dead.get()) {
                        throw death;
                    }
                });
                var reader = source.reader()) {
            dead.set(true);
            server.mischief = () -> Mischief.HANG_UP;
            reader.submit(0, 512, 0);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> reader.take((_, _, _) -> {
            })).isSameAs(death);
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> source.status(0, 512)).isSameAs(death);
            assertThatExceptionOfType(FaultException.class).isThrownBy(source::reader).isSameAs(death);
        }
    }

    @Test
    void withoutRetriesTheFirstBreakIsAFault() throws IOException {
        try (var server = new HonestServer(folder, SIZE, DATA, false);
                var source = NbdSource.open(server.uri(), SETTINGS.retry(RetrySettings.OFF));
                var reader = source.reader()) {
            server.mischief = () -> Mischief.HANG_UP;
            int before = server.connections();
            reader.submit(0, 512, 0);
            assertFault(BlockFault.NBD_CLOSED, () -> reader.take((_, _, _) -> {
            }));
            assertFault(BlockFault.NBD_CLOSED, () -> source.status(0, 512));
            assertThat(server.connections()).isEqualTo(before);
        }
    }

    @Test
    void blockStatusThatFailsForGoodIsAFaultThatTellsOfAllTries() throws IOException {
        var brief = SETTINGS.retry(SETTINGS.retry().deadline(Duration.ofMillis(200)));
        try (var server = new HonestServer(folder, SIZE, DATA, false); var source = NbdSource.open(server.uri(), brief)) {
            server.mischief = () -> Mischief.ERROR;
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> source.status(4096, 8192)).satisfies(e -> {
                assertThat(e.fault().is(BlockFault.NBD_READ_FAILED)).isTrue();
                assertThat(e.fault().what()).contains("8192 bytes at offset 4096");
                assertThat(e.fault().why()).contains("times in", "EIO");
            });
        }
    }

    @Test
    void closingEndsAHandshakeThatHangs() throws Exception {
        var patient = SETTINGS.stallLimit(Duration.ofMinutes(10));
        var served = new AtomicInteger();
        var hangs = new CountDownLatch(1);
        try (var server = new ScriptedServer(folder, (in, out) -> {
            if (served.incrementAndGet() > 2) {
                hangs.countDown();
                in.read();
                return;
            }
            ScriptedServer.shakeHands(in, out);
            ScriptedServer.Request.read(in); // and the connection ends
        }); var source = NbdSource.open(server.uri(), patient); var reader = source.reader()) {
            reader.submit(0, 512, 0);
            var taking = CompletableFuture.runAsync(() -> reader.take((_, _, _) -> {
            }));
            assertThat(hangs.await(20, TimeUnit.SECONDS)).isTrue();
            source.close();
            Awaitility.await().atMost(Duration.ofSeconds(10)).until(taking::isDone);
            assertThat(taking.exceptionNow()).isInstanceOf(FaultException.class).hasMessageContaining("closed by this side");
            assertFault(BlockFault.NBD_CLOSED, source::reader);
        }
    }

    @Test
    void aHandshakeThatTricklesIsAStall() throws IOException {
        var never = new CountDownLatch(1);
        try (var server = new ScriptedServer(folder, (in, out) -> {
            out.writeLong(NbdWire.INIT_MAGIC);
            out.writeLong(NbdWire.OPTION_MAGIC);
            out.writeShort(3);
            while (true) {
                ScriptedServer.reply(out, NbdWire.OPT_EXTENDED_HEADERS, NbdWire.REP_META_CONTEXT, 4);
                out.writeInt(1);
                out.flush();
                try {
                    never.await(20, TimeUnit.MILLISECONDS);
                } catch (InterruptedException e) {
                    throw new IOException(e);
                }
            }
        })) {
            assertFault(BlockFault.NBD_STALLED, () -> NbdSource.open(server.uri(), SETTINGS));
        }
    }

    /// One byte anywhere in what the server sends is wrong: data that is wrong, or a fault, but no hang, no crash, and no more memory each time.
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void neverHangsOrCrashesOnAWrongByte(boolean extended) throws IOException {
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        System.out.println("wrong byte seed " + seed);
        var random = new Random(seed);
        int runs = Boolean.getBoolean("godwit.soak") ? 3000 : 60;
        var brief = SETTINGS.stallLimit(Duration.ofMillis(30)).retry(SETTINGS.retry().deadline(Duration.ofMillis(300)));
        int faults = 0;
        try (var server = new HonestServer(folder, SIZE, DATA, extended)) {
            server.wire = out -> {
                synchronized (random) {
                    return new HonestServer.Corrupting(out, random.nextInt(random.nextBoolean() ? 400 : 60_000), 1 << random.nextInt(8));
                }
            };
            for (int i = 0; i < runs; i++) {
                try (var source = NbdSource.open(server.uri(), brief); var reader = source.reader()) {
                    for (int at = 0; at < 8; at++) {
                        reader.submit(at * 100_000L, 16 << 10, at);
                    }
                    while (reader.inFlight() > 0) {
                        reader.take((tag, offset, bytes) -> {
                            assertThat(offset).isEqualTo(tag * 100_000);
                            assertThat(bytes.remaining()).isEqualTo(16 << 10);
                        });
                    }
                    source.status(0, SIZE);
                } catch (FaultException e) {
                    faults++;
                }
            }
        }
        assertThat(faults).isPositive();
        assertThat(directMemory()).isLessThan(256L << 20);
    }

    private static long directMemory() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream().filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed).sum();
    }

    private static void assertFault(BlockFault code, org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(call)
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()));
    }
}
