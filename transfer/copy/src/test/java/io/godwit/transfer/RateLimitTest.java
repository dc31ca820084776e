package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.data.Offset.offset;
import static org.assertj.core.data.Percentage.withPercentage;

import io.godwit.model.limit.CopyShare;
import java.time.Duration;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.junit.jupiter.api.Test;

/// In virtual time.
class RateLimitTest {
    private static final long SECOND = 1_000_000_000;
    private static final long ASKED = 50_000;
    private static final int LONG_RUN = 20; // seconds
    private long now = 5;
    private final RateLimit limit = new RateLimit(() -> now);

    /// Spends as much as it may until that time, in requests of such lengths; returns the bytes.
    private long spendUntil(long end, int longest, Random random) {
        return spendUntil(limit, end, longest, random);
    }

    private long spendUntil(RateLimit limit, long end, int longest, Random random) {
        long spent = 0;
        while (now < end) {
            long wait = limit.waitNanos();
            if (wait > 0) {
                now += Math.min(wait, RateLimit.ASK_AGAIN_NANOS);
            } else {
                int length = 1 + random.nextInt(longest);
                limit.spend(length);
                spent += length;
                now += ASKED; // a request takes some time to be asked
            }
        }
        return spent;
    }

    @Property(tries = 100)
    void theMeanIsExactInTheLongRun(@ForAll @LongRange(min = 1 << 20, max = 1L << 31) long rate,
            @ForAll @IntRange(min = 4096, max = 1 << 20) int longest,
            @ForAll long seed) {
        var fresh = new RateLimit(() -> now); // jqwik keeps this object for all tries
        fresh.set(rate, 0);
        long spent = spendUntil(fresh, now + LONG_RUN * SECOND, longest, new Random(seed));
        double allowed = (double) rate * LONG_RUN;
        assertThat((double) spent).isLessThan(allowed * 1.02 + longest);
        if (allowed < (double) LONG_RUN * SECOND / ASKED * longest / 4) { // else they cannot be asked that fast
            assertThat((double) spent).isCloseTo(allowed, offset(allowed * 0.02 + longest)); // the last one may overdraw
        }
    }

    @Property(tries = 100)
    void requestsAreCountedToo(@ForAll @IntRange(min = 10, max = 10_000) int rate, @ForAll long seed) {
        var fresh = new RateLimit(() -> now);
        fresh.set(0, rate);
        long spent = spendUntil(fresh, now + LONG_RUN * SECOND, 1, new Random(seed)); // of one byte each
        assertThat((double) spent).isCloseTo((double) rate * LONG_RUN, withPercentage(2));
    }

    @Test
    void aNewRateCountsWithinASecond() {
        var random = new Random(1);
        limit.set(1 << 20, 0);
        spendUntil(now + 10 * SECOND, 256 << 10, random);
        limit.set(100 << 20, 0);
        assertThat((double) spendUntil(now + SECOND, 256 << 10, random)).isCloseTo(100 << 20, withPercentage(10));
        limit.set(10 << 20, 0);
        assertThat((double) spendUntil(now + SECOND, 256 << 10, random)).isCloseTo(10 << 20, withPercentage(10));
        limit.set(0, 0);
        assertThat(limit.waitNanos()).isZero();
    }

    @Test
    void whatWasOverdrawnIsNotOwedForLongerAtALowerRate() {
        limit.set(1 << 30, 0);
        limit.spend(1 << 28); // a quarter of a second
        limit.set(1 << 10, 0);
        assertThat(limit.waitNanos()).isLessThanOrEqualTo(SECOND / 4);
    }

    @Test
    void restSavesNoMoreThanATenthOfASecond() {
        limit.set(1 << 20, 0);
        now += 3600 * SECOND;
        assertThat((double) spendUntil(now + SECOND, 4096, new Random(2))).isCloseTo(1.1 * (1 << 20), withPercentage(3));
    }

    @Test
    void aRateBelowZeroIsRefused() {
        assertThatIllegalArgumentException().isThrownBy(() -> limit.set(-1, 0));
    }

    /// Latency grows with what is in flight, as at a disk that has enough to do.
    @Test
    void backsOffUntilReadsAreFastAgain() {
        var guard = new LatencyGuard(() -> now);
        assertThat(guard.allowed(64)).isEqualTo(64);
        guard.set(Duration.ofMillis(20));
        for (int i = 0; i < 20_000; i++) {
            long begun = guard.begin();
            now += guard.allowed(64) * 1_000_000L;
            guard.ended(begun, now - begun);
        }
        assertThat(guard.allowed(64)).isBetween(8, 22);
        for (int i = 0; i < 20_000; i++) { // and fast again
            long begun = guard.begin();
            now += 1_000_000;
            guard.ended(begun, now - begun);
        }
        assertThat(guard.allowed(64)).isEqualTo(64);
        guard.set(null);
        assertThat(guard.allowed(128)).isEqualTo(128);
    }

    /// A hundred reads of a source that has become that slow would take minutes.
    @Test
    void backsOffAfterASecondOfSlowReads() {
        var guard = new LatencyGuard(() -> now);
        assertThat(guard.allowed(64)).isEqualTo(64);
        guard.set(Duration.ofMillis(20));
        for (int i = 0; i < 3; i++) {
            long begun = guard.begin();
            now += SECOND / 2;
            guard.ended(begun, now - begun);
        }
        assertThat(guard.allowed(64)).isLessThan(64);
    }

    @Test
    void theSameBoundAgainForgetsNothing() {
        var guard = new LatencyGuard(() -> now);
        assertThat(guard.allowed(64)).isEqualTo(64);
        for (int i = 0; i < 1000; i++) {
            guard.set(Duration.ofMillis(20)); // as often as shares are told
            long begun = guard.begin();
            now += SECOND / 10;
            guard.ended(begun, now - begun);
        }
        assertThat(guard.allowed(64)).isLessThan(64);
    }

    @Test
    void countsWhatWasSpentAndHowLongOnlyWhileSomebodyWaited() {
        limit.set(1 << 20, 0);
        spendUntil(now + 10 * SECOND, 64 << 10, new Random(3));
        var greedy = limit.load(CopyShare.UNLIMITED);
        assertThat((double) greedy.bytes()).isCloseTo(10 << 20, withPercentage(3));
        assertThat(greedy.heldByBytesMillis()).isBetween(9000L, 10_000L);
        assertThat(greedy.heldByRequestsMillis()).isZero();
        for (long end = now + 10 * SECOND; now < end; now += SECOND / 100) { // half of what it may
            assertThat(limit.waitNanos()).isZero();
            limit.spend((1 << 20) / 200);
        }
        var modest = limit.load(CopyShare.UNLIMITED);
        assertThat(modest.heldByBytesMillis() - greedy.heldByBytesMillis()).isLessThan(200);
        assertThat(modest.requests() - greedy.requests()).isEqualTo(1000);
        limit.set(0, 2);
        spendUntil(now + 10 * SECOND, 64 << 10, new Random(4));
        var slow = limit.load(CopyShare.UNLIMITED);
        assertThat(slow.requests() - modest.requests()).isBetween(20L, 21L);
        assertThat(slow.heldByRequestsMillis()).isBetween(9000L, 10_500L);
        assertThat(slow.heldByBytesMillis() - modest.heldByBytesMillis()).isZero();
    }

    @Test
    void whoWaitsNowIsCountedBeforeTheWaitEnds() {
        limit.set(1, 0);
        limit.spend(1000);
        assertThat(limit.waitNanos()).isPositive();
        now += 5 * SECOND;
        assertThat(limit.load(CopyShare.UNLIMITED).heldByBytesMillis()).isEqualTo(5000);
    }

    @Test
    void lessThanOneRequestPerSecondIsARateToo() {
        limit.set(0, 0.25);
        spendUntil(now + 40 * SECOND, 1, new Random(5));
        assertThat(limit.load(CopyShare.UNLIMITED).requests()).isBetween(10L, 11L);
    }

    @Test
    void oneReadIsAlwaysAllowed() {
        var guard = new LatencyGuard(() -> now);
        guard.set(Duration.ofMillis(1));
        for (int i = 0; i < 5000; i++) {
            assertThat(guard.allowed(64)).isPositive();
            long begun = guard.begin();
            now += SECOND;
            guard.ended(begun, now - begun);
        }
        assertThat(guard.allowed(64)).isEqualTo(1);
    }
}
