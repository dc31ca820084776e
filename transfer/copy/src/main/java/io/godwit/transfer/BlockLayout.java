package io.godwit.transfer;

import io.godwit.transfer.BlockDigest.Method;
import java.nio.ByteBuffer;

/// How a disk is cut into blocks: all of one length but the last.
record BlockLayout(long sizeBytes, int blockBytes, Method method) {
    int blocks() {
        return Math.toIntExact(Math.ceilDiv(sizeBytes, blockBytes));
    }

    int blockOf(long offset) {
        return (int) (offset / blockBytes);
    }

    long offsetOf(int block) {
        return (long) block * blockBytes;
    }

    int lengthOf(int block) {
        return (int) Math.min(blockBytes, sizeBytes - offsetOf(block));
    }

    /// The digest of a block of zeroes of that block's length.
    byte[] zeroDigest(int block) {
        return method.start().of(ByteBuffer.allocate(lengthOf(block)));
    }
}
