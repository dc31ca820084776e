package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.SpiFault;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real file system of 8 MiB. Needs the right to mount one.
class FullPoolIT {
    private static final VmMigrationId OWNER = new VmMigrationId("v-full");

    @TempDir
    private Path temporary;
    private Path mounted = Path.of("/");

    @BeforeEach
    void mount() throws Exception {
        mounted = Files.createDirectory(temporary.resolve("small"));
        Assumptions.assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=8m,nr_inodes=200", "godwit-test", mounted.toString()) == 0,
                "no right to mount a tmpfs");
    }

    @AfterEach
    void unmount() throws Exception {
        run("umount", mounted.toString());
    }

    @Test
    void whatDoesNotFitIsRefusedBeforeAnythingIsMade() throws Exception {
        var destination = LocalDestination.open(LocalDestinationTest.settings(mounted.resolve("pool"), "node-1", temporary.resolve("run")));
        destination.requireSpace(List.of(request(4 << 20)), 1 << 20);
        assertFull(() -> destination.requireSpace(List.of(request(9 << 20)), 0));
        assertFull(() -> destination.requireSpace(List.of(request(4 << 20)), 5 << 20));
        assertFull(() -> destination.ensureVolume(OWNER, request(9 << 20)));
        assertFull(() -> destination.ensureWorkVolume(OWNER, 9 << 20));
        assertThat(destination.leftovers(OWNER)).isEmpty();
        destination.close();
    }

    @Test
    void aFileSystemThatIsFullSaysSo() throws Exception {
        var destination = LocalDestination.open(LocalDestinationTest.settings(mounted.resolve("pool"), "node-1", temporary.resolve("run")));
        var work = destination.ensureWorkVolume(OWNER, 1 << 20);
        var ballast = new byte[1 << 20];
        Arrays.fill(ballast, (byte) 1);
        assertThatThrownBy(() -> {
            for (int i = 0;; i++) {
                Files.write(Path.of(work.path(), "ballast-" + i), ballast);
            }
        }).hasMessageContaining("No space left");
        assertFull(() -> destination.ensureVm(OWNER, Vms.web(List.of())));
        destination.deleteVm(OWNER);
        destination.deleteWorkVolume(OWNER, Logs.KEEP);
        assertThat(destination.leftovers(OWNER)).isEmpty();
        destination.close();
    }

    private static VolumeRequest request(long size) {
        return new VolumeRequest("web", "disk-0", size, StorageTarget.DEFAULT);
    }

    private static void assertFull(org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class,
                e -> assertThat(e.fault().is(SpiFault.CAPACITY_EXCEEDED)).as(e.getMessage()).isTrue());
    }

    private static int run(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }
}
