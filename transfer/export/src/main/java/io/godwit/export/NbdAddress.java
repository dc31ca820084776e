package io.godwit.export;

import io.godwit.model.fault.FaultException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/// The two forms of NBD URIs, as QEMU wants them.
record NbdAddress(QemuNode node) {
    static URI unix(Path socket) {
        return URI.create("nbd+unix:///?socket="
                + URLEncoder.encode(socket.toString(), StandardCharsets.UTF_8).replace("%2F", "/").replace("+", "%20"));
    }

    static NbdAddress of(URI uri) {
        var path = uri.getPath() == null ? "" : uri.getPath();
        var export = path.startsWith("/") ? path.substring(1) : path;
        if ("nbd+unix".equals(uri.getScheme()) && uri.getRawQuery() != null && uri.getRawQuery().startsWith("socket=")) {
            var socket = URLDecoder.decode(uri.getRawQuery().substring("socket=".length()), StandardCharsets.UTF_8);
            return new NbdAddress(QemuNode.unixSocket(Path.of(socket), export));
        }
        if ("nbd".equals(uri.getScheme()) && uri.getHost() != null) {
            return new NbdAddress(QemuNode.tcp(uri.getHost(), uri.getPort() < 0 ? 10809 : uri.getPort(), export));
        }
        throw new FaultException(ExportFault.EXPORT_NOT_STARTED, uri + " is no NBD server that can be dialled",
                "it is neither nbd://host:port/export nor nbd+unix:///export?socket=path");
    }
}
