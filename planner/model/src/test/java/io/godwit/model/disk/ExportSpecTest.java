package io.godwit.model.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.net.URI;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExportSpecTest {
    private static final TlsTrust MACHINE = new TlsTrust.Machine();
    private static final HttpAccess ANYONE = new HttpAccess.Anyone();
    private static final String THUMBPRINT = "AB:".repeat(19) + "0f";

    @ParameterizedTest
    @ValueSource(strings = {"ftp://a/b", "file:///etc/shadow", "https:///b", "/b", "https://user:secret@a/b", "https://a/b#c"})
    void readsFromWebServersOnlyAndKeepsUsersOutOfTheirAddress(String url) {
        assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Http(URI.create(url), MACHINE, ANYONE, Map.of()))
                .withMessageNotContaining("secret");
    }

    @Test
    void sendsNoSecretInClear() {
        var clear = URI.create("http://a/b");
        assertThat(new ExportSpec.Http(clear, MACHINE, ANYONE, Map.of()).url()).isEqualTo(clear);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ExportSpec.Http(clear, MACHINE, new HttpAccess.Cookie("c"), Map.of()));
        assertThatIllegalArgumentException().isThrownBy(() -> new HttpAccess.BasicLogin(clear, "u", "p", 60));
        assertThatIllegalArgumentException().isThrownBy(() -> new HttpAccess.PostedLogin(clear, Map.of(), "p", 60));
    }

    @Test
    void letsNoHeaderBringAnother() {
        var url = URI.create("https://a/b");
        for (var headers : List.of(Map.of("A", "b\r\nC: d"), Map.of("A: b\nC", "d"), Map.of("", "d"))) {
            assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Http(url, MACHINE, ANYONE, headers));
            assertThatIllegalArgumentException().isThrownBy(() -> new HttpAccess.PostedLogin(url, headers, "p", 60));
        }
    }

    @Test
    void boundsLogins() {
        var url = URI.create("https://a/b");
        for (int seconds : new int[]{0, -1, 86_401}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new HttpAccess.BasicLogin(url, "u", "p", seconds));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new HttpAccess.Basic("a:b", "p"));
        assertThatIllegalArgumentException().isThrownBy(() -> new HttpAccess.Basic("a\nb", "p"));
    }

    @Test
    void trustsCertificatesOnlyAndTakesNoKey() {
        var pem = "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n";
        assertThat(new TlsTrust.Certificates(pem).pem()).isEqualTo(pem);
        assertThatIllegalArgumentException().isThrownBy(() -> new TlsTrust.Certificates(""));
        assertThatIllegalArgumentException().isThrownBy(() -> new TlsTrust.Certificates(pem + "-----BEGIN PRIVATE KEY-----\n"));
    }

    @Test
    void asksNoUnknownServerBySsh() {
        var access = new SshAccess.Password("p");
        for (var known : List.of("", " \n")) {
            assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Ssh("h", 22, "u", "/d", known, access));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Ssh("h h", 22, "u", "/d", "h k", access));
        assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Ssh("h", 0, "u", "/d", "h k", access));
        assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Ssh("h", 22, "", "/d", "h k", access));
        assertThatIllegalArgumentException().isThrownBy(() -> new ExportSpec.Ssh("h", 22, "u", "", "h k", access));
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/shadow", "[] a", "[ds]", "[ds] a\nb"})
    void readsFilesOfDatastoresOnly(String file) {
        assertThatIllegalArgumentException().isThrownBy(() -> vddk("/opt/vddk", THUMBPRINT, "vm-1", file));
    }

    @Test
    void boundsWhatVddkIsTold() {
        assertThat(vddk("/opt/vddk", THUMBPRINT, "2", "[ds 1] a b/c.vmdk").vm()).isEqualTo("2");
        assertThatIllegalArgumentException().isThrownBy(() -> vddk("vddk", THUMBPRINT, "vm-1", "[ds] a"));
        assertThatIllegalArgumentException().isThrownBy(() -> vddk("/opt/vddk", "AB:CD", "vm-1", "[ds] a"));
        assertThatIllegalArgumentException().isThrownBy(() -> vddk("/opt/vddk", THUMBPRINT, "moref=vm-1", "[ds] a"));
    }

    private static ExportSpec.Vddk vddk(String library, String thumbprint, String vm, String file) {
        return new ExportSpec.Vddk(library, "vc", 443, "u", "p", thumbprint, vm, null, file, List.of(), ExportSpec.VddkCompression.NONE,
                null, null);
    }
}
