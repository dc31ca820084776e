package io.godwit.engine.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.godwit.engine.limit.WaterFilling.Cap;
import io.godwit.engine.limit.WaterFilling.Filled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class WaterFillingTest {
    private static final double INFINITE = Double.POSITIVE_INFINITY;

    private static Filled fill(double[] demands, Cap... caps) {
        var weights = new double[demands.length];
        Arrays.fill(weights, 1);
        return WaterFilling.fill(demands, weights, List.of(caps));
    }

    private static Cap cap(double capacity, int... members) {
        return new Cap(capacity, members);
    }

    @Test
    void whatOneDoesNotUseGoesToTheOthers() {
        var filled = fill(new double[]{10, INFINITE, INFINITE}, cap(100, 0, 1, 2));
        assertThat(filled.rates()).containsExactly(10, 45, 45);
        assertThat(filled.boundBy()).containsExactly(WaterFilling.BY_DEMAND, 0, 0);
    }

    @Test
    void eachStopsAtTheTightestOfItsCaps() {
        var filled = fill(new double[]{INFINITE, INFINITE, INFINITE, 5}, cap(100, 0, 1, 2), cap(20, 0, 1), cap(5, 0));
        assertThat(filled.rates()).containsExactly(5, 15, 80, INFINITE);
        assertThat(filled.boundBy()).containsExactly(2, 1, 0, WaterFilling.BY_DEMAND);
    }

    @Test
    void weightsSetTheProportion() {
        assertThat(WaterFilling.fill(new double[]{INFINITE, INFINITE}, new double[]{1, 3}, List.of(cap(100, 0, 1))).rates())
                .containsExactly(25, 75);
    }

    @Test
    void nothingIsDividedToo() {
        assertThat(fill(new double[]{INFINITE, 0}, cap(0, 0, 1)).rates()).containsExactly(0, 0);
        assertThat(fill(new double[]{}, cap(7)).rates()).isEmpty();
    }

    /// The definition of weighted max-min fairness: who has less than their demand meets a cap that is full and in which nobody has a higher level.
    @Property(tries = 2000)
    void nobodyCouldHaveMoreButFromWhoHasNoMore(@ForAll long seed) {
        var random = new Random(seed);
        int count = random.nextInt(12);
        var demands = IntStream.range(0, count).mapToDouble(_ -> random.nextInt(4) == 0 ? INFINITE : random.nextDouble(100)).toArray();
        var weights = IntStream.range(0, count).mapToDouble(_ -> random.nextBoolean() ? 1 : 0.1 + random.nextDouble(5)).toArray();
        var caps = new ArrayList<Cap>();
        for (int i = random.nextInt(5); i >= 0; i--) {
            caps.add(cap(random.nextInt(8) == 0 ? 0 : random.nextDouble(200),
                    IntStream.range(0, count).filter(_ -> random.nextBoolean()).toArray()));
        }
        var filled = WaterFilling.fill(demands, weights, caps);

        for (var cap : caps) {
            assertThat(sum(filled, cap)).as("%s", cap).isLessThanOrEqualTo(cap.capacity() * (1 + 1e-6) + 1e-6);
        }
        for (int i = 0; i < count; i++) {
            int who = i;
            var own = caps.stream().filter(cap -> Arrays.stream(cap.members()).anyMatch(member -> member == who)).toList();
            if (own.isEmpty()) {
                assertThat(filled.rates()[i]).isEqualTo(INFINITE);
            } else if (filled.boundBy()[i] == WaterFilling.BY_DEMAND) {
                assertThat(filled.rates()[i]).isEqualTo(demands[i]);
            } else {
                var bound = caps.get(filled.boundBy()[i]);
                assertThat(own).contains(bound);
                assertThat(filled.rates()[i]).isLessThanOrEqualTo(demands[i]);
                assertThat(sum(filled, bound)).isCloseTo(bound.capacity(), within(1e-6 * bound.capacity() + 1e-6));
                double level = filled.rates()[i] / weights[i];
                for (int other : bound.members()) {
                    assertThat(filled.rates()[other] / weights[other]).isLessThanOrEqualTo(level * (1 + 1e-6) + 1e-6);
                }
            }
        }
    }

    private static double sum(Filled filled, Cap cap) {
        return Arrays.stream(cap.members()).mapToDouble(member -> filled.rates()[member]).sum();
    }
}
