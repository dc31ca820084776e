package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;

/// Where an NBD server listens, and which of its exports is meant.
public record NbdEndpoint(SocketAddress address, String export) {
    private static final int PORT = 10809;

    /// Reads `nbd://host:port/export` and `nbd+unix:///export?socket=path`.
    public static NbdEndpoint of(URI uri) {
        var path = uri.getPath() == null ? "" : uri.getPath();
        var export = path.startsWith("/") ? path.substring(1) : path;
        var query = uri.getRawQuery();
        if ("nbd+unix".equals(uri.getScheme()) && query != null && query.startsWith("socket=")) {
            var socket = URLDecoder.decode(query.substring("socket=".length()).replace("+", "%2B"), StandardCharsets.UTF_8);
            return new NbdEndpoint(UnixDomainSocketAddress.of(socket), export);
        }
        if ("nbd".equals(uri.getScheme()) && uri.getHost() != null) {
            return new NbdEndpoint(new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort()), export);
        }
        throw new FaultException(BlockFault.NBD_UNREACHABLE, uri + " cannot be dialled",
                "it is neither nbd://host:port/export nor nbd+unix:///export?socket=path");
    }

    @Override
    public String toString() {
        return address + (export.isEmpty() ? "" : " export " + export);
    }
}
