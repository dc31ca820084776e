package io.godwit.blockio;

/// What a metadata context says of a run of bytes; which of the getters means something depends on the context.
public record BlockStatus(long offset, long length, long flags) {
    /// The context of the NBD specification.
    public static final String BASE_ALLOCATION = "base:allocation";
    private static final int ZERO = 2;
    private static final int DIRTY = 1;

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

    /// `base:allocation`: whether the bytes read as zero; a hole without this flag may read as anything.
    public boolean isZero() {
        return (flags & ZERO) != 0;
    }

    /// `qemu:allocation-depth`: 0 = in no layer, 1 = in the image itself, 2 = in its backing file, and so on.
    public long depth() {
        return flags;
    }

    /// `qemu:dirty-bitmap:NAME`: whether the bitmap has a bit for it.
    public boolean isDirty() {
        return (flags & DIRTY) != 0;
    }
}
