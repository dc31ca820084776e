package io.godwit.blockio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NbdEndpointTest {
    private static NbdEndpoint of(String uri) {
        return NbdEndpoint.of(URI.create(uri));
    }

    private static InetSocketAddress loopback(int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
    }

    @Test
    void readsSocketsOfBothKinds() {
        assertThat(of("nbd://127.0.0.1")).isEqualTo(new NbdEndpoint(loopback(10809), ""));
        assertThat(of("nbd://127.0.0.1:99/a%20disk")).isEqualTo(new NbdEndpoint(loopback(99), "a disk"));
        assertThat(of("nbd+unix:///a/b?socket=/x%20+y")).isEqualTo(new NbdEndpoint(UnixDomainSocketAddress.of("/x +y"), "a/b"));
    }

    @Test
    void readsWhatTlsNeeds() {
        assertThat(of("nbds://127.0.0.1/d")).matches(NbdEndpoint::tls).matches(it -> it.expectedName().equals("127.0.0.1"));
        assertThat(of("nbds://[::1]:7/")).matches(it -> it.expectedName().equals("::1") || it.expectedName().equals("0:0:0:0:0:0:0:1"));
        assertThat(of("nbds+unix:///?socket=/s")).matches(NbdEndpoint::tls).matches(it -> it.expectedName().equals("localhost"));
        var told = of("nbds+unix:///?socket=/s&tls-certificates=/c%20d&tls-hostname=host.example");
        assertThat(told.expectedName()).isEqualTo("host.example");
        assertThat(told.certificates()).isEqualTo(Path.of("/c d"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://h/", "nbd+unix:///", "nbd:///x", "nbd://h?socket=/s", "nbd://h?tls-hostname=h",
            "nbds://h?tls-psk-file=f",
            "nbd+unix:///?socket", "nbd+unix:///?socket=/s&tls-certificates=/c", "file"})
    void refusesTheRest(String uri) {
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> of(uri))
                .matches(e -> e.fault().is(BlockFault.NBD_UNREACHABLE));
    }
}
