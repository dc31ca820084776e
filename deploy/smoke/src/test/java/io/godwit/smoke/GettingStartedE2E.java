package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.BootSector;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// What the guide for newcomers says to type, from the first provider to the VM, typed.
class GettingStartedE2E {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|(\\S+)");

    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    Path folder;

    @Test
    void theCommandsOfTheGuideMigrateAVm() throws IOException {
        OvaFixture.vsphere("debian12").disk(new SeededDisk(5, 8 << 20), BootSector.saying("\r\ndebian12 login: ")).memoryMib(64)
                .nic("VM Network", "VmxNet3", "").write(Files.createDirectories(folder.resolve("ova")).resolve("debian12.ova"));
        Files.createDirectories(folder.resolve("pool"));
        var commands = commandsOfTheGuide();
        assertThat(commands).anyMatch(each -> each.contains("mapping storage")).last().asString().contains("plan start");
        try (var server = SmokeServer.start(folder)) {
            var environment = Map.of("GODWIT_SERVER", server.rest().base().toString(), "GODWIT_TOKEN",
                    Files.readString(server.data().resolve("token")).strip());
            for (var command : commands) {
                var run = GodwitCommand.start(folder, environment, words(command));
                assertThat(run.exitStatus(Duration.ofMinutes(5))).as("%s: %s%s", command, run.out(), run.err()).isZero();
            }
        } finally {
            SmokeWorker.killAllOf(folder);
        }
        assertThat(folder.resolve("pool")).isDirectoryRecursivelyContaining("glob:**/*.raw");
    }

    /// From the first provider to the start of the plan; what is for other occasions comes behind.
    private static List<String> commandsOfTheGuide() throws IOException {
        var guide = Files.readString(Deployment.root().resolve("docs/guide/getting-started.md")).replace("\\\n", " ");
        return guide.lines().filter(line -> line.startsWith("$ ./godwit ")).map(line -> line.replaceFirst(" +# .*", ""))
                .dropWhile(line -> !line.contains("provider create")).takeWhile(line -> !line.contains("migration")).toList();
    }

    private String[] words(String command) {
        return WORD.matcher(command.substring("$ ./godwit ".length()).replace("/srv/", folder + "/")).results()
                .map(GettingStartedE2E::word).toArray(String[]::new);
    }

    private static String word(MatchResult found) {
        return found.group(1) == null ? found.group(2) : found.group(1);
    }
}
