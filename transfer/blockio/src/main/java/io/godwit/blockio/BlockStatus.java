package io.godwit.blockio;

/// What a metadata context says of a run of bytes. For `base:allocation` see [#isZero()]; other contexts have flags of their own.
public record BlockStatus(long offset, long length, long flags) {
    /// The context of the NBD specification.
    public static final String BASE_ALLOCATION = "base:allocation";
    private static final int ZERO = 2;

    /// A run of `base:allocation` that reads as zero.
    public static BlockStatus zero(long offset, long length) {
        return new BlockStatus(offset, length, ZERO);
    }

    /// A run of `base:allocation` that may hold anything.
    public static BlockStatus data(long offset, long length) {
        return new BlockStatus(offset, length, 0);
    }

    public long end() {
        return offset + length;
    }

    /// Whether the bytes read as zero; a hole without this flag may read as anything.
    public boolean isZero() {
        return (flags & ZERO) != 0;
    }
}
