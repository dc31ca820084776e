package io.godwit.export;

import io.godwit.export.LastWords.Told;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// nbdkit's vddk plugin for a disk of a VM on vCenter or ESXi. Its extents come slowly, so they are asked for once (`cacheextents`).
final class VddkServer {
    private VddkServer() {}

    /// @param undo collects what is to be removed when the export is closed
    static NbdkitServer of(ExportSpec.Vddk source, SecretFiles files, Consumer<Runnable> undo) {
        requireLibrary(Path.of(source.libraryFolder()), source);
        var arguments = new ArrayList<>(List.of("libdir=" + source.libraryFolder(), "server=" + source.server(), "port=" + source.port(),
                "user=" + source.user(),
                "password=+" + files.of(() -> files.line(source.passwordSecret(), "the password of " + source.user()) + "\n", undo),
                "thumbprint=" + source.thumbprint(), "vm=moref=" + source.vm()));
        if (source.snapshot() != null) {
            arguments.add("snapshot=" + source.snapshot());
        }
        if (!source.transports().isEmpty()) {
            arguments.add("transports=" + String.join(":", source.transports()));
        }
        if (source.compression() != ExportSpec.VddkCompression.NONE) {
            arguments.add("compression=" + source.compression().name().toLowerCase(Locale.ROOT));
        }
        if (source.nfcHostPort() != null) {
            arguments.add("nfchostport=" + source.nfcHostPort());
        }
        var configuration = source.configuration();
        if (configuration != null) {
            arguments.add("config=" + files.folderOf("vddk.conf", configuration, undo).resolve("vddk.conf"));
        }
        arguments.addAll(Reopening.ARGUMENTS);
        arguments.add("file=" + source.file());
        return new NbdkitServer(List.of("cacheextents", Reopening.FILTER), "vddk", arguments, source.file() + " at " + source.server(),
                LastWords.VDDK).closerLook(() -> lookAtCertificate(source));
    }

    /// The library says "Unknown error" of a wrong thumbprint (nbdkit-vddk-plugin(1), "Error 1 (Unknown error) when opening a disk").
    private static @Nullable Told lookAtCertificate(ExportSpec.Vddk source) {
        try {
            var found = ServerCertificate.thumbprint(source.server(), source.port());
            return found.equalsIgnoreCase(source.thumbprint())
                    ? null
                    : new Told(ExportFault.SOURCE_CERTIFICATE_REFUSED,
                            "the server's certificate has the thumbprint " + found + ", and " + source.thumbprint() + " was given");
        } catch (IOException e) {
            return new Told(ExportFault.SOURCE_UNREACHABLE, source.server() + ":" + source.port() + ": " + e);
        }
    }

    private static void requireLibrary(Path folder, ExportSpec.Vddk source) {
        var places = List.of(folder.resolve("lib64"), folder);
        if (places.stream().noneMatch(VddkServer::hasLibrary)) {
            throw new FaultException(ExportFault.VDDK_LIBRARY_MISSING, source.file() + " at " + source.server() + " cannot be read",
                    "there is no libvixDiskLib.so.6, .7 or .8 in " + places.getFirst() + " or " + folder);
        }
    }

    private static boolean hasLibrary(Path folder) {
        if (!Files.isDirectory(folder)) {
            return false;
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.anyMatch(file -> String.valueOf(file.getFileName()).matches("libvixDiskLib\\.so\\.[678]"));
        } catch (IOException e) {
            return false;
        }
    }
}
