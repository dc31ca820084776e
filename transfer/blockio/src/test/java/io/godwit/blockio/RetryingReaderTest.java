package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 30, unit = TimeUnit.SECONDS)
class RetryingReaderTest {
    private static final int LENGTH = 16;
    private static final RetrySettings RETRY = RetrySettings.DEFAULT;

    /// Time that passes only where somebody waits.
    private static final class FakePause implements Pause {
        long now = 5;
        final List<Duration> pauses = new ArrayList<>();

        @Override
        public long nanoTime() {
            return now;
        }

        @Override
        public boolean sleep(Duration time) {
            pauses.add(time);
            now += time.toNanos();
            return true;
        }

        @Override
        public void end() {
            // nobody waits
        }

        @Override
        public boolean ended() {
            return false;
        }
    }

    /// What becomes of the next answer: `null` = it is right.
    private interface Fate {
        @Nullable
        FaultException of(long offset);
    }

    /// What becomes of the next call.
    private interface Dialling {
        @Nullable
        FaultException fault();
    }

    private final FakePause pause = new FakePause();
    private final List<Long> asked = new ArrayList<>();
    private final List<Long> askedWhole = new ArrayList<>();
    private final Set<Long> wholeNow = new HashSet<>();
    private int dialled;

    /// Answers in an order of its own; a fault about the request fails it alone, any other one breaks the reader.
    private final class FakeReader implements BlockReader {
        private final Fate fate;
        private final Random random;
        private final Map<Long, Long> offsets = new HashMap<>();
        private final List<Long> tags = new ArrayList<>();
        private boolean broken;

        FakeReader(Fate fate, Random random) {
            this.fate = fate;
            this.random = random;
        }

        @Override
        public int depth() {
            return 4;
        }

        @Override
        public int inFlight() {
            return tags.size();
        }

        @Override
        public void submit(long offset, int length, long tag) {
            assertThat(broken).isFalse();
            assertThat(length).isEqualTo(LENGTH);
            asked.add(offset);
            wholeNow.remove(offset);
            offsets.put(tag, offset);
            tags.add(tag);
        }

        @Override
        public void submitWhole(long offset, int length, long tag) {
            askedWhole.add(offset);
            submit(offset, length, tag);
            wholeNow.add(offset);
        }

        @Override
        public void take(Taker taker) {
            assertThat(broken).isFalse();
            long tag = tags.get(random.nextInt(tags.size()));
            long offset = java.util.Objects.requireNonNull(offsets.get(tag));
            var fault = fate.of(offset);
            if (fault != null && !fault.fault().is(BlockFault.NBD_READ_FAILED) && !fault.fault().is(BlockFault.NBD_READ_REFUSED)) {
                broken = true;
                throw fault;
            }
            tags.remove(tag);
            if (fault != null) {
                taker.failed(tag, fault);
            } else {
                taker.taken(tag, offset, bytesAt(offset));
            }
        }

        @Override
        public void close() {
            broken = true;
        }
    }

    private static ByteBuffer bytesAt(long offset) {
        return ByteBuffer.allocate(LENGTH).putLong(offset).putLong(~offset).flip();
    }

    private static FaultException fault(BlockFault code) {
        return new FaultException(code, "something", "a cause");
    }

    private RetryingReader reader(Fate fate) {
        return reader(fate, () -> null, new Random(1));
    }

    private RetryingReader reader(Fate fate, Dialling dialling, Random random) {
        return reader(fate, dialling, random, RETRY);
    }

    private RetryingReader reader(Fate fate, Dialling dialling, Random random, RetrySettings retry) {
        return new RetryingReader("the disk", new RetryingReader.Dialer() {
            @Override
            public BlockReader dial() {
                dialled++;
                var fault = dialling.fault();
                if (fault != null) {
                    throw fault;
                }
                return new FakeReader(fate, random);
            }

            @Override
            public void hangUp() {
                // there is no line
            }

            @Override
            public void close() {
                // there is no line
            }
        }, 4, retry, pause);
    }

    /// Reads all offsets below `count`, and returns those that came.
    private static List<Long> readAll(BlockReader reader, int count) {
        var came = new ArrayList<Long>();
        long next = 0;
        while (true) {
            while (next < count && reader.inFlight() < reader.depth()) {
                reader.submit(next, LENGTH, 1000 + next);
                next++;
            }
            if (reader.inFlight() == 0) {
                return came;
            }
            reader.take((tag, offset, bytes) -> {
                assertThat(tag).isEqualTo(1000 + offset);
                assertThat(bytes).isEqualTo(bytesAt(offset));
                came.add(offset);
            });
        }
    }

    @Property(tries = 500)
    void givesEachReadOnceWhateverBreaks(@ForAll long seed) {
        var random = new Random(seed);
        int breaks = random.nextInt(60);
        int errors = random.nextInt(60);
        var kinds = List.of(BlockFault.NBD_CLOSED, BlockFault.NBD_STALLED);
        var reader = reader(_ -> {
            int dice = random.nextInt(100);
            return dice < breaks ? fault(kinds.get(dice % 2)) : random.nextInt(100) < errors ? fault(BlockFault.NBD_READ_FAILED) : null;
        }, () -> random.nextInt(100) < breaks ? fault(BlockFault.NBD_UNREACHABLE) : null, random,
                new RetrySettings(10_000, Duration.ofDays(10), RETRY.firstPause(), RETRY.longestPause()));
        assertThat(new TreeSet<>(readAll(reader, 60))).hasSize(60);
        assertThat(readAll(reader, 10)).hasSize(10);
    }

    @Test
    void aRangeThatFailsForAWhileHoldsUpNoOther() {
        var reader = reader(offset -> offset == 2 && pause.now < TimeUnit.SECONDS.toNanos(10) ? fault(BlockFault.NBD_READ_FAILED) : null);
        assertThat(readAll(reader, 20)).hasSize(20).endsWith(2L).doesNotHaveDuplicates();
        assertThat(dialled).isEqualTo(1);
        assertThat(asked.stream().filter(offset -> offset == 2)).hasSizeBetween(3, 20);
        assertThat(asked.stream().filter(offset -> offset != 2)).doesNotHaveDuplicates();
    }

    @Test
    void aRangeThatFailsForGoodIsAFaultThatTellsOfAllTriesAndTheOthersGoOn() {
        var reader = reader(offset -> offset == 1 ? fault(BlockFault.NBD_READ_FAILED) : null);
        reader.submit(1, LENGTH, 11);
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> reader.take((_, _, _) -> {
        })).satisfies(e -> {
            assertThat(e.fault().is(BlockFault.NBD_READ_FAILED)).isTrue();
            assertThat(e.fault().what()).contains("16 bytes at offset 1 of the disk");
            assertThat(e.fault().why()).containsPattern("tried 1\\d times in 60\\d\\d\\d ms.*something: a cause");
            assertThat(e.fault().retryable()).isTrue();
        });
        assertThat(pause.pauses).startsWith(Duration.ofMillis(100), Duration.ofMillis(200), Duration.ofMillis(400))
                .allMatch(each -> each.compareTo(Duration.ofSeconds(5)) <= 0);
        reader.submit(2, LENGTH, 12);
        reader.take((tag, _, _) -> assertThat(tag).isEqualTo(12));
    }

    @Test
    void aServerThatDoesNotComeBackIsAFaultAtTheDeadline() {
        var reader = reader(_ -> fault(BlockFault.NBD_CLOSED), () -> dialled == 1 ? null : fault(BlockFault.NBD_UNREACHABLE),
                new Random(1));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readAll(reader, 3)).satisfies(e -> {
            assertThat(e.fault().is(BlockFault.NBD_CLOSED)).as("the first cause").isTrue();
            assertThat(e.fault().what()).contains("offset 0", "2 more in flight");
            assertThat(e.fault().why()).contains("60000 ms");
        });
        assertThat(dialled).isBetween(10, 30);
    }

    @Test
    void aServerThatLetsItselfBeDialledButAnswersNothingIsAFaultAtTheDeadline() {
        var reader = reader(_ -> fault(BlockFault.NBD_STALLED));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readAll(reader, 3))
                .matches(e -> e.fault().is(BlockFault.NBD_STALLED)).withMessageContaining("60000 ms");
    }

    @Test
    void progressBeginsTheDeadlineAnew() {
        var takes = new AtomicInteger();
        var reader = reader(_ -> {
            pause.now += TimeUnit.SECONDS.toNanos(20);
            return takes.incrementAndGet() % 2 == 0 ? fault(BlockFault.NBD_CLOSED) : null;
        });
        assertThat(new TreeSet<>(readAll(reader, 20))).hasSize(20);
        assertThat(pause.now).isGreaterThan(TimeUnit.SECONDS.toNanos(400));
    }

    @Test
    void aReadThatKillsEachConnectionIsGivenUpThoughTheOthersGoOn() {
        var reader = reader(offset -> offset == 3 ? fault(BlockFault.NBD_CLOSED) : null);
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readAll(reader, 100_000))
                .satisfies(e -> assertThat(e.fault().what()).contains("offset"));
        assertThat(asked.stream().filter(offset -> offset == 3).count()).isLessThanOrEqualTo(RETRY.tries() + 1);
    }

    /// QEMU closes the connection on an error in a read that it answers in pieces.
    @Test
    void aReadThatBreaksConnectionsIsAskedForInOnePieceSoThatItsErrorIsTold() {
        var reader = reader(
                offset -> offset != 3 ? null : fault(askedWhole.contains(3L) ? BlockFault.NBD_READ_FAILED : BlockFault.NBD_CLOSED));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readAll(reader, 20))
                .matches(e -> e.fault().is(BlockFault.NBD_READ_FAILED)).withMessageContaining("offset 3");
        assertThat(dialled).isEqualTo(3);
        assertThat(askedWhole).contains(3L).doesNotContain(10L);
    }

    /// A server need not send more than 64 KiB in one piece.
    @Test
    void aReadThatIsRefusedInOnePieceIsAskedForInPiecesAgain() {
        var reader = reader(offset -> dialled < 3
                ? fault(BlockFault.NBD_CLOSED)
                : wholeNow.contains(offset) ? fault(BlockFault.NBD_READ_REFUSED) : null);
        assertThat(readAll(reader, 20)).hasSize(20).doesNotHaveDuplicates();
        assertThat(askedWhole).as("tried once each").containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
        assertThat(dialled).isEqualTo(3);
        assertThat(pause.now).as("without a pause for it").isLessThan(TimeUnit.SECONDS.toNanos(1));
    }

    @Test
    void whatWillNotGetBetterIsNotTriedAgain() {
        for (var code : List.of(BlockFault.NBD_PROTOCOL_BROKEN, BlockFault.NBD_READ_REFUSED)) {
            asked.clear();
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readAll(reader(_ -> fault(code)), 1))
                    .matches(e -> e.fault().is(code));
            assertThat(asked).hasSize(1);
        }
        for (var code : List.of(BlockFault.NBD_EXPORT_CHANGED, BlockFault.NBD_TLS_FAILED, BlockFault.NBD_PROTOCOL_BROKEN)) {
            dialled = 0;
            var reader = reader(_ -> fault(BlockFault.NBD_CLOSED), () -> dialled == 1 ? null : fault(code), new Random(1));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readAll(reader, 1)).matches(e -> e.fault().is(code));
            assertThat(dialled).isEqualTo(2);
        }
    }

    @Test
    void anExportThatIsNotThereAgainYetIsAwaited() {
        var back = reader(_ -> dialled == 1 ? fault(BlockFault.NBD_CLOSED) : null,
                () -> dialled == 2 || dialled == 3 ? fault(BlockFault.NBD_REFUSED) : null, new Random(1));
        assertThat(readAll(back, 3)).hasSize(3);
        assertThat(dialled).isEqualTo(4);
        dialled = 0;
        var late = reader(_ -> null, () -> dialled <= 2 ? fault(BlockFault.NBD_REFUSED) : null, new Random(1));
        late.connect();
        assertThat(readAll(late, 3)).hasSize(3);
        assertThat(dialled).isEqualTo(3);
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> reader(_ -> null, () -> fault(BlockFault.NBD_REFUSED), new Random(1)).connect())
                .matches(e -> e.fault().is(BlockFault.NBD_REFUSED))
                .satisfies(e -> assertThat(e.fault().why()).contains("it was tried "));
    }

    @Test
    void whatTheTakerThrowsIsNoFaultOfTheReader() {
        var reader = reader(_ -> null);
        reader.submit(0, LENGTH, 0);
        reader.submit(1, LENGTH, 0);
        for (var thrown : List.of(fault(BlockFault.TARGET_FULL), fault(BlockFault.NBD_CLOSED))) {
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> reader.take((_, _, _) -> {
                throw thrown;
            })).isSameAs(thrown);
        }
        assertThat(reader.inFlight()).isZero();
        assertThat(asked).hasSize(2);
        assertThat(dialled).isEqualTo(1);
    }

    @Test
    void closingEndsTheWaitingAtOnce() throws Exception {
        var waits = new CountDownLatch(1);
        var reader = new RetryingReader("the disk", new RetryingReader.Dialer() {
            @Override
            public BlockReader dial() {
                waits.countDown();
                throw fault(BlockFault.NBD_UNREACHABLE);
            }

            @Override
            public void hangUp() {
                // there is no line
            }

            @Override
            public void close() {
                // there is no line
            }
        }, 4, new RetrySettings(10, Duration.ofHours(1), Duration.ofMinutes(10), Duration.ofMinutes(10)), Pause.real());
        reader.submit(0, LENGTH, 0);
        var taking = CompletableFuture.runAsync(() -> reader.take((_, _, _) -> {
        }));
        assertThat(waits.await(10, TimeUnit.SECONDS)).isTrue();
        reader.close();
        Awaitility.await().atMost(Duration.ofSeconds(10)).until(taking::isDone);
        assertThat(taking.exceptionNow()).isInstanceOfSatisfying(FaultException.class,
                e -> assertThat(e.fault().is(BlockFault.NBD_CLOSED) || e.fault().is(BlockFault.NBD_UNREACHABLE)).isTrue());
    }
}
