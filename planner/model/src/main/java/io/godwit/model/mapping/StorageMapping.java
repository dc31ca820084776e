package io.godwit.model.mapping;

import java.util.List;

/// Pairs for the disks or cards of one source provider.
///
/// @param id stable
/// @param sourceProvider id of the provider that the sources are of
public record StorageMapping(String id, String name, String sourceProvider, String destinationProvider, List<Pair> pairs) {
    /// One row of the mapping.
    ///
    /// @param source id or name of a storage of the source
    public record Pair(String source, StorageTarget destination) {}
}
