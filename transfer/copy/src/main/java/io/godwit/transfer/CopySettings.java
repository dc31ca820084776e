package io.godwit.transfer;

import io.godwit.blockio.NbdSettings;
import io.godwit.transfer.BlockDigest.Method;
import java.time.Duration;

/// How disks are copied, within a bound of memory: as many disks at once as fit it, at least one. Beside the buffers of
/// [NbdSettings#memoryBytes()] a disk takes two blocks per connection, eight of the longest reads that wait to be written to a file, and three
/// bits per block: 12 MiB for 8 TiB.
///
/// @param nbd how each source is read, at most: how much of that is used is measured
/// @param blockBytes of digests and checkpoints, and of the shortest read, at most: a server may force a shorter one
/// @param memoryBytes for the buffers of all disks together
/// @param disksAtOnce at most
/// @param method digest of a block
public record CopySettings(NbdSettings nbd, int blockBytes, long memoryBytes, int disksAtOnce, String method) {
    public static final CopySettings DEFAULT = new CopySettings(NbdSettings.DEFAULT, 256 << 10, 192L << 20, 2, Method.XXH3_128.label());

    /// The method that makes no digests; nothing can be read back then.
    public static final String NO_DIGEST = Method.NONE.label();

    public CopySettings {
        if (blockBytes < 4096 || memoryBytes <= 0 || disksAtOnce < 1) {
            throw new IllegalArgumentException(
                    "no settings: blocks of " + blockBytes + ", " + memoryBytes + " bytes for " + disksAtOnce + " disks");
        }
        methodOf(method);
    }

    public CopySettings stallLimit(Duration limit) {
        return new CopySettings(nbd.stallLimit(limit), blockBytes, memoryBytes, disksAtOnce, method);
    }

    /// The same with `XXH3-128`, `CRC32C`, `SHA-256` or [#NO_DIGEST].
    public CopySettings method(String label) {
        return new CopySettings(nbd, blockBytes, memoryBytes, disksAtOnce, label);
    }

    int parallelDisks() {
        return (int) Math.max(1, Math.min(disksAtOnce, memoryBytes / nbd.memoryBytes()));
    }

    Method digest() {
        return methodOf(method);
    }

    private static Method methodOf(String label) {
        for (var each : Method.values()) {
            if (each.label().equals(label)) {
                return each;
            }
        }
        throw new IllegalArgumentException("no digest: " + label);
    }
}
