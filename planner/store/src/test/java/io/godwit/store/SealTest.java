package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.fault.FaultException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealTest {
    private static final String PLACE = "provider\ns-1\npassword";

    @TempDir
    private Path folder;
    private final Seal seal = new Seal(new byte[32]);

    @Test
    void opensWhatItSealed() {
        for (var secret : new String[]{"", "hunter2", "ä\u0001\n" + "x".repeat(10_000)}) {
            assertThat(seal.open(PLACE, seal.seal(PLACE, secret))).isEqualTo(secret);
        }
        assertThat(seal.seal(PLACE, "hunter2")).isNotEqualTo(seal.seal(PLACE, "hunter2")).doesNotContain("hunter2");
    }

    @Test
    void opensNothingElse() {
        var sealed = seal.seal(PLACE, "hunter2");
        assertDamaged(() -> seal.open("provider\ns-2\npassword", sealed));
        var other = new byte[32];
        other[31] = 1;
        assertDamaged(() -> new Seal(other).open(PLACE, sealed));
        var bytes = Base64.getDecoder().decode(sealed.substring(2));
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] ^= 1;
            var changed = "1:" + Base64.getEncoder().encodeToString(bytes);
            assertDamaged(() -> seal.open(PLACE, changed));
            bytes[i] ^= 1;
        }
        for (var each : new String[]{"", "1:", "hunter2", "1:not base64", "1:AAAA", "2:" + sealed.substring(2)}) {
            assertDamaged(() -> seal.open(PLACE, each));
        }
    }

    @Test
    void aKeyIsMadeOnceForItsOwnerAlone() throws Exception {
        var file = new KeyFile(folder.resolve("secrets.key"));
        assertThat(file.read()).isEmpty();
        var key = file.create();
        assertThat(key).hasSize(32);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file.path()))).isEqualTo("rw-------");
        assertThat(file.read()).contains(key);
        assertThat(file.create()).as("another server was faster").isEqualTo(key);
        try (var all = Files.list(folder)) {
            assertThat(all).filteredOn(each -> !each.endsWith("secrets.key.new")).containsExactly(file.path());
        }
    }

    @Test
    void refusesAKeyThatOthersMayReadOrThatIsNone() throws Exception {
        var file = new KeyFile(folder.resolve("secrets.key"));
        file.create();
        Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-r-----"));
        assertThatThrownBy(file::read).hasMessageContaining("STORE_KEY_UNUSABLE").hasMessageContaining("GROUP_READ");
        Files.setPosixFilePermissions(file.path(), PosixFilePermissions.fromString("rw-------"));
        for (var each : new String[]{"", "AAAA", "no key"}) {
            Files.writeString(file.path(), each);
            assertThatThrownBy(file::read).hasMessageContaining("STORE_KEY_UNUSABLE");
        }
    }

    private static void assertDamaged(org.assertj.core.api.ThrowableAssert.ThrowingCallable opening) {
        assertThatThrownBy(opening).isInstanceOfSatisfying(FaultException.class,
                e -> assertThat(e.fault().is(StoreFault.STORE_SECRET_DAMAGED)).isTrue()).hasMessageNotContaining("hunter2");
    }
}
