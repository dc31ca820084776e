package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where an NBD server listens, which of its exports is meant, and whether it is spoken to by TLS.
///
/// @param certificates folder that the URI names for TLS; `null` = as the settings say
/// @param hostName name that the server's certificate must bear; `null` = the host of the address
public record NbdEndpoint(SocketAddress address, String export, boolean tls, @Nullable Path certificates, @Nullable String hostName) {
    private static final int PORT = 10809;
    private static final Set<String> PARAMETERS = Set.of("socket", "tls-certificates", "tls-hostname");
    private static final String FORMS = "it is neither nbd://host:port/export nor nbd+unix:///export?socket=path, nor one of them with nbds";

    public NbdEndpoint(SocketAddress address, String export) {
        this(address, export, false, null, null);
    }

    /// Reads `nbd://host:port/export` and `nbd+unix:///export?socket=path`, and `nbds` in place of `nbd` for TLS, where `tls-certificates` and
    /// `tls-hostname` may stand among the parameters.
    public static NbdEndpoint of(URI uri) {
        var scheme = String.valueOf(uri.getScheme());
        boolean tls = scheme.equals("nbds") || scheme.equals("nbds+unix");
        boolean unix = scheme.equals("nbd+unix") || scheme.equals("nbds+unix");
        if (!tls && !unix && !scheme.equals("nbd")) {
            throw undialable(uri, FORMS);
        }
        var parameters = parameters(uri);
        var path = uri.getPath() == null ? "" : uri.getPath();
        var export = path.startsWith("/") ? path.substring(1) : path;
        var socket = parameters.get("socket");
        var directory = parameters.get("tls-certificates");
        if (unix == (socket == null) || (!unix && uri.getHost() == null) || (!tls && parameters.size() > (unix ? 1 : 0))) {
            throw undialable(uri, FORMS);
        }
        SocketAddress address = socket != null
                ? UnixDomainSocketAddress.of(socket)
                : new InetSocketAddress(uri.getHost(), uri.getPort() < 0 ? PORT : uri.getPort());
        return new NbdEndpoint(address, export, tls, directory == null ? null : Path.of(directory), parameters.get("tls-hostname"));
    }

    private static Map<String, String> parameters(URI uri) {
        var found = new HashMap<String, String>();
        var query = uri.getRawQuery();
        if (query == null || query.isEmpty()) {
            return found;
        }
        for (var parameter : query.split("&", -1)) {
            int equals = parameter.indexOf('=');
            if (equals < 0 || !PARAMETERS.contains(parameter.substring(0, equals))) {
                throw undialable(uri, "the parameter " + parameter + " is not known");
            }
            found.put(parameter.substring(0, equals),
                    URLDecoder.decode(parameter.substring(equals + 1).replace("+", "%2B"), StandardCharsets.UTF_8));
        }
        return found;
    }

    private static FaultException undialable(URI uri, String why) {
        return new FaultException(BlockFault.NBD_UNREACHABLE, uri + " cannot be dialled", why);
    }

    /// The name that the server's certificate must bear: what was said, else the host, else `localhost` for a socket of this machine.
    String expectedName() {
        if (hostName != null) {
            return hostName;
        }
        return address instanceof InetSocketAddress inet ? inet.getHostString().replaceAll("[\\[\\]]", "") : "localhost";
    }

    @Override
    public String toString() {
        return (tls ? "TLS " : "") + address + (export.isEmpty() ? "" : " export " + export);
    }
}
