package io.godwit.model.disk;

import java.util.List;

/// Which bytes of a disk a copy is about.
public sealed interface CopyScope {
    /// All of it: what the target held before is gone.
    CopyScope EVERYTHING = new Everything();

    /// The whole disk.
    record Everything() implements CopyScope {}

    /// These only, zeroes among them too; the target keeps the rest. Any order, overlaps allowed.
    record ChangedExtents(List<Extent> extents) implements CopyScope {
        public ChangedExtents {
            extents = List.copyOf(extents);
        }
    }
}
