package io.godwit.blockio;

/// What a server can be asked of a range beside its bytes.
///
/// @param name in the NBD protocol, namespace included
public record MetaContext(String name) {
    /// What is a hole and what reads as zero: see [BlockStatus#isZero()].
    public static final MetaContext ALLOCATION = new MetaContext(BlockStatus.BASE_ALLOCATION);
    /// In which layer of a chain of images a run lies: see [BlockStatus#depth()].
    public static final MetaContext ALLOCATION_DEPTH = new MetaContext("qemu:allocation-depth");

    /// What was written since a bitmap of that name began: see [BlockStatus#isDirty()].
    public static MetaContext dirtyBitmap(String bitmap) {
        return new MetaContext("qemu:dirty-bitmap:" + bitmap);
    }

    @Override
    public String toString() {
        return name;
    }
}
