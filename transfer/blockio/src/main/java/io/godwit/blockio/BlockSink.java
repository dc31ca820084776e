package io.godwit.blockio;

import io.godwit.model.disk.ReadBack;

/// A disk to write, and to read back. Thread-safe; its readers and writers are not.
public interface BlockSink extends BlockSource {
    /// A new writer, for one thread.
    ///
    /// @param written told of every write that has an end, on the thread of this writer, of [#settle()] or of [#flush()]
    BlockWriter writer(BlockWriter.Written written);

    /// Its size as it is now, which somebody else may have changed since it was opened.
    long sizeNow();

    /// Makes all of it read as zero where that costs next to nothing; else nothing is done.
    void clear();

    /// Whether what was not written since [#clear()] is known to read as zero, by what was done or by what the target itself says.
    boolean readsAsZero();

    /// Returns when all writes of all writers that were begun before were told as written, or have failed.
    void settle();

    /// Returns when all writes that were told as written lie on the device.
    void flush();

    /// How its readers read, for the report of a verification.
    ReadBack readBack();
}
