package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.transfer.Pace.Bounds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.PriorityQueue;
import java.util.concurrent.CountDownLatch;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class PaceTest {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;
    private static final Bounds BOUNDS = new Bounds(4, 64, 256 * KIB, MIB, 16 * MIB);
    private static final long SECOND = 1_000_000_000L;

    @Test
    void readsALocalSourceOverAsManyConnectionsAsThereAreProcessors() {
        var run = new Run(new Server(50_000, 16, 1500L * MIB), BOUNDS, 2);
        run.until(SECOND);
        assertThat(run.connections()).isEqualTo(2);
        assertThat(run.pace.requestBytes()).isEqualTo(256 * KIB);
        assertThat(run.pace.depth()).isLessThanOrEqualTo(32);
    }

    @Test
    void hidesLatencyBehindAllConnections() {
        var run = new Run(new Server(5_000_000, 64, 100_000L * MIB), BOUNDS, 2);
        run.until(SECOND / 5);
        assertThat(run.connections()).isEqualTo(4);
        assertThat(run.pace.depth() * (long) run.pace.requestBytes()).isGreaterThanOrEqualTo(16 * MIB);
    }

    @Test
    void asksForMoreAtOnceWhereTheServerWorksOnFewRequests() {
        var run = new Run(new Server(20_000_000, 4, 100_000L * MIB), BOUNDS, 2);
        run.until(5 * SECOND);
        assertThat(run.pace.requestBytes()).isEqualTo(MIB);
    }

    @Test
    void doesNotAskForMoreAtOnceWhereThatBringsNothing() {
        var run = new Run(new Server(5_000_000, 64, 100L * MIB), BOUNDS, 2);
        run.until(20 * SECOND);
        assertThat(run.pace.requestBytes()).isEqualTo(256 * KIB);
    }

    @Test
    void neverAsksForMoreThanItMay() {
        var bounds = new Bounds(1, 3, 64 * KIB, 64 * KIB, 192 * KIB);
        var run = new Run(new Server(50_000_000, 1, 100L * MIB), bounds, 8);
        run.until(20 * SECOND);
        assertThat(run.connections()).isEqualTo(1);
        assertThat(run.pace.requestBytes()).isEqualTo(64 * KIB);
        assertThat(run.pace.depth()).isEqualTo(3);
    }

    @Test
    void triesAllConnectionsOnAFastServerThatAnswersEachOnesRequestsInTurn() {
        var run = new Run(new Server(602_000, 1, 2999L * MIB), BOUNDS, 2);
        run.until(SECOND);
        assertThat(run.connections()).isEqualTo(4);
    }

    @Test
    void waitsUntilAllAreOpenBeforeItJudgesThem() {
        var run = new Run(new Server(602_000, 1, 2999L * MIB), BOUNDS, 2, 300_000_000);
        run.until(2 * SECOND);
        assertThat(run.connections()).isEqualTo(4);
    }

    @Test
    void usesTheOthersWhereOneCannotBeOpened() throws InterruptedException {
        var pace = new Pace(BOUNDS, 2, () -> 0);
        var third = Thread.ofVirtual().start(() -> pace.joins(2));
        pace.missesOne();
        third.join();
        assertThat(pace.wide()).isTrue();
    }

    @Test
    void goesBackToFewWhereAllBringNothing() {
        var run = new Run(new Server(602_000, 16, 2999L * MIB), BOUNDS, 2);
        int most = 0;
        for (int i = 1; i <= 100; i++) {
            run.until(i * SECOND / 100);
            most = Math.max(most, run.connections());
        }
        assertThat(most).isEqualTo(4);
        assertThat(run.connections()).isEqualTo(2);
    }

    /// Beside the best of all fixed ways to read the same server.
    @Property(tries = 60)
    void isNotFarFromTheBest(@ForAll @IntRange(min = 20, max = 60_000) int latencyMicros, @ForAll @IntRange(min = 1, max = 64) int atOnce,
            @ForAll @IntRange(min = 20, max = 3000) int mibPerSecond) {
        var server = new Server(latencyMicros * 1000L, atOnce, (long) mibPerSecond * MIB);
        long time = 500L * latencyMicros * 1000 + SECOND;
        long best = 0;
        for (int connections = 1; connections <= 4; connections++) {
            for (int size = 256 * KIB; size <= MIB; size *= 2) {
                for (int depth = 16; depth <= 16 * MIB / size; depth *= 2) {
                    var fixed = new Run(server, new Bounds(connections, depth, size, size, (long) depth * size), 4);
                    fixed.until(time);
                    best = Math.max(best, fixed.bytes);
                }
            }
        }
        var run = new Run(server, BOUNDS, 2);
        run.until(time);
        assertThat(run.bytes).as("of %d", best).isGreaterThan(best * 3 / 4);
    }

    @Test
    void letsTheOthersJoinOnlyWhenTheSourceIsSlow() throws InterruptedException {
        var now = new long[1];
        var pace = new Pace(BOUNDS, 2, () -> now[0]);
        var joined = new CountDownLatch(1);
        assertThat(pace.joins(1)).isTrue();
        var third = Thread.ofVirtual().start(() -> {
            if (pace.joins(2)) {
                joined.countDown();
            }
        });
        for (int i = 0; i < 32; i++) {
            now[0] += 1_000_000;
            pace.ended(20_000_000, 20_000_000, 256 * KIB);
        }
        joined.await();
        third.join();
    }

    @Test
    void doesNotTakeASourceForSlowBecauseItsTargetIs() {
        var now = new long[1];
        var pace = new Pace(BOUNDS, 2, () -> now[0]);
        for (int i = 0; i < 4; i++) {
            pace.opened();
        }
        for (int i = 0; i < 1000; i++) {
            now[0] += 3_000_000;
            pace.ended(6_000_000, 40_000, pace.requestBytes());
        }
        assertThat(pace.wide()).isFalse();
        assertThat(pace.depth()).isLessThanOrEqualTo(16);
    }

    @Test
    void readsNoMoreAtOnceFromAFastSourceThanStaysInTheCaches() {
        var run = new Run(new Server(500_000, 1, 100_000L * MIB), BOUNDS, 4); // as many processors as connections
        run.until(5 * SECOND);
        assertThat(run.pace.requestBytes()).isEqualTo(512 * KIB);
    }

    @Test
    void sendsTheOthersHomeWhenAllIsRead() throws InterruptedException {
        var pace = new Pace(BOUNDS, 2, () -> 0);
        var answers = new ArrayList<Boolean>();
        var third = Thread.ofVirtual().start(() -> answers.add(pace.joins(2)));
        pace.over();
        third.join();
        assertThat(answers).containsExactly(false);
    }

    /// @param latencyNanos of a request that waits for no other, but for its bytes
    /// @param atOnce requests of a connection that it works on
    /// @param bytesPerSecond of all connections together
    private record Server(long latencyNanos, int atOnce, long bytesPerSecond) {}

    /// A copy in virtual time.
    private static final class Run {
        final Pace pace;
        final Bounds bounds;
        final Server server;
        final int few;
        final PriorityQueue<Read> reads = new PriorityQueue<>((one, other) -> Long.compare(one.end, other.end));
        final ArrayList<PriorityQueue<Long>> workers = new ArrayList<>(); // of each connection: when each is free
        final int[] inFlight;
        long now;
        long linkFree;
        long bytes;

        private record Read(int connection, int length, long begun, long end) {}

        final long[] openAt;
        final long openNanos;
        final boolean[] told;

        Run(Server server, Bounds bounds, int processors) {
            this(server, bounds, processors, 0);
        }

        /// @param openNanos that a connection takes to open
        Run(Server server, Bounds bounds, int processors, long openNanos) {
            this.openNanos = openNanos;
            openAt = new long[bounds.connections()];
            told = new boolean[bounds.connections()];
            Arrays.fill(openAt, Long.MAX_VALUE);
            this.server = server;
            this.bounds = bounds;
            pace = new Pace(bounds, processors, () -> now);
            few = Math.min(processors, bounds.connections());
            inFlight = new int[bounds.connections()];
            for (int i = 0; i < bounds.connections(); i++) {
                var free = new PriorityQueue<Long>();
                for (int j = 0; j < server.atOnce; j++) {
                    free.add(0L);
                }
                workers.add(free);
            }
        }

        int connections() {
            int joined = 0;
            for (int i = 0; i < bounds.connections(); i++) {
                joined += inFlight[i] > 0 ? 1 : 0;
            }
            return joined;
        }

        void until(long end) {
            while (now < end) {
                for (int i = 0; i < bounds.connections(); i++) {
                    while (joined(i) && inFlight[i] < pace.depth()) {
                        submit(i);
                    }
                }
                var done = reads.remove();
                now = done.end;
                inFlight[done.connection]--;
                bytes += done.length;
                pace.ended(now - done.begun, now - done.begun, done.length);
            }
        }

        private boolean joined(int connection) {
            if (connection >= few && !pace.wide()) {
                return false;
            }
            if (openAt[connection] == Long.MAX_VALUE) {
                openAt[connection] = now + (connection < few ? 0 : openNanos);
            }
            for (int i = 0; i < openAt.length; i++) {
                if (!told[i] && openAt[i] <= now) {
                    told[i] = true;
                    pace.opened();
                }
            }
            return openAt[connection] <= now;
        }

        private void submit(int connection) {
            int length = pace.requestBytes();
            var free = workers.get(connection);
            long ready = Math.max(now, free.remove()) + server.latencyNanos;
            linkFree = Math.max(linkFree, ready) + length * SECOND / server.bytesPerSecond;
            free.add(ready);
            inFlight[connection]++;
            reads.add(new Read(connection, length, now, linkFree));
        }
    }
}
