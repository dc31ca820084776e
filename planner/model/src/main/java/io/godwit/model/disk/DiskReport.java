package io.godwit.model.disk;

import io.godwit.model.disk.WorkerJob.Verify;
import org.jspecify.annotations.Nullable;

/// The proof for one copied disk. Roots are SHA-256 (hex) over the SHA-256 of each 4,096 digests of blocks in order.
///
/// @param dataBytes bytes read from the source and written
/// @param zeroBytes bytes that are zero in source and target and were not moved
/// @param unchangedBytes read from the source and found on the target already; `null` in reports of before this was told
/// @param resumedBytes part of `dataBytes` that an earlier run of the same job had copied
/// @param blocks that have a digest: of the whole disk, or of the extents that were copied; `null` in reports of before this was told
/// @param blockBytes of the longest of them
/// @param method digest of each block, e.g. `CRC32C`, `SHA-256`
/// @param sourceRoot over what was read from the source; empty when verification was off
/// @param targetRoot over what was read back from the target; `null` when verification was off
/// @param readBack how it was read back; `null` when it was not, and in reports of before this was told
/// @param targetBytes length of the target, of which only as many were written as the disk has; `null` in reports of before this was told
/// @param verify how far it was proven; `null` in reports of before this was told
/// @param verifiedBlocks of those that were read back, or proven to be holes; `null` in reports of before this was told
/// @param sampleSeed what the sample of blocks follows from; `null` where all were proven or none
public record DiskReport(String key, long sizeBytes, long dataBytes, long zeroBytes, @Nullable Long unchangedBytes,
        long resumedBytes, @Nullable Long blocks, int blockBytes, String method,
        String sourceRoot, @Nullable String targetRoot,
        @Nullable ReadBack readBack, @Nullable Long targetBytes, @Nullable Verify verify,
        @Nullable Long verifiedBlocks, @Nullable Long sampleSeed) {
    /// Whether every byte was read back and found equal.
    public boolean verified() {
        return !sourceRoot.isEmpty() && sourceRoot.equals(targetRoot);
    }
}
