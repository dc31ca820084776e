package io.godwit.blockio;

import java.time.Duration;

/// How a source is read. Bounds its memory: a connection holds one direct buffer of `requestBytes`, and at worst, when the server answers
/// in pieces, the bytes of all that is in flight too; see [#memoryBytes()].
///
/// @param connections at most; one where the server does not allow several
/// @param depth requests in flight per connection, as long as they are together no longer than [#windowBytes()]
/// @param requestBytes the longest read
/// @param stallLimit how long a server may be silent while it owes an answer, and how long a handshake may take
/// @param retry what [NbdSource] does when a connection breaks or a read fails
/// @param tls for endpoints that ask for TLS
public record NbdSettings(int connections, int depth, int requestBytes, Duration stallLimit, RetrySettings retry, NbdTls tls) {
    public static final NbdSettings DEFAULT = new NbdSettings(4, 64, 1 << 20, Duration.ofSeconds(60));
    private static final long WINDOW = 16 << 20;

    public NbdSettings {
        if (connections < 1 || depth < 1 || depth > 4096 || requestBytes < 4096 || requestBytes > 32 << 20 || !stallLimit.isPositive()) {
            throw new IllegalArgumentException(
                    "no settings: " + connections + " connections, " + depth + " requests of " + requestBytes + " bytes, " + stallLimit);
        }
    }

    public NbdSettings(int connections, int depth, int requestBytes, Duration stallLimit) {
        this(connections, depth, requestBytes, stallLimit, RetrySettings.DEFAULT, NbdTls.SYSTEM);
    }

    /// What the reads in flight on one connection may ask for together, for whoever asks to keep.
    public long windowBytes() {
        return Math.max(requestBytes, Math.min((long) depth * requestBytes, WINDOW));
    }

    /// Direct memory that the buffers of all connections take at worst.
    public long memoryBytes() {
        return connections * (windowBytes() + requestBytes);
    }

    public NbdSettings connections(int count) {
        return new NbdSettings(count, depth, requestBytes, stallLimit, retry, tls);
    }

    public NbdSettings stallLimit(Duration limit) {
        return new NbdSettings(connections, depth, requestBytes, limit, retry, tls);
    }

    public NbdSettings retry(RetrySettings settings) {
        return new NbdSettings(connections, depth, requestBytes, stallLimit, settings, tls);
    }

    public NbdSettings tls(NbdTls settings) {
        return new NbdSettings(connections, depth, requestBytes, stallLimit, retry, settings);
    }

    /// The same for few and short requests on one connection.
    NbdSettings small() {
        return new NbdSettings(1, 1, Math.min(requestBytes, 64 << 10), stallLimit, retry, tls);
    }
}
