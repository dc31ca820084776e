package io.godwit.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SecretFilesTest {
    @TempDir
    Path folder;
    private final Map<String, String> secrets = new HashMap<>();
    private final ArrayDeque<Runnable> undo = new ArrayDeque<>();

    @Test
    void givesAFileThatHasNoName() throws IOException {
        var files = new SecretFiles(folder, secrets::get);
        var path = files.of(() -> "hunter2 ü\n", undo::push);
        assertThat(path).hasContent("hunter2 ü\n").hasParentRaw(Path.of("/proc/" + ProcessHandle.current().pid() + "/fd"));
        assertThat(path).as("from its beginning, for each who opens it").hasContent("hunter2 ü\n");
        assertThat(folder).isEmptyDirectory();
        undo.forEach(Runnable::run);
        assertThat(isThere(path)).isFalse();
    }

    private boolean isThere(Path path) throws IOException {
        return Files.exists(path) && Files.readString(path).contains("hunter2");
    }

    @Test
    void writesRenewedSecretsIntoTheSameFiles() {
        secrets.put("cookie", "a=longer\n");
        var files = new SecretFiles(folder, secrets::get);
        var path = files.of(() -> files.line("cookie", "the cookie") + "\n", undo::push);
        assertThat(path).hasContent("a=longer\n");
        secrets.put("cookie", "b=1");
        assertThat(path).hasContent("a=longer\n");
        files.renew();
        assertThat(path).hasContent("b=1\n");
        secrets.put("cookie", "c=1\nd=2");
        assertThatExceptionOfType(FaultException.class).isThrownBy(files::renew)
                .matches(e -> e.fault().is(ExportFault.EXPORT_SECRET_INVALID)).withMessageNotContaining("d=2");
        assertThat(path).hasContent("b=1\n");
        undo.forEach(Runnable::run);
        files.renew();
    }

    @Test
    void refusesASecretThatIsNotThereOrHasSeveralLines() {
        var files = new SecretFiles(folder, secrets::get);
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> files.line("password", "the password of root"))
                .matches(e -> e.fault().is(ExportFault.EXPORT_SECRET_MISSING)).withMessageContaining("the password of root");
        secrets.put("password", "one\r\n");
        assertThat(files.line("password", "it")).isEqualTo("one");
        secrets.put("password", "one\ntwo\n");
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> files.line("password", "it"))
                .matches(e -> e.fault().is(ExportFault.EXPORT_SECRET_INVALID)).withMessageNotContaining("two");
    }

    @Test
    void keepsWhatIsNoSecretInAFolderOfItsOwn() {
        var files = new SecretFiles(folder, secrets::get);
        var place = files.folderOf("ca.pem", "PEM", undo::push);
        assertThat(place.resolve("ca.pem")).hasContent("PEM");
        undo.forEach(Runnable::run);
        assertThat(folder).isEmptyDirectory();
    }
}
