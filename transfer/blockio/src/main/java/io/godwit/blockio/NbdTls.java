package io.godwit.blockio;

import io.godwit.model.fault.FaultException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.List;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/// Whom we trust and who we are where a server is spoken to by TLS. The server's certificate must always be signed by one of the authorities
/// and bear the host's name; there is no way to leave that out. The files are read anew for each connection.
///
/// @param authorities PEM file of certificates; `null` = those of the system
/// @param certificate our own, a PEM file with its chain; `null` = none
/// @param key the key to it, in PKCS #8 as PEM without a password
public record NbdTls(@Nullable Path authorities, @Nullable Path certificate, @Nullable Path key) {
    public static final NbdTls SYSTEM = new NbdTls(null, null, null);
    private static final String PRIVATE_KEY = "-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----";
    private static final List<String> ALGORITHMS = List.of("RSA", "EC", "EdDSA");

    public NbdTls {
        if ((certificate == null) != (key == null)) {
            throw new IllegalArgumentException("a certificate needs its key, and a key its certificate");
        }
    }

    /// The files of a folder under the names that QEMU, nbdkit and libnbd use: `ca-cert.pem`, and `client-cert.pem` with `client-key.pem`
    /// where they are there.
    public static NbdTls in(Path folder) {
        var own = folder.resolve("client-cert.pem");
        boolean known = Files.exists(own);
        return new NbdTls(folder.resolve("ca-cert.pem"), known ? own : null, known ? folder.resolve("client-key.pem") : null);
    }

    /// A new session with that server, which must prove to be it.
    SSLEngine engine(NbdEndpoint endpoint) {
        if (endpoint.certificates() != null) {
            return in(endpoint.certificates()).newEngine(endpoint);
        }
        return newEngine(endpoint);
    }

    private SSLEngine newEngine(NbdEndpoint endpoint) {
        try {
            var context = SSLContext.getInstance("TLS");
            context.init(keys(), trust(), null);
            int port = endpoint.address() instanceof InetSocketAddress inet ? inet.getPort() : 0;
            var engine = context.createSSLEngine(endpoint.expectedName(), port);
            engine.setUseClientMode(true);
            engine.setEnabledProtocols(new String[]{"TLSv1.3", "TLSv1.2"});
            var parameters = engine.getSSLParameters();
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
            engine.setSSLParameters(parameters);
            return engine;
        } catch (IOException | GeneralSecurityException e) {
            throw new FaultException(BlockFault.NBD_TLS_SETTINGS_WRONG, "TLS to " + endpoint + " cannot be set up", e);
        }
    }

    private TrustManager @Nullable [] trust() throws IOException, GeneralSecurityException {
        if (authorities == null) {
            return null; // the platform's own
        }
        var store = emptyStore();
        for (var authority : certificates(authorities)) {
            store.setCertificateEntry("authority-" + store.size(), authority);
        }
        var factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return factory.getTrustManagers();
    }

    private KeyManager @Nullable [] keys() throws IOException, GeneralSecurityException {
        if (certificate == null || key == null) {
            return null;
        }
        var store = emptyStore();
        store.setKeyEntry("client", privateKey(key), new char[0], certificates(certificate).toArray(Certificate[]::new));
        var factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        factory.init(store, new char[0]);
        return factory.getKeyManagers();
    }

    private static KeyStore emptyStore() throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        return store;
    }

    private static List<Certificate> certificates(Path file) throws IOException, GeneralSecurityException {
        var found = CertificateFactory.getInstance("X.509").generateCertificates(new ByteArrayInputStream(Files.readAllBytes(file)));
        if (found.isEmpty()) {
            throw new InvalidKeySpecException(file + " holds no certificate");
        }
        return List.copyOf(found);
    }

    private static PrivateKey privateKey(Path file) throws IOException, GeneralSecurityException {
        var pem = Pattern.compile(PRIVATE_KEY).matcher(Files.readString(file, StandardCharsets.ISO_8859_1));
        if (!pem.find()) {
            throw new InvalidKeySpecException(file + " holds no unencrypted key in PKCS #8 (BEGIN PRIVATE KEY)");
        }
        var spec = new PKCS8EncodedKeySpec(Base64.getMimeDecoder().decode(pem.group(1)));
        for (var algorithm : ALGORITHMS) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(spec);
            } catch (InvalidKeySpecException e) {
                // it is of another algorithm
            }
        }
        throw new InvalidKeySpecException(file + " holds a key that is none of " + ALGORITHMS);
    }
}
