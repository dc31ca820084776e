package io.godwit.model.disk;

/// Where a worker writes the bytes of a disk.
public sealed interface TargetSpec {
    /// A raw file, made beforehand with its full size. `lockFile` is the kernel lock that keeps a second writer out.
    record RawFile(String path, String lockFile) implements TargetSpec {}

    /// A block device.
    record BlockDevice(String path, String lockFile) implements TargetSpec {}
}
