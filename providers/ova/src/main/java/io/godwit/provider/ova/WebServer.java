package io.godwit.provider.ova;

import io.godwit.model.disk.TlsTrust;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;

/// Who is trusted to be a package's web server.
record WebServer(TlsTrust trust) {
    /// What curl, by which workers read, trusts on Debian; the JDK has a list of its own.
    private static final Path MACHINE = Path.of("/etc/ssl/certs/ca-certificates.crt");
    private static final Duration CONNECT_LIMIT = Duration.ofSeconds(5);

    /// Follows redirections, but never from https to http.
    HttpClient client() {
        try {
            return HttpClient.newBuilder().followRedirects(Redirect.NORMAL).connectTimeout(CONNECT_LIMIT).sslContext(context()).build();
        } catch (IOException | GeneralSecurityException e) {
            throw OvaFault.OVA_CERTIFICATE_REFUSED.because("the trusted certificates cannot be used", e);
        }
    }

    private SSLContext context() throws IOException, GeneralSecurityException {
        return switch (trust) {
            case TlsTrust.Certificates(var pem) -> trusting(pem);
            case TlsTrust.Machine _ -> Files.isReadable(MACHINE) ? trusting(Files.readString(MACHINE)) : SSLContext.getDefault();
            case TlsTrust.Unverified _ -> throw new IllegalArgumentException("a package's server is always verified");
        };
    }

    private static SSLContext trusting(String pem) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        var all = CertificateFactory.getInstance("X.509")
                .generateCertificates(new ByteArrayInputStream(pem.getBytes(StandardCharsets.UTF_8)));
        for (var each : all) {
            store.setCertificateEntry("trusted-" + store.size(), each);
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(store);
        var context = SSLContext.getInstance("TLS");
        var checked = Stream.of(managers.getTrustManagers())
                .map(each -> each instanceof X509ExtendedTrustManager trust ? new UnexpiredTrust(trust) : each)
                .toArray(TrustManager[]::new);
        context.init(null, checked, null);
        return context;
    }
}
