package io.godwit.provider.ova;

import io.godwit.model.fault.FaultException;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SourceProviderFactory;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// OVA files as a source: one `.ova` file, or a folder of them.
public final class OvaFactory implements SourceProviderFactory {
    /// What is left of the 20 s that a provider's method may take is for the last file.
    private static final Duration INVENTORY_BUDGET = Duration.ofSeconds(15);
    private static final int LOOK_AT = 1_000;

    @Override
    public String type() {
        return "ova";
    }

    @Override
    public boolean recognises(String location) {
        try {
            var path = location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
            return (OvaFolder.isOvaName(path) && Files.isRegularFile(path)) || (Files.isDirectory(path) && holdsAnOva(path));
        } catch (IllegalArgumentException | IOException | DirectoryIteratorException e) {
            return false; // a URL of something else, or a folder that we may not read
        }
    }

    private static boolean holdsAnOva(Path folder) throws IOException {
        try (var entries = Files.newDirectoryStream(folder)) {
            var seen = 0;
            for (var entry : entries) {
                if (OvaFolder.isOvaName(entry)) {
                    return true;
                }
                if (++seen == LOOK_AT) {
                    return false;
                }
            }
        }
        return false;
    }

    @Override
    public SourceProvider connect(ProviderSettings settings) {
        Path root;
        try {
            root = settings.localPath();
        } catch (IllegalArgumentException e) {
            throw new FaultException(SpiFault.PROVIDER_URL_INVALID, "provider " + settings.id() + " cannot use " + settings.url(), e);
        }
        if (!Files.isReadable(root) || !(Files.isRegularFile(root) || Files.isDirectory(root))) {
            throw new FaultException(SpiFault.PROVIDER_URL_INVALID, "provider " + settings.id() + " cannot use " + settings.url(),
                    Files.exists(root)
                            ? "it is neither a file nor a folder that Godwit's user may read"
                            : "there is no such file or folder");
        }
        return new OvaSource(new OvaFolder(root), INVENTORY_BUDGET);
    }
}
