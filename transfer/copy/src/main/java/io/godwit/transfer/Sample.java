package io.godwit.transfer;

/// One block of each 16 in a row, by a seed: a fault that comes at regular distances is not passed by each time.
///
/// @param blocks of the whole disk
record Sample(long seed, int blocks) {
    private static final int OF = 16;

    boolean contains(int block) {
        int group = block / OF;
        int length = Math.min(OF, blocks - group * OF);
        return block % OF == Math.floorMod(mix(seed + (group + 1) * 0x9e3779b97f4a7c15L), length);
    }

    int size() {
        return Math.ceilDiv(blocks, OF);
    }

    /// The finisher of SplitMix64.
    private static long mix(long number) {
        long mixed = (number ^ (number >>> 30)) * 0xbf58476d1ce4e5b9L;
        mixed = (mixed ^ (mixed >>> 27)) * 0x94d049bb133111ebL;
        return mixed ^ (mixed >>> 31);
    }
}
