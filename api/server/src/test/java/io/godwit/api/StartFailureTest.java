package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.fault.FaultException;
import io.godwit.store.DataFolderLock;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class StartFailureTest {
    @Test
    void aSecondServerOnADataFolderSaysSoInFewLines(@TempDir Path data, CapturedOutput output) {
        try (var _ = DataFolderLock.take(data)) {
            assertThatThrownBy(() -> SpringApplication.run(GodwitServer.class, "--godwit.data=" + data, "--godwit.port=0"))
                    .hasRootCauseInstanceOf(FaultException.class);
        }
        assertThat(output).contains("STORE_FOLDER_IN_USE: data folder " + data + " is in use", "Action:").doesNotContain("\tat ");
    }

    @Test
    void aPasswordThatCannotBeReadSaysSoInFewLines(@TempDir Path data, CapturedOutput output) {
        assertThatThrownBy(() -> SpringApplication.run(GodwitServer.class, "--godwit.data=" + data, "--godwit.port=0",
                "--godwit.database.url=jdbc:postgresql://127.0.0.1:1/godwit", "--godwit.database.password-file=" + data.resolve("none")))
                .hasStackTraceContaining("DATABASE_PASSWORD_UNREADABLE");
        assertThat(output).contains("DATABASE_PASSWORD_UNREADABLE", data.resolve("none").toString(), "Action:").doesNotContain("\tat ");
    }
}
