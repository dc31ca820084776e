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

    /// A pool that exists already, or a place for a new one.
    @Override
    public boolean recognises(String location) {
        try {
            var path = location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
            return path.isAbsolute() && (Files.exists(path) ? Files.isDirectory(path.resolve(".godwit")) : path.getFileName() != null);
        } catch (IllegalArgumentException | java.nio.file.FileSystemNotFoundException e) {
            return false;
        }
    }

    @Override
    public DestinationProvider connect(ProviderSettings settings) {
        return LocalDestination.open(settings);
    }
}
