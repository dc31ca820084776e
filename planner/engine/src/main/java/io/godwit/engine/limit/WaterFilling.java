package io.godwit.engine.limit;

import java.util.Arrays;
import java.util.List;

/// Weighted max-min fair division of one resource under several caps at once: everybody's level rises together, and who has what they ask for, or
/// meets a cap that is full, stops. So nobody could get more but from somebody whose level is no higher, and nothing that somebody could use is left.
final class WaterFilling {
    static final int BY_DEMAND = -1;
    private static final double ROUNDING = 1e-9;

    /// So much for all members together.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Cap(double capacity, int[] members) {
        @Override
        public String toString() {
            return capacity + " for " + Arrays.toString(members);
        }
    }

    /// @param rates infinite for who is under no cap
    /// @param boundBy index of the cap that stopped each, [#BY_DEMAND] for who has what they ask for
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Filled(double[] rates, int[] boundBy) {}

    private final double[] demands;
    private final double[] weights;
    private final List<Cap> caps;
    private final double[] rates;
    private final int[] boundBy;
    private final boolean[] rising;
    private double level;

    private WaterFilling(double[] demands, double[] weights, List<Cap> caps) {
        this.demands = demands;
        this.weights = weights;
        this.caps = caps;
        this.rates = new double[demands.length];
        this.boundBy = new int[demands.length];
        this.rising = new boolean[demands.length];
    }

    /// @param demands what each would take at most, perhaps infinite
    /// @param weights how fast each one's level rises, above 0
    static Filled fill(double[] demands, double[] weights, List<Cap> caps) {
        var filling = new WaterFilling(demands, weights, caps);
        filling.fill();
        return new Filled(filling.rates, filling.boundBy);
    }

    private void fill() {
        Arrays.fill(boundBy, BY_DEMAND);
        Arrays.fill(rates, Double.POSITIVE_INFINITY);
        for (var cap : caps) {
            for (int member : cap.members()) {
                rising[member] = true;
                rates[member] = 0;
            }
        }
        while (anyRising()) {
            level = nextStop();
            for (int i = 0; i < demands.length; i++) {
                if (rising[i] && demands[i] <= level * weights[i] * (1 + ROUNDING)) {
                    stop(i, demands[i], BY_DEMAND);
                }
            }
            for (int c = 0; c < caps.size(); c++) {
                if (levelOf(caps.get(c)) <= level * (1 + ROUNDING)) {
                    for (int member : caps.get(c).members()) {
                        if (rising[member]) {
                            stop(member, level * weights[member], c);
                        }
                    }
                }
            }
        }
    }

    private boolean anyRising() {
        for (var each : rising) {
            if (each) {
                return true;
            }
        }
        return false;
    }

    private double nextStop() {
        double next = Double.POSITIVE_INFINITY;
        for (int i = 0; i < demands.length; i++) {
            if (rising[i]) {
                next = Math.min(next, demands[i] / weights[i]);
            }
        }
        for (var cap : caps) {
            next = Math.min(next, levelOf(cap));
        }
        return Math.max(level, next);
    }

    /// At which it is full; infinite where nobody under it rises any more.
    private double levelOf(Cap cap) {
        double left = cap.capacity();
        double weight = 0;
        for (int member : cap.members()) {
            if (rising[member]) {
                weight += weights[member];
            } else {
                left -= rates[member];
            }
        }
        return weight == 0 ? Double.POSITIVE_INFINITY : Math.max(0, left) / weight;
    }

    private void stop(int who, double rate, int why) {
        rising[who] = false;
        rates[who] = rate;
        boundBy[who] = why;
    }
}
