package io.godwit.model.disk;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// How a worker makes the bytes of a disk an NBD export: nested data, from the outermost view inwards.
public sealed interface ExportSpec {
    /// A file on the worker's machine.
    ///
    /// @param identity what the file must still be when it is opened; `null` for files that change by right (volumes)
    record File(String path, @Nullable FileIdentity identity) implements ExportSpec {}

    /// Part of another export, e.g. the member of a tar.
    record Range(ExportSpec inner, long offset, long length) implements ExportSpec {}

    /// The disk inside an image of that format.
    record Format(ExportSpec inner, DiskFormat format) implements ExportSpec {}

    /// A qcow2 overlay whose backing is `base`.
    ///
    /// @param file path relative to the work volume
    record Overlay(ExportSpec base, String file) implements ExportSpec {}

    /// An NBD server that runs already: `nbd://host:port/export` or `nbd+unix:///export?socket=path`.
    record Nbd(URI uri) implements ExportSpec {}

    /// An nbdkit plugin.
    ///
    /// @param arguments key=value arguments without secrets
    /// @param secrets argument name to name of a secret that the job carries
    /// @param filters outermost first
    record Nbdkit(String plugin, Map<String, String> arguments, Map<String, String> secrets, List<String> filters) implements ExportSpec {}
}
