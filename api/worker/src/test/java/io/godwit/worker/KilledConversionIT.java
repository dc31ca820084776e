package io.godwit.worker;

import static java.util.concurrent.TimeUnit.MINUTES;
import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.convert.RealGuest;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.MachineShape;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.JobProcesses;
import io.godwit.protocol.WorkerClient;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SIGKILL to the group of a real worker process while the real virt-v2v writes for it.
class KilledConversionIT {
    @TempDir
    private Path temporary;
    private final WorkerClient client = new WorkerClient(Duration.ofSeconds(5));
    private JobFolder folder = new JobFolder(Path.of("/"));

    @BeforeEach
    void makeTheFolder() throws IOException {
        folder = new JobFolder(Files.createDirectories(temporary.resolve("jobs/convert-1")));
        Files.createDirectories(temporary.resolve("work"));
    }

    @AfterEach
    void leaveNothing() {
        client.close();
        assertThat(JobProcesses.kill(folder, Duration.ofSeconds(10))).isTrue();
    }

    @Test
    void theNextAttemptKillsWhatWasLeftAndConvertsOnFreshOverlays() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 3 to 6 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
        var overlay = temporary.resolve("work/overlays/1/disk0.qcow2");
        var first = start(1);
        awaitStep("Converting ");
        var atWork = programs();
        assertThat(atWork.values()).contains("virt-v2v-in-place", "qemu-system-x86_64", "qemu-nbd");
        assertThat(isLocked(overlay)).as("the overlay is locked while virt-v2v runs").isTrue();

        assertThat(new ProcessBuilder("kill", "-KILL", "--", "-" + first.pid()).inheritIO().start().waitFor()).isZero();
        assertThat(first.waitFor(10, SECONDS)).isTrue();
        await("death signal to virt-v2v").atMost(10, SECONDS).until(() -> !programs().containsValue("virt-v2v-in-place"));
        System.out.println("alive after the kill of the worker's group: " + programs().values() + ", overlay locked: " + isLocked(overlay));
        var killed = FileTime.from(Instant.now());

        var second = start(2);
        awaitStep("Opening the source");
        assertThat(atWork.keySet()).allSatisfy(pid -> assertThat(ProcessHandle.of(pid).filter(ProcessHandle::isAlive)).as(
                atWork.get(pid)).isEmpty());
        assertThat((FileTime) Files.getAttribute(overlay, "creationTime")).isGreaterThan(killed);

        assertThat(second.waitFor(15, MINUTES)).isTrue();
        assertThat(second.exitValue()).isZero();
        assertThat(folder.readEnd().orElseThrow().status()).isInstanceOfSatisfying(JobStatus.Done.class,
                done -> assertThat(done.result()).isInstanceOfSatisfying(JobResult.Converted.class,
                        converted -> assertThat(converted.log()).isEqualTo("logs/convert-1.2.log")));
        assertThat(programs()).as("left over").isEmpty();
        assertThat(isLocked(overlay)).isFalse();
    }

    private Process start(int attempt) throws IOException {
        var shape = new MachineShape("guest", "6f0d1c52-1c1e-4a0e-9c5f-6f6477697403", 1, 1, 1, 512L << 20, false, false, "virtio",
                List.of("52:54:00:12:34:56"), Map.of());
        folder.writeOrder(new JobOrder(new VmMigrationId("v-1"), attempt, 3600, new WorkerJob.Convert(new JobName("convert-1"),
                temporary.resolve("work").toString(), List.of(), 1, shape, disks(), null)));
        var process = new ProcessBuilder("setsid", Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path"), WorkerMain.class.getName(),
                folder.path().toString()).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()));
        process.environment().put(JobFolder.MARK, folder.path().toString());
        return process.start();
    }

    private static List<WorkerJob.DiskInput> disks() throws IOException {
        try {
            return RealGuest.disks(RealGuest.ova("debian12"), 1200L << 20);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private void awaitStep(String name) {
        await(name).atMost(5, MINUTES).pollInterval(Duration.ofMillis(200)).ignoreExceptionsInstanceOf(IOException.class)
                .until(() -> {
                    var status = client.status(folder.socket(), 0, Duration.ZERO).status();
                    assertThat(status).isInstanceOf(JobStatus.Running.class);
                    return status.progress().phases().stream().map(Phase::name).anyMatch(step -> step.startsWith(name));
                });
    }

    /// All that the worker started, by pid.
    private Map<Long, String> programs() {
        var all = new TreeMap<Long, String>();
        JobProcesses.of(folder).forEach(each -> each.info().command().map(Path::of).map(Path::getFileName)
                .ifPresent(name -> all.put(each.pid(), name.toString())));
        all.values().removeIf("java"::equals);
        return all;
    }

    /// Whether QEMU or one of its tools has the overlay open for writing.
    private static boolean isLocked(Path overlay) throws Exception {
        var alone = "json:{\"driver\":\"qcow2\",\"backing\":null,\"file\":{\"driver\":\"file\",\"filename\":\"" + overlay + "\"}}";
        var info = new ProcessBuilder("qemu-img", "info", alone).redirectErrorStream(true).start();
        var said = new String(info.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(info.waitFor() == 0 || said.contains("lock")).as(said).isTrue();
        return info.waitFor() != 0;
    }
}
