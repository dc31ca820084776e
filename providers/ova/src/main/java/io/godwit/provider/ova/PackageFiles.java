package io.godwit.provider.ova;

import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/// The files of a package while it is read: the members of a tar, or what lies beside an OVF.
interface PackageFiles extends Closeable {
    /// The one OVF descriptor; a fault where there is none, or several.
    PackageFile ovf();

    Optional<PackageFile> manifest();

    /// Whether there is a signature.
    boolean signed();

    /// Whether an archive had its end.
    boolean terminated();

    /// A file by its name in the package; never one outside of it.
    Optional<PackageFile> find(String name) throws IOException;

    /// Whether the last bytes of a file can be read like the first.
    default boolean readsEnd() {
        return true;
    }

    byte[] read(PackageFile file, long offset, int length) throws IOException;
}
