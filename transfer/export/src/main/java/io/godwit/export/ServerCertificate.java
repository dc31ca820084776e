package io.godwit.export;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/// Looks at the certificate that a server shows, to explain why it was refused. Says nothing to the server.
final class ServerCertificate {
    private static final int LIMIT_MILLIS = 10_000;

    private ServerCertificate() {}

    /// SHA-1 of the certificate, as VMware's tools write it: `0A:1B:...`.
    static String thumbprint(String host, int port) throws IOException {
        try (var plain = new Socket()) {
            plain.connect(new InetSocketAddress(host, port), LIMIT_MILLIS);
            plain.setSoTimeout(LIMIT_MILLIS);
            var context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[]{new Onlooker()}, null);
            try (var socket = (SSLSocket) context.getSocketFactory().createSocket(plain, host, port, true)) {
                socket.startHandshake();
                var digest = MessageDigest.getInstance("SHA-1").digest(socket.getSession().getPeerCertificates()[0].getEncoded());
                return HexFormat.ofDelimiter(":").formatHex(digest).toUpperCase(Locale.ROOT);
            }
        } catch (GeneralSecurityException e) {
            throw new IOException("its certificate cannot be looked at: " + e.getMessage(), e);
        }
    }

    /// Refuses nothing, since nothing is sent.
    private static final class Onlooker implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
