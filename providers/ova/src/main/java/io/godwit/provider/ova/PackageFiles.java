package io.godwit.provider.ova;

import io.godwit.model.disk.ExportSpec;
import java.io.Closeable;
import java.io.IOException;
import java.util.Optional;

/// The files of a package while it is read: the members of a tar, or what lies beside an OVF.
interface PackageFiles extends Closeable {
    /// The one OVF descriptor; a fault where there is none, or several.
    PackageFile ovf();

    Optional<PackageFile> manifest() throws IOException;

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

    /// What a file that is not part of a larger one is known again by; empty for one that is.
    default String version(PackageFile file) {
        return file.location() instanceof ExportSpec.File ? file.toString() : "";
    }

    byte[] read(PackageFile file, long offset, int length) throws IOException;
}
