package io.godwit.provider.ova;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What lies beside an OVF on a web server: only under the path that the OVF is under, of the same server.
final class WebFolder implements PackageFiles {
    private final URI ovfUrl;
    private final WebServer server;
    private final WebFile ovf;
    private final Map<String, WebFile> open = new LinkedHashMap<>();
    private final long deadline = System.nanoTime() + PackagePlace.Web.BUDGET.toNanos();

    private WebFolder(URI ovfUrl, WebServer server, WebFile ovf) {
        this.ovfUrl = ovfUrl;
        this.server = server;
        this.ovf = ovf;
        open.put(ovfName(), ovf);
    }

    static WebFolder open(URI ovf, WebServer server) throws IOException {
        return new WebFolder(ovf, server, WebFile.open(server, ovf, PackagePlace.Web.BUDGET));
    }

    private String ovfName() {
        return ovfUrl.getPath().substring(ovfUrl.getPath().lastIndexOf('/') + 1);
    }

    @Override
    public PackageFile ovf() {
        return file(ovfName(), ovf);
    }

    @Override
    public Optional<PackageFile> manifest() throws IOException {
        return find(ovfName().substring(0, ovfName().length() - 4) + ".mf");
    }

    /// Not looked for: nobody checks it.
    @Override
    public boolean signed() {
        return false;
    }

    @Override
    public boolean terminated() {
        return true;
    }

    @Override
    public Optional<PackageFile> find(String name) throws IOException {
        var known = open.get(name);
        if (known != null) {
            return Optional.of(file(name, known));
        }
        var parts = List.of(name.split("/", -1));
        if (parts.contains("..") || parts.contains(".") || parts.contains("")) {
            return Optional.empty();
        }
        try {
            // one budget for all: an OVF may list thousands
            var found = WebFile.open(server, beside(name), Duration.ofNanos(deadline - System.nanoTime()));
            open.put(name, found);
            return Optional.of(file(name, found));
        } catch (NoSuchFileException | URISyntaxException e) {
            return Optional.empty();
        }
    }

    private URI beside(String name) throws URISyntaxException {
        var path = ovfUrl.getPath();
        return new URI(ovfUrl.getScheme(), null, ovfUrl.getHost(), ovfUrl.getPort(), path.substring(0, path.lastIndexOf('/') + 1) + name,
                null,
                null);
    }

    private static PackageFile file(String name, WebFile file) {
        return new PackageFile(name, file.sizeBytes(), file.location());
    }

    @Override
    public String version(PackageFile file) {
        var found = open.get(file.name());
        return found == null ? "" : file.name() + ":" + found.version();
    }

    @Override
    public byte[] read(PackageFile file, long offset, int length) throws IOException {
        var found = open.get(file.name());
        if (found == null) {
            throw new NoSuchFileException(file.name());
        }
        return found.read(offset, length);
    }

    @Override
    public void close() {
        open.values().forEach(WebFile::close);
    }
}
