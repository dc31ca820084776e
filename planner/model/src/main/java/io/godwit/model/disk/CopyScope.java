package io.godwit.model.disk;

import java.util.List;

/// Which bytes of a disk a copy is about.
public sealed interface CopyScope {
    /// All of it: what the target held before is gone.
    CopyScope EVERYTHING = new Everything();

    /// The whole disk.
    record Everything() implements CopyScope {}

    /// The whole disk is read, but only what differs from the last whole pass over the same target is written: for sources that cannot tell what has
    /// changed. Where that pass's digests are not known, or another job came between, everything is written.
    record Differences() implements CopyScope {}

    /// What the topmost image of a chain itself holds, zeroes too: an overlay that is written onto the volume that it lies over.
    record TopLayer() implements CopyScope {}

    /// These only, zeroes among them too; the target keeps the rest. Any order, overlaps allowed.
    record ChangedExtents(List<Extent> extents) implements CopyScope {
        public ChangedExtents {
            extents = List.copyOf(extents);
        }
    }
}
