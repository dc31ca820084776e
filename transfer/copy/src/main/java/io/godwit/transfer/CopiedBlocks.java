package io.godwit.transfer;

import io.godwit.blockio.BlockSink;
import io.godwit.blockio.BlockSource;
import io.godwit.blockio.MetaContext;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.util.ArrayList;
import java.util.List;

/// Which blocks of a disk are to be copied: by its scope, and by what its source and its target can read and write at once.
final class CopiedBlocks {
    private static final int MOST_EXTENTS = 1_000_000;
    private static final long NEAR = 64 << 10;
    private static final long STATUS_WINDOW = 1L << 31;

    private CopiedBlocks() {}

    /// What the source must be asked of, beside what is data.
    static List<MetaContext> contexts(DiskCopy disk) {
        return disk.scope() instanceof CopyScope.TopLayer ? List.of(MetaContext.ALLOCATION_DEPTH) : List.of();
    }

    /// @throws FaultException `COPY_EXTENTS_OUTSIDE` where a list of changes is of a longer disk
    static BlockLayout of(DiskCopy disk, BlockSource source, BlockSink sink, CopySettings settings) {
        int alignment = Math.max(source.alignment(), sink.alignment());
        int most = Integer.highestOneBit(Math.min(source.longestRead(), sink.longestRead()));
        int blockBytes = BlockLayout.blockBytes(disk.sizeBytes(), Integer.highestOneBit(settings.blockBytes()), most);
        var method = settings.digest();
        return switch (disk.scope()) {
            case CopyScope.Differences _ -> BlockLayout.ofDisk(disk.sizeBytes(), blockBytes, comparable(method));
            case CopyScope.Everything _ -> BlockLayout.ofDisk(disk.sizeBytes(), blockBytes, method);
            case CopyScope.TopLayer _ -> BlockLayout.ofExtents(topLayer(source), alignment, disk.sizeBytes(), blockBytes, method);
            case CopyScope.ChangedExtents(var extents) -> BlockLayout.ofExtents(requireInside(extents, disk), alignment, disk.sizeBytes(),
                    blockBytes, method);
        };
    }

    /// A digest that decides what is not sent must not fall together by accident.
    private static Method comparable(Method method) {
        return method == Method.SHA_256 ? method : Method.XXH3_128;
    }

    private static List<Extent> requireInside(List<Extent> extents, DiskCopy disk) {
        for (var extent : extents) {
            if (extent.end() > disk.sizeBytes()) {
                throw new FaultException(CopyFault.COPY_EXTENTS_OUTSIDE, "disk " + disk.key() + " cannot be copied by its list of changes",
                        extent.length() + " bytes at " + extent.offset() + " are beyond its " + disk.sizeBytes());
            }
        }
        return extents;
    }

    /// Where an overlay has more extents than fit into memory, those that lie nearest to each other are joined: between them the volume below gets
    /// what it holds.
    private static List<Extent> topLayer(BlockSource source) {
        var extents = new ArrayList<Extent>();
        long gap = 0;
        for (long at = 0; at < source.sizeBytes();) {
            for (var run : source.status(MetaContext.ALLOCATION_DEPTH, at, Math.min(source.sizeBytes() - at, STATUS_WINDOW))) {
                if (run.depth() == 1) {
                    add(extents, new Extent(run.offset(), run.length()), gap);
                }
                at = run.end();
            }
            while (extents.size() > MOST_EXTENTS) {
                gap = Math.max(NEAR, 2 * gap);
                var nearer = new ArrayList<Extent>();
                for (var extent : extents) {
                    add(nearer, extent, gap);
                }
                extents = nearer;
            }
        }
        return extents;
    }

    private static void add(List<Extent> extents, Extent next, long gap) {
        var last = extents.isEmpty() ? null : extents.getLast();
        if (last != null && next.offset() - last.end() <= gap) {
            extents.set(extents.size() - 1, new Extent(last.offset(), next.end() - last.offset()));
        } else {
            extents.add(next);
        }
    }
}
