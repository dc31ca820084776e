package io.godwit.engine.limit;

import io.godwit.engine.limit.Rates.Resource;
import io.godwit.engine.limit.WaterFilling.Cap;
import io.godwit.engine.limit.WaterFilling.Filled;
import io.godwit.model.limit.Bounds;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.limit.LimitScope;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Divides limits among copies: [WaterFilling] over all scopes at once, of bytes and of requests each for itself. A pure function of its arguments, so
/// that every node comes to the same.
final class Division {

    /// A limit with what it is at one instant.
    record InForce(String name, LimitScope scope, Bounds bounds) {
        static List<InForce> of(List<CopyLimit> limits, Instant instant) {
            return limits.stream().map(limit -> new InForce(limit.name(), limit.scope(), limit.at(instant)))
                    .filter(limit -> !limit.bounds().equals(Bounds.NONE)).toList();
        }

        double of(Resource resource) {
            return new Rates(bounds.bytesPerSecond(), bounds.requestsPerSecond()).of(resource);
        }
    }

    /// What one copy may take.
    ///
    /// @param fair what is due to it, when all others keep to what is due to them
    /// @param now at most, as long as they take what they hold
    record Part(Rates fair, Rates now, @Nullable String bytesBoundBy, @Nullable String requestsBoundBy) {}

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record OfResource(double[] fair, double[] now, List<@Nullable String> boundBy) {}

    private final List<InForce> limits;
    private final List<CopyGrant> copies;

    private Division(List<InForce> limits, List<CopyGrant> copies) {
        this.limits = limits;
        this.copies = copies;
    }

    /// The part of each copy, in their order. Who holds more than what is due to it must be told first: until then nobody gets what it holds.
    static List<Part> of(List<InForce> limits, List<CopyGrant> copies) {
        var division = new Division(limits, copies);
        var bytes = division.of(Resource.BYTES);
        var requests = division.of(Resource.REQUESTS);
        return IntStream.range(0, copies.size()).mapToObj(i -> new Part(Rates.ofInfinite(bytes.fair()[i], requests.fair()[i]),
                Rates.ofInfinite(bytes.now()[i], requests.now()[i]), bytes.boundBy().get(i), requests.boundBy().get(i))).toList();
    }

    private OfResource of(Resource resource) {
        var names = new ArrayList<String>();
        var caps = new ArrayList<Cap>();
        for (var limit : limits) {
            if (!Double.isInfinite(limit.of(resource)) && !(limit.scope() instanceof LimitScope.Disk)) {
                names.add(limit.name());
                caps.add(new Cap(limit.of(resource), members(limit.scope())));
            }
        }
        for (int i = 0; i < copies.size(); i++) {
            addCapOfDisks(i, resource, names, caps);
        }
        var filled = fair(resource, caps);
        var now = now(resource, caps, filled);
        var boundBy = Arrays.stream(filled.boundBy()).mapToObj(cap -> cap == WaterFilling.BY_DEMAND ? null : names.get(cap)).toList();
        return new OfResource(filled.rates(), now, new ArrayList<>(boundBy));
    }

    private int[] members(LimitScope scope) {
        return IntStream.range(0, copies.size()).filter(i -> copies.get(i).job().isIn(scope)).toArray();
    }

    /// A copy each of whose disks has a limit takes no more than these together.
    private void addCapOfDisks(int copy, Resource resource, List<String> names, List<Cap> caps) {
        var job = copies.get(copy).job();
        double sum = 0;
        String name = "";
        for (var disk : job.disks()) {
            double least = Double.POSITIVE_INFINITY;
            for (var limit : limits) {
                if (isOf(limit, job, disk) && limit.of(resource) < least) {
                    least = limit.of(resource);
                    name = limit.name();
                }
            }
            sum += least;
        }
        if (!job.disks().isEmpty() && !Double.isInfinite(sum)) {
            names.add(name);
            caps.add(new Cap(sum, new int[]{copy}));
        }
    }

    private static boolean isOf(InForce limit, CopyJob job, String disk) {
        return limit.scope() instanceof LimitScope.Disk scope && scope.disk().equals(disk) && job.isIn(scope);
    }

    private Filled fair(Resource resource, List<Cap> caps) {
        var demands = new double[copies.size()];
        for (int i = 0; i < demands.length; i++) {
            demands[i] = copies.get(i).pinned() ? 0 : copies.get(i).demand().of(resource);
        }
        var filled = WaterFilling.fill(demands, weights(), without(caps, copies.stream().mapToDouble(copy -> copy.pinned()
                ? copy.held().of(resource)
                : 0).toArray()));
        for (int i = 0; i < demands.length; i++) {
            filled.rates()[i] = copies.get(i).pinned() ? copies.get(i).held().of(resource) : Math.max(Rates.LEAST, filled.rates()[i]);
        }
        return filled;
    }

    /// What is not held by anybody goes to those to whom more is due than they hold.
    private double[] now(Resource resource, List<Cap> caps, Filled fair) {
        var held = copies.stream().mapToDouble(copy -> copy.held().of(resource)).toArray();
        var missing = new double[held.length];
        for (int i = 0; i < held.length; i++) {
            missing[i] = Math.max(0, fair.rates()[i] - held[i]);
            missing[i] = Double.isNaN(missing[i]) ? 0 : missing[i]; // holds everything, and may
        }
        var more = WaterFilling.fill(missing, weights(), without(caps, held)).rates();
        var now = new double[held.length];
        for (int i = 0; i < held.length; i++) {
            boolean capped = !Double.isInfinite(fair.rates()[i]);
            now[i] = capped && fair.rates()[i] > held[i] ? held[i] + more[i] : fair.rates()[i];
        }
        return now;
    }

    private static List<Cap> without(List<Cap> caps, double[] taken) {
        return caps.stream().map(cap -> new Cap(Math.max(0, cap.capacity() - Arrays.stream(cap.members()).mapToDouble(i -> taken[i]).sum()),
                cap.members())).toList();
    }

    private double[] weights() {
        var weights = new double[copies.size()];
        Arrays.fill(weights, 1);
        return weights;
    }

    /// What a worker is told of such a part.
    static CopyShare share(Rates part, List<InForce> limits, CopyJob job) {
        var holding = holding(limits, job);
        var disks = new HashMap<String, CopyShare.Rate>();
        for (var disk : job.disks()) {
            var own = holding.stream().filter(limit -> isOf(limit, job, disk)).map(InForce::bounds)
                    .map(bounds -> new Rates(bounds.bytesPerSecond(), bounds.requestsPerSecond()))
                    .reduce(Rates.UNLIMITED, (one, other) -> one.combine(other, Math::min));
            if (!own.equals(Rates.UNLIMITED)) {
                disks.put(disk, new CopyShare.Rate(wholeBytes(own), own.requestsPerSecond()));
            }
        }
        long longestRead = holding.stream().mapToLong(limit -> limit.bounds().longestReadMillis()).filter(millis -> millis > 0).min()
                .orElse(0);
        return new CopyShare(wholeBytes(part), part.requestsPerSecond(), longestRead, disks);
    }

    /// Those that the copy is under.
    static List<InForce> holding(List<InForce> limits, CopyJob job) {
        return limits.stream().filter(limit -> job.isIn(limit.scope())).toList();
    }

    private static long wholeBytes(Rates rates) {
        return rates.bytesPerSecond() == 0 ? 0 : Math.max(1, (long) rates.bytesPerSecond());
    }
}
