package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.disk.BootReport.Verdict;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real virt-v2v on real guests: minutes per conversion where there is no KVM.
class ConversionIT {
    @TempDir
    private Path folder;

    @Test
    void convertsADebianAfterAKilledRunAndItBoots() throws Exception {
        var ova = RealGuest.ova("debian12");
        var before = sha256(ova);
        try (var machine = new Machine(folder)) {
            var job = machine.convert(RealGuest.disks(ova, 1200L << 20));

            assertThatThrownBy(() -> virtV2v(machine).convert(job, step -> killIn(machine, step, "Opening the source")))
                    .hasMessageContaining("CONVERTER_KILLED");
            assertThat(machine.programsOfOurs()).as("left over after the kill").isEmpty();
            assertThat(folder.resolve("work/overlays/1")).doesNotExist();

            var steps = new ArrayList<Phase>();
            var result = virtV2v(machine).convert(job, steps::add);

            assertThat(steps).extracting(Phase::name)
                    .startsWith("Setting up the source: -i libvirtxml " + folder.resolve("work/overlays/1.xml"))
                    .contains("Opening the source", "Inspecting the source", "Finishing off");
            assertThat(result.report().uefi()).isFalse();
            assertThat(result.report().blockBus()).isEqualTo("virtio-blk");
            assertThat(result.report().tool()).startsWith("virt-v2v-in-place ");
            assertThat(folder.resolve("work").resolve(result.log())).isNotEmptyFile();
            assertThat(machine.programsOfOurs()).as("left over after the conversion").isEmpty();
            assertThat(sha256(ova)).isEqualTo(before);
            boots(machine, job, result, "debian12 login:");
        }
        assertThat(sha256(ova)).isEqualTo(before);
    }

    @Test
    void convertsARootOnLvmOverTwoDisksAndItBoots() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 6 to 10 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
        var ova = RealGuest.ova("debian12-lvm");
        try (var machine = new Machine(folder)) {
            var job = machine.convert(RealGuest.disks(ova, 512L << 20, 768L << 20));

            var result = virtV2v(machine).convert(job, _ -> {
            });

            assertThat(result.disks()).extracting(JobResult.ConvertedDisk::key).containsExactly("disk0", "disk1");
            boots(machine, job, result, "debian12-lvm login:");
        }
    }

    @Test
    void convertsAUefiGuestAndItBoots() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 3 to 5 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
        try (var machine = new Machine(folder)) {
            var job = machine.convert(RealGuest.disks(RealGuest.ova("debian12-uefi"), 1200L << 20), true, null);

            var result = virtV2v(machine).convert(job, _ -> {
            });

            assertThat(result.report().uefi()).isTrue();
            assertThat(result.report().warnings()).noneMatch(warning -> warning.contains("EFI\\BOOT"));
            boots(machine, job, result, "debian12-uefi login:");
        }
    }

    @Test
    void convertsTheSystemThatWasChosenAndItBoots() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 3 to 5 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
        try (var machine = new Machine(folder)) {
            var other = new TinyDisk(machine.supervisor, folder.resolve("other.raw"), 1, 128)
                    .ext4(new TinyGuest(folder, "alpha").withKernel().withBootLoader());
            var disks = List.of(RealGuest.disks(RealGuest.ova("debian12"), 1200L << 20).getFirst(),
                    Machine.raw("other", other.image()));
            var job = machine.convert(disks, false, "/dev/sda1");

            var result = virtV2v(machine).convert(job, _ -> {
            });

            assertThat(V2vLog.read(machine.work.resolve(result.log()))).satisfies(log -> assertThat(log.root()).contains("/dev/sda1"))
                    .satisfies(log -> assertThat(log.roots()).isEqualTo("/dev/sda1, /dev/sdb1"));
            boots(machine, job, result, "debian12 login:");
        }
    }

    @Test
    void endsWhenTheWorkVolumeFillsUp() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 1 to 2 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
        var work = Files.createDirectories(folder.resolve("work"));
        assumeTrue(run("mount", "-t", "tmpfs", "-o", "size=36m", "godwit-test", work.toString()) == 0, "no right to mount a tmpfs");
        try (var machine = new Machine(folder)) {
            var job = machine.convert(RealGuest.disks(RealGuest.ova("debian12"), 1200L << 20));
            var steps = new ArrayList<Phase>();

            assertThatThrownBy(() -> new VirtV2vConversion(machine.tools(ConverterSettings.of(Map.of("godwit.converter.free.mib", "20"))))
                    .convert(job, steps::add))
                    .isInstanceOfSatisfying(FaultException.class, e -> assertThat(e.fault().is(ConverterFault.CONVERTER_NO_SPACE)).isTrue())
                    .hasMessageContaining(work.toString()).hasMessageContaining("16 MiB are needed");

            assertThat(steps).extracting(Phase::name).contains("Inspecting the source");
            assertThat(machine.programsOfOurs()).isEmpty();
            assertThat(work.resolve("overlays/1")).doesNotExist();
        } finally {
            assertThat(run("umount", work.toString())).isZero();
        }
    }

    private static int run(String... command) throws Exception {
        return new ProcessBuilder(command).inheritIO().start().waitFor();
    }

    @Test
    void findsNothingToConvertOnAnEmptyDiskHoweverLongItsPath() {
        try (var machine = new Machine(folder.resolve("a-folder-whose-name-is-long/".repeat(5)))) {
            var job = machine.convert(List.of(Machine.raw("a", Machine.sparse(folder.resolve("a.raw"), 64 << 20))));

            assertThatThrownBy(() -> virtV2v(machine).convert(job, _ -> {
            })).hasMessageContaining("GUEST_NO_OPERATING_SYSTEM")
                    .hasMessageContaining("No root device found").hasMessageContaining("logs/convert-1.log");
            assertThat(machine.work.resolve("overlays/1")).doesNotExist();
            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    @Test
    void beginsNothingWithoutMemoryOrSpace() {
        try (var machine = new Machine(folder)) {
            var job = machine.convert(List.of(Machine.raw("a", Machine.sparse(folder.resolve("a.raw"), 1 << 20))));

            assertThatThrownBy(() -> converting(machine, "godwit.converter.memory.mib", "1000000000").convert(job, _ -> {
            }))
                    .hasMessageContaining("CONVERTER_NO_MEMORY");
            assertThatThrownBy(() -> converting(machine, "godwit.converter.free.mib", "1000000000").convert(job, _ -> {
            }))
                    .hasMessageContaining("CONVERTER_NO_SPACE");
            assertThat(folder.resolve("work/overlays/1")).doesNotExist();
        }
    }

    private static VirtV2vConversion converting(Machine machine, String setting, String value) {
        return new VirtV2vConversion(machine.tools(ConverterSettings.of(Map.of(setting, value))));
    }

    private void boots(Machine machine, WorkerJob.Convert job, JobResult.Converted result, String evidence) {
        var volumes = new ArrayList<Path>();
        for (int i = 0; i < job.disks().size(); i++) {
            var volume = folder.resolve("volume" + i + ".raw");
            try (var export = machine.exports()
                    .open(new ExportSpec.Overlay(job.disks().get(i).source(), result.disks().get(i).overlay()))) {
                var _ = machine.supervisor
                        .run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "raw", export.uri().toString(), volume.toString())
                                .deadline(Duration.ofMinutes(5)));
            }
            volumes.add(volume);
        }
        var report = machine.bootCheck().check(machine.boot(result.report().uefi(), 600, volumes), _ -> {
        }).boot();
        assertThat(report.verdict()).as(report.evidence()).isEqualTo(Verdict.BOOTED);
        assertThat(Path.of(report.consoleText())).content(java.nio.charset.StandardCharsets.ISO_8859_1).contains("Linux version");
        assertThat(report.evidence()).containsAnyOf(evidence, "GODWIT-READY", "Reached target");
    }

    private static void killIn(Machine machine, Phase step, String name) {
        if (step.name().equals(name)) {
            machine.programsOfOurs().stream().filter(process -> process.info().command().orElse("").endsWith("virt-v2v-in-place"))
                    .forEach(ProcessHandle::destroyForcibly);
        }
    }

    private static GuestConverter virtV2v(Machine machine) {
        return GuestConverterFactory.named(GuestConverterFactory.DEFAULT).open(machine.tools(ConverterSettings.DEFAULT));
    }

    private static String sha256(Path file) throws Exception {
        var digest = MessageDigest.getInstance("SHA-256");
        try (var in = Files.newInputStream(file)) {
            var buffer = new byte[1 << 20];
            for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
            }
        }
        return HexFormat.of().formatHex(digest.digest());
    }

}
