package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// TLS to nbdkit and QEMU (both GnuTLS), with certificates that OpenSSL makes.
@Timeout(value = 90, unit = TimeUnit.SECONDS)
class TlsIT {
    private static final NbdSettings SETTINGS = new NbdSettings(2, 8, 64 << 10, Duration.ofSeconds(10));

    @TempDir
    Path folder;
    private Peers peers;
    private Path ours; // an authority, a server called localhost and 127.0.0.1, and a client

    @BeforeEach
    void makeCertificates() throws IOException {
        peers = new Peers(folder);
        ours = authority("ours");
        certificate(ours, "server", "DNS:localhost,IP:127.0.0.1");
        certificate(ours, "client", "DNS:client");
    }

    @AfterEach
    void endAll() {
        peers.close();
    }

    private Path authority(String name) throws IOException {
        var here = Files.createDirectory(folder.resolve(name));
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=" + name,
                "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", here.resolve("ca-key.pem").toString(), "-out",
                here.resolve("ca-cert.pem").toString());
        return here;
    }

    private void certificate(Path authority, String name, String names) throws IOException {
        var request = authority.resolve(name + ".csr");
        var extensions = Files.writeString(authority.resolve(name + ".ext"), "subjectAltName=" + names + "\n");
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=" + name, "-keyout", authority.resolve(name + "-key.pem").toString(),
                "-out", request.toString());
        openssl("x509", "-req", "-days", "2", "-in", request.toString(), "-CA", authority.resolve("ca-cert.pem").toString(), "-CAkey",
                authority.resolve("ca-key.pem").toString(), "-CAcreateserial", "-extfile", extensions.toString(), "-out",
                authority.resolve(name + "-cert.pem").toString());
    }

    private void openssl(String... arguments) {
        peers.supervisor.run(Command.of("openssl").with(arguments));
    }

    private URI secured() {
        return URI.create("nbds+unix:///?socket=" + peers.socket);
    }

    private static NbdSettings trusting(Path folder) {
        return SETTINGS.tls(NbdTls.in(folder));
    }

    private NbdSettings withoutCertificate() {
        return SETTINGS.tls(new NbdTls(ours.resolve("ca-cert.pem"), null, null));
    }

    private void readsEverything(URI uri, NbdSettings settings) throws IOException {
        var found = new byte[Peers.SIZE];
        try (var source = NbdSource.open(uri, settings); var reader = source.reader()) {
            assertThat(source.status(0, Peers.SIZE)).hasSizeGreaterThan(1);
            for (int at = 0; at < Peers.SIZE || reader.inFlight() > 0;) {
                if (at < Peers.SIZE && reader.inFlight() < reader.depth()) {
                    reader.submit(at, 64 << 10, at);
                    at += 64 << 10;
                } else {
                    reader.take((_, offset, bytes) -> bytes.get(found, (int) offset, bytes.remaining()));
                }
            }
        }
        assertThat(found).isEqualTo(Files.readAllBytes(peers.disk));
    }

    @Test
    void readsFromNbdkitThatDemandsTlsAndOurCertificate() throws IOException {
        peers.nbdkit("-r", "--tls=require", "--tls-certificates=" + ours, "--tls-verify-peer", "file", "file=" + peers.disk);
        readsEverything(secured(), trusting(ours));
        readsEverything(URI.create("nbds+unix:///?tls-hostname=localhost&tls-certificates=" + ours + "&socket=" + peers.socket), SETTINGS);
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> readsEverything(secured(), withoutCertificate()))
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isIn("NBD_TLS_FAILED", "NBD_CLOSED"));
    }

    @Test
    void readsFromQemuNbdOverTcpByNameAndAddress() throws IOException {
        int port;
        try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        var pid = folder.resolve("pid");
        peers.supervisor.start(Command.of("qemu-nbd", "-r", "-t", "-e", "0", "-f", "raw", "-b", "127.0.0.1", "-p", Integer.toString(port),
                "--pid-file=" + pid, "--object", "tls-creds-x509,id=tls0,endpoint=server,verify-peer=yes,dir=" + ours, "--tls-creds",
                "tls0",
                peers.disk.toString()));
        org.awaitility.Awaitility.await().until(() -> Files.exists(pid));
        readsEverything(URI.create("nbds://127.0.0.1:" + port), trusting(ours));
        readsEverything(URI.create("nbds://localhost:" + port), trusting(ours));
        assertFault(BlockFault.NBD_TLS_FAILED, "name", () -> NbdSource
                .open(URI.create("nbds://127.0.0.1:" + port + "?tls-hostname=other.example"), trusting(ours)).close());
    }

    @Test
    void writesAndFlushes() throws IOException {
        peers.nbdkit("--tls=require", "--tls-certificates=" + ours, "file", "file=" + peers.disk);
        var expected = Files.readAllBytes(peers.disk);
        try (var connection = NbdConnection.open(NbdEndpoint.of(secured()), withoutCertificate(), List.of())) {
            for (int i = 0; i < 8; i++) {
                var bytes = new byte[200_000];
                new java.util.Random(i).nextBytes(bytes);
                System.arraycopy(bytes, 0, expected, i * 200_000, bytes.length);
                connection.submitWrite(i * 200_000L, java.nio.ByteBuffer.wrap(bytes), false, i);
            }
            var tags = new ArrayList<Long>();
            while (connection.inFlight() > 0) {
                connection.take((tag, _, _) -> tags.add(tag));
            }
            assertThat(tags).hasSize(8);
            connection.flush();
            connection.disconnect();
        }
        assertThat(Files.readAllBytes(peers.disk)).isEqualTo(expected);
    }

    @Test
    void readsOnOverANewSessionWhenTheServerIsBack() throws Exception {
        String[] how = {"-r", "--tls=require", "--tls-certificates=" + ours, "file", "file=" + peers.disk};
        var first = peers.nbdkit(how);
        try (var source = NbdSource.open(secured(), trusting(ours)); var reader = source.reader()) {
            first.kill();
            peers.nbdkit(how);
            reader.submit(0, 4096, 1);
            reader.take((_, _, bytes) -> assertThat(bytes.remaining()).isEqualTo(4096));
            assertThat(source.status(0, Peers.SIZE)).isNotEmpty();
        }
    }

    @Test
    void aServerOfAnotherAuthorityOrNameIsAFault() throws IOException {
        var other = authority("other");
        certificate(other, "server", "DNS:localhost");
        certificate(ours, "server", "DNS:elsewhere.example");
        peers.nbdkit("-r", "--tls=require", "--tls-certificates=" + ours, "file", "file=" + peers.disk);
        assertFault(BlockFault.NBD_TLS_FAILED, "No subject alternative", () -> NbdSource.open(secured(), trusting(ours)).close());
        assertFault(BlockFault.NBD_TLS_FAILED, "path", () -> NbdSource.open(secured(), trusting(other)).close());
        assertFault(BlockFault.NBD_TLS_FAILED, "path", () -> NbdSource.open(secured(), SETTINGS).close()); // the system's authorities
    }

    @Test
    void nothingIsSentInClearWhereTlsWasAskedForAndTheOtherWayRound() {
        var plain = peers.nbdkit("-r", "file", "file=" + peers.disk);
        assertFault(BlockFault.NBD_TLS_NOT_OFFERED, "TLS", () -> NbdSource.open(secured(), trusting(ours)).close());
        plain.kill();
        peers.nbdkit("-r", "--tls=require", "--tls-certificates=" + ours, "file", "file=" + peers.disk);
        assertFault(BlockFault.NBD_TLS_REQUIRED, "demands TLS", () -> NbdSource.open(peers.uri(), SETTINGS).close());
    }

    @Test
    void settingsThatCannotBeReadAreAFault() throws IOException {
        peers.nbdkit("-r", "--tls=require", "--tls-certificates=" + ours, "file", "file=" + peers.disk);
        var missing = new NbdTls(folder.resolve("none.pem"), null, null);
        assertFault(BlockFault.NBD_TLS_SETTINGS_WRONG, "none.pem", () -> NbdSource.open(secured(), SETTINGS.tls(missing)).close());
        var noKey = new NbdTls(ours.resolve("ca-cert.pem"), ours.resolve("client-cert.pem"), ours.resolve("client-cert.pem"));
        assertFault(BlockFault.NBD_TLS_SETTINGS_WRONG, "PKCS #8", () -> NbdSource.open(secured(), SETTINGS.tls(noKey)).close());
        var noise = Files.writeString(folder.resolve("noise.pem"), "noise");
        assertFault(BlockFault.NBD_TLS_SETTINGS_WRONG, "",
                () -> NbdSource.open(secured(), SETTINGS.tls(new NbdTls(noise, null, null))).close());
    }

    private static void assertFault(BlockFault code, String why, ThrowingCallable call) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(call).satisfies(e -> {
            assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name());
            assertThat(e.fault().why()).contains(why);
            assertThat(e.fault().retryable()).isFalse();
        });
    }
}
