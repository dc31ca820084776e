package io.godwit.model.disk;

/// What tells a file from another one that took its name: compared before its bytes are used again.
///
/// @param sizeBytes length of the file
/// @param modifiedNanos time of the last modification, nanoseconds since 1970
/// @param fileKey device and inode, as the file system gives them
public record FileIdentity(long sizeBytes, long modifiedNanos, String fileKey) {}
