package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.io.TempDir;

/// A server that is killed while it makes and removes volumes and VMs leaves nothing that the next one does not know as its own.
class PoolCrashIT {
    private static final VmMigrationId OWNER = new VmMigrationId("v-crash");

    @TempDir
    private Path temporary;

    @RepeatedTest(8)
    void aKillAtAnyMomentLeavesNothingUnowned(RepetitionInfo repetition) throws Exception {
        var pool = temporary.resolve("pool");
        var foreign = Files.createDirectories(pool.resolve("volumes")).resolve("web-disk-0.raw");
        Files.writeString(foreign, "not ours");
        var command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"),
                ServerProcess.class.getName(), "volumes", pool.toString(), temporary.resolve("run").toString(), OWNER.value());
        var server = new ProcessBuilder(command).redirectError(temporary.resolve("server.log").toFile()).start();
        assertThat(server.inputReader().readLine()).isEqualTo("started");
        LockSupport.parkNanos(new Random(repetition.getCurrentRepetition()).nextLong(300_000_000)); // where in its loop it dies
        server.destroyForcibly();
        assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();

        var next = LocalDestination.open(LocalDestinationTest.settings(pool, "node-1", temporary.resolve("run")));
        var volume = next.ensureVolume(OWNER, new VolumeRequest("web", "disk-0", 1 << 20, StorageTarget.DEFAULT));
        assertThat(Path.of(volume.ref())).hasSize(1 << 20);
        next.ensureVm(OWNER, Vms.web(List.of(volume)));
        next.deleteVm(OWNER);
        next.deleteVolume(OWNER, "disk-0");
        next.deleteWorkVolume(OWNER, Logs.DELETE);

        assertThat(next.leftovers(OWNER)).isEmpty();
        assertThat(pool.resolve("volumes")).isDirectoryNotContaining(path -> !path.equals(foreign));
        assertThat(pool.resolve("vms")).isEmptyDirectory();
        assertThat(pool.resolve(".godwit/v-crash")).doesNotExist();
        assertThat(foreign).hasContent("not ours");
    }
}
