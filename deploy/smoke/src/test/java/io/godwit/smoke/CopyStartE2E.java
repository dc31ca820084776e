package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// That `godwit copy` starts from its AOT cache alone. Whatever is not in there is searched for in all jars: the first one that is makes a short
/// copy take a third longer.
class CopyStartE2E {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;
    private Path source;
    private Process server;

    @BeforeEach
    void serve() throws IOException {
        source = folder.resolve("source");
        try (var data = new SeededDisk(1, 8 << 20).open()) {
            Files.copy(data, source);
        }
        server = new ProcessBuilder("nbdkit", "-f", "-r", "--exit-with-parent", "--unix", folder.resolve("s").toString(), "file",
                "file=" + source).inheritIO()
                .start();
        await().atMost(20, SECONDS).until(() -> Files.exists(folder.resolve("s")));
    }

    @AfterEach
    void end() throws InterruptedException {
        server.destroy();
        assertThat(server.waitFor(20, SECONDS)).isTrue();
    }

    private void copies(String... words) throws IOException {
        var loaded = folder.resolve("loaded.txt");
        var target = folder.resolve("target");
        var all = new ArrayList<>(List.of("copy"));
        all.addAll(List.of(words));
        all.add(target.toString());
        var copy = GodwitCommand.start(folder, Map.of("JAVA_TOOL_OPTIONS", "-Xlog:class+load=info:file=" + loaded),
                all.toArray(String[]::new));
        assertThat(copy.exitStatus()).as(copy.err()).isZero();
        assertThat(target).hasSameBinaryContentAs(source);
        var classes = Files.readAllLines(loaded);
        assertThat(classes).anyMatch(line -> line.contains("io.godwit.worker.CopyCommand ") && line.contains("shared objects file"));
        assertThat(classes).noneMatch(line -> line.contains("source: file:") || line.contains("source: jar:"));
    }

    @Test
    void loadsNoClassOfAVerifiedCopyOfAFileFromAJar() throws IOException {
        copies(source.toString());
    }

    @Test
    void loadsNoClassOfACopyFromAServerFromAJar() throws IOException {
        copies("--verify", "off", "nbd+unix:///?socket=" + folder.resolve("s"));
    }
}
