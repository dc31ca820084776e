package io.godwit.provider.ova;

import io.godwit.model.disk.TlsTrust;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SourceProviderFactory;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/// OVA and OVF files as a source: one of them, or a folder of them and of their folders.
public final class OvaFactory implements SourceProviderFactory {
    /// What is left of the 20 s that a provider's method may take is for the last file.
    private static final Duration INVENTORY_BUDGET = Duration.ofSeconds(15);
    /// Secret with the certificates that a web server may have, as PEM; not secret, but it comes out of a file like one.
    private static final String CERTIFICATES = "certificates";

    @Override
    public String type() {
        return "ova";
    }

    @Override
    public boolean recognises(String location) {
        if (location.startsWith("https://")) {
            return isWebPackage(location);
        }
        try {
            var path = location.startsWith("file:") ? Path.of(URI.create(location)) : Path.of(location);
            return (OvaFolder.isOvaName(path) && Files.isRegularFile(path)) || (Files.isDirectory(path) && OvaFolder.holdsAny(path));
        } catch (IllegalArgumentException | IOException e) {
            return false; // a URL of something else, or a folder that we may not read
        }
    }

    private static boolean isWebPackage(String location) {
        try {
            var url = URI.create(location);
            return url.getHost() != null && url.getPath() != null && url.getPath().matches("(?i).*[^/]\\.ov[af]");
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    @Override
    public SourceProvider connect(ProviderSettings settings) {
        if (settings.url().startsWith("https://")) {
            return connectToWeb(settings);
        }
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

    /// Opens nothing: a server that is away now may be there when it is asked.
    private static SourceProvider connectToWeb(ProviderSettings settings) {
        if (!isWebPackage(settings.url()) || URI.create(settings.url()).getRawUserInfo() != null
                || URI.create(settings.url()).getRawFragment() != null) {
            throw new FaultException(SpiFault.PROVIDER_URL_INVALID, "provider " + settings.id() + " cannot use " + settings.url(),
                    "an https address must be that of an .ova or .ovf file, without user and fragment");
        }
        var pem = settings.secrets().get(CERTIFICATES);
        try {
            var trust = pem == null ? new TlsTrust.Machine() : new TlsTrust.Certificates(pem);
            var place = new PackagePlace.Web(URI.create(settings.url()), new WebServer(trust));
            return new OvaSource(new WebPackage(place), INVENTORY_BUDGET);
        } catch (IllegalArgumentException e) {
            throw new FaultException(SpiFault.PROVIDER_URL_INVALID, "provider " + settings.id() + " cannot use its " + CERTIFICATES, e);
        }
    }
}
