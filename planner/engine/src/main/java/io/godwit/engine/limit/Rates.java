package io.godwit.engine.limit;

import java.util.function.DoubleBinaryOperator;

/// Bytes and requests per second; 0 = without end.
///
/// Inside a calculation "without end" is infinite: see [#of].
public record Rates(double bytesPerSecond, double requestsPerSecond) {
    /// As much as there is.
    public static final Rates UNLIMITED = new Rates(0, 0);

    /// Next to nothing: 0 would be no limit.
    static final double LEAST = 1e-3;
    static final Rates NOTHING = new Rates(LEAST, LEAST);

    /// What is limited, each for itself.
    enum Resource {
        BYTES, REQUESTS
    }

    /// One of both, infinite where it has no end.
    double of(Resource resource) {
        double rate = resource == Resource.BYTES ? bytesPerSecond : requestsPerSecond;
        return rate == 0 ? Double.POSITIVE_INFINITY : rate;
    }

    /// Of values that may be infinite, none of them 0.
    static Rates ofInfinite(double bytes, double requests) {
        return new Rates(Double.isInfinite(bytes) ? 0 : bytes, Double.isInfinite(requests) ? 0 : requests);
    }

    Rates combine(Rates other, DoubleBinaryOperator operator) {
        return ofInfinite(operator.applyAsDouble(of(Resource.BYTES), other.of(Resource.BYTES)),
                operator.applyAsDouble(of(Resource.REQUESTS), other.of(Resource.REQUESTS)));
    }
}
