package io.godwit.engine.limit;

import io.godwit.engine.limit.Rates.Resource;
import io.godwit.model.disk.SourceLoad;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a copy would take if it were let, judged by what it took and by whether its share held it back. Unknown is as much as there is. Who is not held
/// back asks for the most of its last samples and half a hundredth more; who is held back below a limit asks for more, at first a twentieth, then in growing
/// steps; who is held back by a limit, or begins to read again, asks for everything.
final class Demand {
    private static final double HEADROOM = 1.005;
    private static final double STEADY = 0.0025; // a change of the own wish that is not worth telling
    private static final double FIRST_STEP = 0.05;
    private static final double HELD = 0.5; // of the time
    private static final int SAMPLES = 3;
    private static final long SHORTEST_SAMPLE = Duration.ofMillis(200).toMillis();
    private static final int LONGEST_RUN = 10;

    private final Map<Resource, Wish> wishes = new EnumMap<>(Map.of(Resource.BYTES, new Wish(64 << 10), Resource.REQUESTS, new Wish(1)));
    private @Nullable SourceLoad last;

    private static final class Wish {
        private final double least;
        private final double[] rates = new double[SAMPLES];
        private double value = Double.POSITIVE_INFINITY;
        private int free; // samples in a row in which it was not held back
        private int held; // and was, below every limit

        /// @param least asked for, so that who begins to read again is seen to be held back
        Wish(double least) {
            this.least = least;
        }

        void sample(double rate, boolean heldBack, boolean boundByLimit) {
            if (heldBack) {
                free = 0;
                held = Math.min(LONGEST_RUN, held + 1);
                value = boundByLimit || value <= least
                        ? Double.POSITIVE_INFINITY
                        : Math.max(value, rate) * (1 + Math.scalb(FIRST_STEP, held - 1));
                return;
            }
            held = 0;
            rates[free++ % SAMPLES] = rate;
            double most = rate;
            for (int i = 0; i < Math.min(free, SAMPLES); i++) {
                most = Math.max(most, rates[i]);
            }
            double wish = Math.max(least, most * HEADROOM);
            if (free >= 2 && (wish > value * (1 + STEADY) || wish < value * (1 - STEADY))) {
                value = wish;
            }
        }
    }

    /// @param bytesBound whether a limit, and not its own demand, was why it had no larger share of bytes
    /// @param requestsBound the same, of requests
    void sample(SourceLoad load, boolean bytesBound, boolean requestsBound) {
        var before = last;
        if (before == null) {
            last = load;
            return;
        }
        long millis = Duration.between(before.at(), load.at()).toMillis();
        if (millis >= 0 && millis < SHORTEST_SAMPLE) {
            return;
        }
        last = load;
        if (millis < 0 || load.bytes() < before.bytes()) { // its clock was set, or another process goes on with the job
            return;
        }
        sample(Resource.BYTES, load.bytes() - before.bytes(), load.heldByBytesMillis() - before.heldByBytesMillis(), millis, bytesBound);
        sample(Resource.REQUESTS, load.requests() - before.requests(), load.heldByRequestsMillis() - before.heldByRequestsMillis(), millis,
                requestsBound);
    }

    private void sample(Resource resource, long units, long heldMillis, long millis, boolean bound) {
        wish(resource).sample(units * 1000.0 / millis, heldMillis >= HELD * millis, bound);
    }

    private Wish wish(Resource resource) {
        var wish = wishes.get(resource);
        if (wish == null) {
            throw new IllegalStateException("every resource has a wish");
        }
        return wish;
    }

    Rates rates() {
        return Rates.ofInfinite(wish(Resource.BYTES).value, wish(Resource.REQUESTS).value);
    }
}
