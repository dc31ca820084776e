package io.godwit.api.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.api.DataFolder;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccessTokenTest {
    @TempDir
    private Path folder;

    @Test
    void isMadeOnceForItsOwnerAlone() throws IOException {
        var first = AccessToken.of(new DataFolder(folder));
        var file = folder.resolve("token");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file))).isEqualTo("rw-------");
        var text = Files.readString(file).strip();
        assertThat(text).hasSizeGreaterThanOrEqualTo(43);
        assertThat(first.matches(text)).isTrue();
        assertThat(AccessToken.of(new DataFolder(folder)).matches(text)).as("the same after a restart").isTrue();
        assertThat(folder).isDirectoryNotContaining("glob:**.new");
    }

    @Test
    void isAnotherOneForEachServer(@TempDir Path other) throws IOException {
        AccessToken.of(new DataFolder(folder));
        var theirs = AccessToken.of(new DataFolder(other));
        assertThat(theirs.matches(Files.readString(folder.resolve("token")).strip())).isFalse();
    }

    @Test
    void matchesNothingButItself() throws IOException {
        var token = AccessToken.of(new DataFolder(folder));
        var text = Files.readString(folder.resolve("token")).strip();
        assertThat(token.matches("")).isFalse();
        assertThat(token.matches(text.substring(1))).isFalse();
        assertThat(token.matches(text + "x")).isFalse();
        assertThat(token.matches(text.toUpperCase(java.util.Locale.ROOT))).isFalse();
    }

    @Test
    void isRefusedWhereOthersCouldReadIt() throws IOException {
        AccessToken.of(new DataFolder(folder));
        Files.setPosixFilePermissions(folder.resolve("token"), PosixFilePermissions.fromString("rw-r-----"));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> AccessToken.of(new DataFolder(folder)))
                .withMessageContaining("TOKEN_FILE_UNSAFE").withMessageContaining("others than its owner");
    }

    @Test
    void isRefusedWhereItIsShort() {
        new DataFolder(folder).write("token", "hunter2\n");
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> AccessToken.of(new DataFolder(folder)))
                .withMessageContaining("TOKEN_FILE_UNSAFE").withMessageContaining("7 characters");
    }
}
