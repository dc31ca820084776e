package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.disk.WorkerJob.GuestKey;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A real Debian whose whole system lies in LUKS.
class EncryptedGuestIT {
    private static final String KEY = "correct horse battery staple";
    private static final long MIB = 1 << 20;

    @TempDir
    private Path folder;

    @Test
    void convertsASystemInLuksWithItsKeyAndTellsAWrongOne() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 6 to 10 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
        try (var machine = new Machine(folder)) {
            var disks = List.of(Machine.raw("disk0", encryptedDebian(machine)));
            var job = machine.convert(disks);
            var key = List.of(new GuestKey("all", "right"));
            machine.secrets.put("right", KEY);
            machine.secrets.put("wrong", "not " + KEY);

            assertThatThrownBy(() -> inspect(machine, disks, List.of())).hasMessageContaining("GUEST_ENCRYPTED");
            assertThatThrownBy(() -> inspect(machine, disks, List.of(new GuestKey("/dev/sda1", "wrong"))))
                    .hasMessageContaining("GUEST_KEY_WRONG").hasMessageContaining("/dev/sda1").hasMessageNotContaining(KEY);
            var guest = inspect(machine, disks, key).guest();
            assertThat(guest.encryptedDevices()).containsExactly("/dev/sda1");
            assertThat(guest.systems()).singleElement().satisfies(system -> {
                assertThat(system.rootDevice()).startsWith("/dev/mapper/luks-");
                assertThat(system.hostname()).isEqualTo("debian12");
                assertThat(system.kernels()).isNotEmpty();
            });
            // as the engine asks for it: virt-v2v-in-place 2.2 knows no key for all
            var ownKey = List.of(new GuestKey("/dev/sda1", "right"));
            var converted = convert(machine, job, ownKey);
            assertThat(converted.report().blockBus()).isEqualTo("virtio-blk");
            assertThat(V2vLog.read(machine.work.resolve(converted.log())).root()).contains(guest.systems().getFirst().rootDevice());
            assertThatThrownBy(() -> convert(machine, job, List.of(new GuestKey("/dev/sda1", "wrong"))))
                    .hasMessageContaining("GUEST_KEY_WRONG").hasMessageNotContaining(KEY);
            assertThat(machine.programsOfOurs()).isEmpty();
            nothingTellsTheKey(machine.work);
        }
    }

    private static io.godwit.model.disk.JobResult.Inspected inspect(Machine machine, List<DiskInput> disks, List<GuestKey> keys) {
        var job = machine.inspect(disks);
        return new GuestInspection(machine.tools(ConverterSettings.DEFAULT)).inspect(
                new WorkerJob.Inspect(job.name(), job.workVolume(), List.of(), disks, null, keys), _ -> {
                });
    }

    private static io.godwit.model.disk.JobResult.Converted convert(Machine machine, WorkerJob.Convert job, List<GuestKey> keys) {
        return new VirtV2vConversion(machine.tools(ConverterSettings.DEFAULT)).convert(
                new WorkerJob.Convert(job.name(), job.workVolume(), List.of(), job.generation(), job.machine(), job.disks(), null, keys),
                _ -> {
                    var words = machine.programsOfOurs().stream()
                            .flatMap(program -> java.util.stream.Stream.of(program.info().arguments().orElse(new String[0])));
                    assertThat(words).noneMatch(word -> word.contains(KEY));
                });
    }

    private static void nothingTellsTheKey(Path work) throws IOException {
        try (var all = Files.walk(work)) {
            for (var file : all.filter(Files::isRegularFile).filter(each -> !each.toString().endsWith(".qcow2")).toList()) {
                assertThat(Files.readString(file, StandardCharsets.ISO_8859_1)).as(file.toString()).doesNotContain(KEY);
            }
        }
    }

    private Path encryptedDebian(Machine machine) throws Exception {
        var ova = RealGuest.ova("debian12");
        run(machine, "tar", "-xf", ova.toString(), "-C", folder.toString());
        var plain = folder.resolve("plain.raw");
        run(machine, "qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder.resolve("debian12-disk1.vmdk").toString(), plain.toString());
        var luks = folder.resolve("part.luks");
        encrypt(machine, plain, luks, Files.writeString(folder.resolve("key"), KEY));
        var disk = Machine.sparse(folder.resolve("encrypted.raw"), Files.size(luks) + 2 * MIB);
        var _ = machine.supervisor.run(Command.of("sfdisk", "-q", disk.toString()).input("label: dos\nstart=2048,type=83,bootable\n"));
        try (var from = new RandomAccessFile(luks.toFile(), "r"); var to = new RandomAccessFile(disk.toFile(), "rw")) {
            for (long at = 0, size = Files.size(luks); at < size;) {
                at += from.getChannel().transferTo(at, size - at, to.getChannel().position(MIB + at));
            }
        }
        Files.delete(luks);
        Files.delete(plain);
        return disk;
    }

    /// Tried several times: qemu-img measures how fast it hashes, and gives up when the clock of its thread stood still meanwhile.
    private static void encrypt(Machine machine, Path plain, Path luks, Path key) {
        for (int tries = 20;; tries--) {
            try {
                run(machine, "qemu-img", "convert", "--object", "secret,id=key,file=" + key, "--image-opts", "-O", "luks", "-o",
                        "key-secret=key,iter-time=10", "driver=raw,offset=" + MIB + ",file.driver=file,file.filename=" + plain,
                        luks.toString());
                return;
            } catch (ChildFailure e) {
                if (tries == 0 || !e.errorTail().contains("CPU usage")) {
                    throw e;
                }
            }
        }
    }

    private static void run(Machine machine, String... command) {
        var _ = machine.supervisor.run(Command.of(List.of(command)).deadline(Duration.ofMinutes(3)));
    }
}
