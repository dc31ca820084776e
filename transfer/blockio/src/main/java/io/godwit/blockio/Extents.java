package io.godwit.blockio;

import io.godwit.model.disk.Extent;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Arithmetic on runs of bytes. A list is *normal* when it is in order and no two runs overlap or touch.
public final class Extents {
    private Extents() {}

    /// The same bytes as a normal list.
    public static List<Extent> normal(List<Extent> extents) {
        var sorted = extents.stream().sorted(Comparator.comparingLong(Extent::offset)).toList();
        var normal = new ArrayList<Extent>();
        for (var next : sorted) {
            var last = normal.isEmpty() ? null : normal.getLast();
            if (last != null && next.offset() <= last.end()) {
                normal.set(normal.size() - 1, new Extent(last.offset(), Math.max(last.end(), next.end()) - last.offset()));
            } else {
                normal.add(next);
            }
        }
        return List.copyOf(normal);
    }

    /// The least normal list that holds all these bytes and begins and ends at multiples of `alignment`, or at the end of the disk.
    public static List<Extent> aligned(List<Extent> extents, long alignment, long sizeBytes) {
        if (alignment <= 0) {
            throw new IllegalArgumentException("no alignment: " + alignment);
        }
        return normal(extents.stream().map(extent -> {
            long from = extent.offset() / alignment * alignment;
            long to = Math.min(sizeBytes, Math.ceilDiv(extent.end(), alignment) * alignment);
            return new Extent(from, to - from);
        }).toList());
    }

    /// All bytes of the disk that are in none of these, as a normal list.
    public static List<Extent> complement(List<Extent> extents, long sizeBytes) {
        var gaps = new ArrayList<Extent>();
        long at = 0;
        for (var extent : normal(extents)) {
            if (extent.offset() > at) {
                gaps.add(new Extent(at, Math.min(extent.offset(), sizeBytes) - at));
            }
            at = extent.end();
            if (at >= sizeBytes) {
                return List.copyOf(gaps);
            }
        }
        if (at < sizeBytes) {
            gaps.add(new Extent(at, sizeBytes - at));
        }
        return List.copyOf(gaps);
    }

    /// The same bytes, cut at every multiple of `length`.
    public static List<Extent> tiles(Extent extent, long length) {
        if (length <= 0) {
            throw new IllegalArgumentException("no length of tiles: " + length);
        }
        var tiles = new ArrayList<Extent>();
        for (long at = extent.offset(); at < extent.end();) {
            long to = Math.min(extent.end(), (at / length + 1) * length);
            tiles.add(new Extent(at, to - at));
            at = to;
        }
        return List.copyOf(tiles);
    }

    /// How many bytes they are in all, each counted once.
    public static long bytes(List<Extent> extents) {
        return normal(extents).stream().mapToLong(Extent::length).sum();
    }
}
