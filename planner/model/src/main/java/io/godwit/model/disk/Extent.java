package io.godwit.model.disk;

/// A run of bytes of a disk: `[offset, offset + length)`.
public record Extent(long offset, long length) {
    public Extent {
        if (offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("no extent: offset " + offset + ", length " + length);
        }
    }

    /// The first byte behind it.
    public long end() {
        return offset + length;
    }
}
