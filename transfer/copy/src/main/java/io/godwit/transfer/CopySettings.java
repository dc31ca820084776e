package io.godwit.transfer;

import io.godwit.blockio.NbdSettings;
import io.godwit.transfer.BlockDigest.Method;
import java.time.Duration;

/// How disks are copied, within a bound of memory: as many disks at once as fit it, at least one. Beside the buffers of
/// [NbdSettings#memoryBytes()] a disk takes two blocks per connection, and five bits per block: 20 MiB for 8 TiB.
///
/// @param nbd how each source is read, at most: how much of that is used is measured
/// @param blockBytes of digests and checkpoints, and of the shortest read, at most: a server may force a shorter one
/// @param memoryBytes for the buffers of all disks together
/// @param disksAtOnce at most
/// @param method digest of a block
/// @param saveBytes written to a disk and not yet in its checkpoint, at most, where that is more than a hundredth of what was written: what a
///        crash costs
/// @param saveEvery how often a checkpoint is saved where less than that was written
public record CopySettings(NbdSettings nbd, int blockBytes, long memoryBytes, int disksAtOnce, String method, long saveBytes,
        Duration saveEvery) {
    public static final CopySettings DEFAULT = new CopySettings(NbdSettings.DEFAULT, 256 << 10, 192L << 20, 2, Method.XXH3_128.label());

    /// The method that makes no digests; nothing can be read back then.
    public static final String NO_DIGEST = Method.NONE.label();

    public CopySettings {
        if (blockBytes < 4096 || memoryBytes <= 0 || disksAtOnce < 1 || saveBytes < 1 || !saveEvery.isPositive()) {
            throw new IllegalArgumentException(
                    "no settings: blocks of " + blockBytes + ", " + memoryBytes + " bytes for " + disksAtOnce + " disks, saved each "
                            + saveBytes + " bytes or " + saveEvery);
        }
        methodOf(method);
    }

    /// With the usual costs of a crash.
    public CopySettings(NbdSettings nbd, int blockBytes, long memoryBytes, int disksAtOnce, String method) {
        this(nbd, blockBytes, memoryBytes, disksAtOnce, method, 64L << 20, Duration.ofSeconds(5));
    }

    public CopySettings stallLimit(Duration limit) {
        return new CopySettings(nbd.stallLimit(limit), blockBytes, memoryBytes, disksAtOnce, method, saveBytes, saveEvery);
    }

    /// The same with checkpoints as often as that.
    public CopySettings saving(long bytes, Duration every) {
        return new CopySettings(nbd, blockBytes, memoryBytes, disksAtOnce, method, bytes, every);
    }

    /// The same with `XXH3-128`, `CRC32C`, `SHA-256` or [#NO_DIGEST].
    public CopySettings method(String label) {
        return new CopySettings(nbd, blockBytes, memoryBytes, disksAtOnce, label, saveBytes, saveEvery);
    }

    /// What the buffers of one disk take at worst where target and source are both servers: of reading and of reading back, and a write in each
    /// connection.
    public long worstBytes() {
        return 2 * nbd.memoryBytes() + nbd.connections() * (long) nbd.requestBytes();
    }

    /// The same with as few requests in flight as it takes to keep to `memoryBytes`.
    ///
    /// @throws IllegalArgumentException when not even one per connection would fit
    public CopySettings fitting() {
        if (worstBytes() <= memoryBytes) {
            return this;
        }
        long rest = memoryBytes - nbd.connections() * (long) nbd.requestBytes();
        long window = rest / (2L * nbd.connections()) - nbd.requestBytes();
        if (window < nbd.requestBytes()) {
            throw new IllegalArgumentException(
                    "%d connections with requests of %d bytes take %d MiB of buffers at worst, and there are %d: use fewer or shorter ones"
                            .formatted(
                                    nbd.connections(), nbd.requestBytes(), withDepth(1).worstBytes() >> 20, memoryBytes >> 20));
        }
        return withDepth((int) (window / nbd.requestBytes()));
    }

    private CopySettings withDepth(int depth) {
        return new CopySettings(new NbdSettings(nbd.connections(), depth, nbd.requestBytes(), nbd.stallLimit(), nbd.retry(), nbd.tls()),
                blockBytes,
                memoryBytes, disksAtOnce, method, saveBytes, saveEvery);
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
