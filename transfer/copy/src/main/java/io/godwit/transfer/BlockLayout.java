package io.godwit.transfer;

import io.godwit.blockio.Extents;
import io.godwit.model.disk.Extent;
import io.godwit.transfer.BlockDigest.Method;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// How what is to be copied is cut into blocks, the unit of digests and checkpoints: a whole disk into blocks of one length but the last,
/// or a list of extents into blocks of at most that length.
final class BlockLayout {
    private final long sizeBytes;
    private final int blockBytes;
    private final Method method;
    private final long @Nullable [] offsets; // of the blocks of extents
    private final int[] lengths;
    private final Map<Integer, byte[]> zeroDigests = new ConcurrentHashMap<>();

    private BlockLayout(long sizeBytes, int blockBytes, Method method, long @Nullable [] offsets, int[] lengths) {
        this.sizeBytes = sizeBytes;
        this.blockBytes = blockBytes;
        this.method = method;
        this.offsets = offsets;
        this.lengths = lengths;
    }

    static BlockLayout ofDisk(long sizeBytes, int blockBytes, Method method) {
        return new BlockLayout(sizeBytes, blockBytes, method, null, new int[0]);
    }

    /// Widens the extents to that alignment first, and joins what overlaps or touches.
    static BlockLayout ofExtents(List<Extent> extents, long alignment, long sizeBytes, int blockBytes, Method method) {
        var aligned = Extents.aligned(extents, alignment, sizeBytes);
        int blocks = 0;
        for (var extent : aligned) {
            blocks = Math.addExact(blocks, Math.toIntExact(Math.ceilDiv(extent.length(), blockBytes)));
        }
        var offsets = new long[blocks];
        var lengths = new int[blocks];
        int block = 0;
        for (var extent : aligned) {
            for (long at = extent.offset(); at < extent.end(); at += blockBytes) {
                offsets[block] = at;
                lengths[block++] = (int) Math.min(blockBytes, extent.end() - at);
            }
        }
        return new BlockLayout(sizeBytes, blockBytes, method, offsets, lengths);
    }

    long sizeBytes() {
        return sizeBytes;
    }

    int blockBytes() {
        return blockBytes;
    }

    Method method() {
        return method;
    }

    boolean wholeDisk() {
        return offsets == null;
    }

    int blocks() {
        return offsets == null ? Math.toIntExact(Math.ceilDiv(sizeBytes, blockBytes)) : offsets.length;
    }

    /// The first block that ends behind that offset.
    int blockOf(long offset) {
        if (offsets == null) {
            return (int) Math.min(blocks(), offset / blockBytes);
        }
        int found = Arrays.binarySearch(offsets, offset);
        if (found >= 0) {
            return found;
        }
        int before = -found - 2;
        return before >= 0 && offsets[before] + lengths[before] > offset ? before : before + 1;
    }

    long offsetOf(int block) {
        return offsets == null ? (long) block * blockBytes : offsets[block];
    }

    int lengthOf(int block) {
        return offsets == null ? (int) Math.min(blockBytes, sizeBytes - offsetOf(block)) : lengths[block];
    }

    /// The bytes of all blocks.
    long bytes() {
        return offsets == null ? sizeBytes : Arrays.stream(lengths).asLongStream().sum();
    }

    /// The digest of a block of zeroes of that block's length.
    byte[] zeroDigest(int block) {
        return zeroDigests.computeIfAbsent(lengthOf(block), length -> method.start().of(ByteBuffer.allocate(length)));
    }

    /// Adds all that makes this layout differ from others.
    void describe(MessageDigest digest) {
        digest.update(method.label().getBytes(java.nio.charset.StandardCharsets.UTF_8));
        digest.update(ByteBuffer.allocate(12).putLong(sizeBytes).putInt(blockBytes).flip());
        if (offsets != null) {
            var numbers = ByteBuffer.allocate(12);
            for (int block = 0; block < offsets.length; block++) {
                digest.update(numbers.clear().putLong(offsets[block]).putInt(lengths[block]).flip());
            }
        }
    }
}
