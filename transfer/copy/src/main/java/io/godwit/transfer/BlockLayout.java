package io.godwit.transfer;

import io.godwit.blockio.Extents;
import io.godwit.model.disk.Extent;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// How what is to be copied is cut into blocks, the unit of digests and checkpoints: a whole disk into blocks of one length but the last,
/// or a list of extents into blocks of at most that length.
final class BlockLayout {
    /// Each takes five bits of memory.
    private static final long MOST_BLOCKS = 64L << 20;
    private static final int DESCRIBED = 512; // extents at a time

    private final long sizeBytes;
    private final int blockBytes;
    private final Method method;
    private final long @Nullable [] offsets; // of extents; null = a whole disk
    private final long[] ends;
    private final int[] firsts; // block of each extent
    private final int blocks;
    private final Map<Integer, byte[]> zeroDigests = new ConcurrentHashMap<>();

    private BlockLayout(long sizeBytes, int blockBytes, Method method, long @Nullable [] offsets, long[] ends, int[] firsts, int blocks) {
        this.sizeBytes = sizeBytes;
        this.blockBytes = blockBytes;
        this.method = method;
        this.offsets = offsets;
        this.ends = ends;
        this.firsts = firsts;
        this.blocks = blocks;
    }

    static BlockLayout ofDisk(long sizeBytes, int blockBytes, Method method) {
        return new BlockLayout(sizeBytes, blockBytes, method, null, new long[0], new int[0],
                count(Math.ceilDiv(sizeBytes, blockBytes), blockBytes));
    }

    /// Widens the extents to that alignment first, and joins what overlaps or touches.
    static BlockLayout ofExtents(List<Extent> extents, long alignment, long sizeBytes, int blockBytes, Method method) {
        var aligned = Extents.aligned(extents, alignment, sizeBytes);
        var offsets = new long[aligned.size()];
        var ends = new long[aligned.size()];
        var firsts = new int[aligned.size()];
        long blocks = 0;
        for (int i = 0; i < aligned.size(); i++) {
            var extent = aligned.get(i);
            offsets[i] = extent.offset();
            ends[i] = extent.end();
            firsts[i] = count(blocks, blockBytes);
            blocks += Math.ceilDiv(extent.length(), blockBytes);
        }
        return new BlockLayout(sizeBytes, blockBytes, method, offsets, ends, firsts, count(blocks, blockBytes));
    }

    /// How long blocks are for so many bytes: as wished, or longer where there would be too many.
    ///
    /// @param wished a power of two, as is the most
    static int blockBytes(long bytes, int wished, int most) {
        int length = Math.min(wished, most);
        while (Math.ceilDiv(bytes, length) > MOST_BLOCKS && length < most) {
            length *= 2;
        }
        return length;
    }

    private static int count(long blocks, int blockBytes) {
        if (blocks > MOST_BLOCKS) {
            throw new FaultException(CopyFault.COPY_BLOCKS_TOO_MANY, "the disk cannot be copied in blocks of " + blockBytes + " bytes",
                    "it has " + blocks + " of them, and " + MOST_BLOCKS + " fit into memory; its server takes no longer requests");
        }
        return (int) blocks;
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
        return blocks;
    }

    /// The first block that ends behind that offset.
    int blockOf(long offset) {
        if (offsets == null) {
            return (int) Math.min(blocks, offset / blockBytes);
        }
        int found = Arrays.binarySearch(offsets, offset);
        int extent = found >= 0 ? found : -found - 2;
        if (extent < 0) {
            return 0;
        }
        return offset < ends[extent]
                ? firsts[extent] + (int) ((offset - offsets[extent]) / blockBytes)
                : extent + 1 < firsts.length ? firsts[extent + 1] : blocks;
    }

    private int extentOf(int block) {
        int found = Arrays.binarySearch(firsts, block);
        return found >= 0 ? found : -found - 2;
    }

    long offsetOf(int block) {
        if (offsets == null) {
            return (long) block * blockBytes;
        }
        int extent = extentOf(block);
        return offsets[extent] + (long) (block - firsts[extent]) * blockBytes;
    }

    int lengthOf(int block) {
        if (offsets == null) {
            return (int) Math.min(blockBytes, sizeBytes - offsetOf(block));
        }
        int extent = extentOf(block);
        return (int) Math.min(blockBytes, ends[extent] - offsets[extent] - (long) (block - firsts[extent]) * blockBytes);
    }

    /// The bytes of all blocks.
    long bytes() {
        return offsets == null ? sizeBytes : Arrays.stream(ends).sum() - Arrays.stream(offsets).sum();
    }

    /// The digest of a block of zeroes of that block's length.
    byte[] zeroDigest(int block) {
        return zeroDigests.computeIfAbsent(lengthOf(block), length -> method.start().of(ByteBuffer.allocate(length)));
    }

    /// Gives all that makes this layout differ from others, in pieces.
    void describe(Consumer<ByteBuffer> to) {
        to.accept(ByteBuffer.wrap(method.label().getBytes(StandardCharsets.UTF_8)));
        to.accept(ByteBuffer.allocate(Long.BYTES + Integer.BYTES).putLong(sizeBytes).putInt(blockBytes).flip());
        if (offsets == null) {
            return;
        }
        var numbers = ByteBuffer.allocate(DESCRIBED * 2 * Long.BYTES);
        for (int from = 0; from < offsets.length; from += DESCRIBED) {
            numbers.clear();
            for (int extent = from; extent < Math.min(offsets.length, from + DESCRIBED); extent++) {
                numbers.putLong(offsets[extent]).putLong(ends[extent]);
            }
            to.accept(numbers.flip());
        }
    }
}
