package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoldersTest {
    @TempDir
    private Path temp;

    @Test
    void theDataFolderIsWhereTheEnvironmentSaysUnlessASettingDoes() throws IOException {
        var state = Map.of("XDG_STATE_HOME", temp.resolve("state").toString());
        assertThat(DataFolder.open(null, state, "/nowhere", "me").path()).isEqualTo(temp.resolve("state/godwit"));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(temp.resolve("state/godwit")))).isEqualTo("rwx------");
        assertThat(DataFolder.open(temp.resolve("set"), state, "/nowhere", "me").path()).isEqualTo(temp.resolve("set"));
        assertThat(DataFolder.open(null, Map.of(), temp.toString(), "me").path()).isEqualTo(temp.resolve(".local/state/godwit"));
    }

    @Test
    void theNodeIdStaysOverRestarts() {
        var data = new DataFolder(temp);
        var first = ServerIdentity.of(data, Instant.EPOCH).node();
        assertThat(ServerIdentity.of(data, Instant.EPOCH).node()).isEqualTo(first);
    }

    @Test
    void theRuntimeFolderIsOursAlone() throws IOException {
        var folder = RuntimeFolder.open(null, Map.of("XDG_RUNTIME_DIR", temp.toString()), "me");
        assertThat(folder).isEqualTo(temp.resolve("godwit"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxrwxrwx"));
        RuntimeFolder.open(folder, Map.of(), "me");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))).isEqualTo("rwx------");
    }

    @Test
    void aLinkThatSomebodyPutThereIsRefused() throws IOException {
        var elsewhere = Files.createDirectory(temp.resolve("elsewhere"));
        var link = Files.createSymbolicLink(temp.resolve("godwit"), elsewhere);
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> RuntimeFolder.open(link, Map.of(), "me"))
                .withMessageContaining("RUNTIME_FOLDER_UNSAFE");
    }
}
