package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.fault.FaultException;
import io.godwit.provider.ova.Manifest.Digest;
import java.util.Locale;
import org.junit.jupiter.api.Test;

class ManifestTest {
    private static final String SHA1 = "0123456789abcdef0123456789abcdef01234567";
    private static final String SHA256 = "ab".repeat(32);

    @Test
    void readsWhatVmwareAndVirtualBoxWrite() {
        assertThat(parse("SHA256(a.vmdk)= " + SHA256 + "\nSHA1(b.ovf)= " + SHA1 + "\n").digests())
                .containsExactly(new Digest("a.vmdk", "SHA-256", SHA256), new Digest("b.ovf", "SHA-1", SHA1));
        assertThat(parse("SHA1 (a.vmdk) = " + SHA1 + "\r\n").digests()).containsExactly(new Digest("a.vmdk", "SHA-1", SHA1));
        assertThat(parse("SHA512(a)=" + "CD".repeat(64)).digests()).containsExactly(new Digest("a", "SHA-512", "cd".repeat(64)));
    }

    @Test
    void doesNotMindBlanksEmptyLinesAndMarks() {
        assertThat(parse("\uFEFF\r\n  sha-256  (my disk.vmdk)  =   " + SHA256.toUpperCase(Locale.ROOT) + "  \r\r\n\n").digests())
                .containsExactly(new Digest("my disk.vmdk", "SHA-256", SHA256));
    }

    @Test
    void takesParenthesesInNamesAsPartOfThem() {
        assertThat(parse("SHA1(disk (1).vmdk)= " + SHA1).digests().getFirst().file()).isEqualTo("disk (1).vmdk");
    }

    @Test
    void takesALineThatIsThereTwiceOnceButNoContradiction() {
        assertThat(parse(("SHA1(a)= " + SHA1 + "\n").repeat(2)).digests()).hasSize(1);
        assertThat(parse("SHA1(a)= " + SHA1 + "\nSHA256(a)= " + SHA256).digests()).hasSize(2);
        assertInvalid("SHA1(a)= " + SHA1 + "\nSHA1(a)= " + "0".repeat(40), "line 2");
    }

    @Test
    void refusesWhatIsNoManifest() {
        assertInvalid("", "no digest");
        assertInvalid("\n\n", "no digest");
        assertInvalid("MD5(a)= 0123", "MD5 is unknown");
        assertInvalid("SHA1(a)= 0123", "not a digest");
        assertInvalid("SHA1(a)= " + "g".repeat(40), "not a digest");
        assertInvalid("SHA256(a)= " + SHA1, "not a digest");
        assertInvalid("SHA1 a = " + SHA1, "form");
        assertInvalid("SHA1)a(= " + SHA1, "form");
        assertInvalid("SHA1(a) " + SHA1, "form");
        assertInvalid("SHA1(" + "a".repeat(9_000) + ")= " + SHA1, "form");
    }

    private static void assertInvalid(String text, String why) {
        OvaSourceTest.assertFault(() -> parse(text), OvaFault.OVA_MANIFEST_INVALID);
        try {
            parse(text);
        } catch (FaultException e) {
            assertThat(e.fault().toString()).contains(why).hasSizeLessThan(1_000);
        }
    }

    private static Manifest parse(String text) {
        return Manifest.parse(text.getBytes(UTF_8), "x.mf");
    }
}
