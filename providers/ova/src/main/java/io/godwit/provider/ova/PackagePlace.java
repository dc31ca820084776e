package io.godwit.provider.ova;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// Where a package is: its `.ova`, or its `.ovf` with its files beside it.
sealed interface PackagePlace {
    /// The file's own name.
    String fileName();

    /// For people.
    String address();

    /// What the file is known again by.
    ///
    /// @throws java.nio.file.NoSuchFileException where it is gone
    String version() throws IOException;

    PackageFiles open() throws IOException;

    /// Its name in faults.
    default String where() {
        return (isOvf() ? "the OVF " : "the OVA ") + address();
    }

    default boolean isOvf() {
        return fileName().toLowerCase(Locale.ROOT).endsWith(".ovf");
    }

    /// On this machine.
    record Local(Path path) implements PackagePlace {
        @Override
        public String fileName() {
            return String.valueOf(path.getFileName());
        }

        @Override
        public String address() {
            return path.toString();
        }

        @Override
        public String version() throws IOException {
            var identity = FileIdentity.read(path);
            return identity.sizeBytes() + ":" + identity.modifiedNanos() + ":" + identity.fileKey();
        }

        @Override
        public PackageFiles open() throws IOException {
            if (isOvf()) {
                return FolderFiles.of(path);
            }
            var bytes = FileBytes.open(path, where());
            try {
                return TarFiles.read(bytes, new ExportSpec.File(path.toString(), FileIdentity.read(path)), where());
            } catch (IOException | RuntimeException e) {
                bytes.close();
                throw e;
            }
        }
    }

    /// Behind a web server.
    record Web(URI url, WebServer server) implements PackagePlace {
        /// What is left of the 20 s that a provider's method may take is for the answer under way.
        static final Duration BUDGET = Duration.ofSeconds(9);

        @Override
        public String fileName() {
            return url.getPath().substring(url.getPath().lastIndexOf('/') + 1);
        }

        @Override
        public String address() {
            return url.toString();
        }

        @Override
        public String version() throws IOException {
            try (var file = WebFile.open(server, url, BUDGET)) {
                return file.version();
            }
        }

        @Override
        public PackageFiles open() throws IOException {
            if (isOvf()) {
                return WebFolder.open(url, server);
            }
            var bytes = WebFile.open(server, url, BUDGET);
            try {
                return TarFiles.read(bytes, bytes.location(), where());
            } catch (IOException | RuntimeException e) {
                bytes.close();
                throw e;
            }
        }
    }
}
