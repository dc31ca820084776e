package io.godwit.blockio;

import java.util.List;

/// A disk to read. Thread-safe; its readers are not.
public interface BlockSource extends AutoCloseable {
    long sizeBytes();

    /// Reads must begin and end at multiples of this power of two, or at the end of the disk.
    int alignment();

    /// Bytes of the longest read.
    int longestRead();

    /// How many readers may work at once.
    int connections();

    /// What is data and what reads as zero, from that offset on: runs without a gap, in order, at least one, at most to `offset + length`. A
    /// source that cannot tell says that all is data.
    List<BlockStatus> status(long offset, long length);

    /// The same of a context that was asked for when the source was opened.
    default List<BlockStatus> status(MetaContext context, long offset, long length) {
        if (!context.equals(MetaContext.ALLOCATION)) {
            throw new IllegalArgumentException("this source knows nothing of " + context);
        }
        return status(offset, length);
    }

    /// A new reader, for one thread.
    BlockReader reader();

    /// Ends all readers, also those that wait for an answer: they fail.
    @Override
    void close();
}
