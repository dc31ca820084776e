package io.godwit.model.mapping;

import org.jspecify.annotations.Nullable;

/// What a source storage becomes.
///
/// @param storageClass empty = the destination's default
/// @param volumeMode `Filesystem` or `Block`; `null` = the destination's default
/// @param accessMode `ReadWriteOnce`, `ReadWriteMany`, ...; `null` = the destination's default
public record StorageTarget(String storageClass, @Nullable String volumeMode, @Nullable String accessMode) {
    public static final StorageTarget DEFAULT = new StorageTarget("", null, null);
}
