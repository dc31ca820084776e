package io.godwit.model.limit;

/// The most that copies may take from their sources; 0 = no bound.
///
/// @param requestsPerSecond reads
/// @param longestReadMillis reads are held back while the slowest hundredth of them takes longer
public record Bounds(long bytesPerSecond, double requestsPerSecond, long longestReadMillis) {
    public static final Bounds NONE = new Bounds(0, 0, 0);

    public Bounds {
        if (bytesPerSecond < 0 || !(requestsPerSecond >= 0) || Double.isInfinite(requestsPerSecond) || longestReadMillis < 0) {
            throw new IllegalArgumentException(
                    "no bounds: " + bytesPerSecond + " bytes, " + requestsPerSecond + " requests per second, " + longestReadMillis + " ms");
        }
    }
}
