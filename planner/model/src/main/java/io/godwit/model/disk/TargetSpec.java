package io.godwit.model.disk;

import java.net.URI;

/// Where a worker writes the bytes of a disk.
public sealed interface TargetSpec {
    /// Its path or URI, for people.
    default String place() {
        return switch (this) {
            case RawFile(var path, _) -> path;
            case Qcow2File(var path, _) -> path;
            case BlockDevice(var path, _) -> path;
            case Nbd(var uri) -> uri.toString();
        };
    }

    /// A raw file, made beforehand with its full size. `lockFile` is the kernel lock that keeps a second writer out.
    record RawFile(String path, String lockFile) implements TargetSpec {}

    /// A qcow2 image without backing, made beforehand with its full virtual size. `lockFile` as above; QEMU's own lock is held too.
    record Qcow2File(String path, String lockFile) implements TargetSpec {}

    /// A block device.
    record BlockDevice(String path, String lockFile) implements TargetSpec {}

    /// A writable export of an NBD server that runs already: `nbd://host:port/export` or `nbd+unix:///export?socket=path`. Who else may write
    /// to it is its owner's matter.
    record Nbd(URI uri) implements TargetSpec {}
}
