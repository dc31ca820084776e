package io.godwit.provider.local;

import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProviderFactory;
import io.godwit.provider.ProviderSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/// Listed in `META-INF/services`; everything else in this package is package-private.
public final class LocalFactory implements DestinationProviderFactory {
    @Override
    public String type() {
        return "local";
    }

    /// A folder, which is a pool or may become one, or a place for one.
    @Override
    public boolean recognises(String location) {
        try {
            var path = location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
            return path.isAbsolute() && (Files.exists(path) ? Files.isDirectory(path) : path.getFileName() != null);
        } catch (IllegalArgumentException | java.nio.file.FileSystemNotFoundException e) {
            return false;
        }
    }

    @Override
    public DestinationProvider connect(ProviderSettings settings) {
        return LocalDestination.open(settings);
    }
}
