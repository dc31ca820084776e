package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The real libguestfs on real guests.
class GuestInspectionIT {
    @TempDir
    private Path folder;

    @Test
    void looksIntoADebianInPlaceInsideItsOva() throws Exception {
        var ova = RealGuest.ova("debian12");
        var before = Files.getLastModifiedTime(ova);
        try (var machine = new Machine(folder)) {
            var steps = new ArrayList<Phase>();

            var guest = inspect(machine, RealGuest.disks(ova, 1200L << 20), steps);

            assertThat(guest.systems()).singleElement().satisfies(system -> {
                assertThat(system.rootDevice()).isEqualTo("/dev/sda1");
                assertThat(system.type()).isEqualTo("linux");
                assertThat(system.distribution()).isEqualTo("debian");
                assertThat(system.majorVersion()).isEqualTo(12);
                assertThat(system.architecture()).isEqualTo("x86_64");
                assertThat(system.hostname()).isEqualTo("debian12");
                assertThat(system.kernels()).singleElement().asString().endsWith("-cloud-amd64");
                assertThat(system.virtioDrivers()).isTrue();
            });
            assertThat(guest.filesystems())
                    .contains(new GuestFilesystem("/dev/sda1", "ext4", "6f0d1c52-1c1e-4a0e-9c5f-6f6477697401", "root"));
            assertThat(guest.encryptedDevices()).isEmpty();
            assertThat(steps).extracting(Phase::name).containsExactly(InspectGuest.STARTING, InspectGuest.LOOKING, InspectGuest.KERNELS);
            assertThat(folder.resolve("work/logs/inspect.log")).isNotEmptyFile();
            assertThat(machine.programsOfOurs()).isEmpty();
        }
        assertThat(Files.getLastModifiedTime(ova)).isEqualTo(before);
    }

    @Test
    void findsNothingOnAnEmptyDisk() {
        try (var machine = new Machine(folder)) {
            assertThatThrownBy(
                    () -> inspect(machine, List.of(Machine.raw("a", Machine.sparse(folder.resolve("a.raw"), 64 << 20))), new ArrayList<>()))
                    .hasMessageContaining("GUEST_NO_OPERATING_SYSTEM").hasMessageContaining("no file system")
                    .hasMessageContaining("/dev/sda is a");
        }
    }

    @Test
    void seesThatADiskIsEncrypted() {
        try (var machine = new Machine(folder)) {
            var disk = folder.resolve("luks.raw");
            encrypt(machine, disk);

            assertThatThrownBy(() -> inspect(machine, List.of(Machine.raw("a", disk)), new ArrayList<>()))
                    .hasMessageContaining("GUEST_ENCRYPTED")
                    .hasMessageContaining("/dev/sda");
        }
    }

    /// QEMU 7.2 times its key derivation, and gives up where the kernel counted no time for it: the next try is another measurement.
    private static void encrypt(Machine machine, Path disk) {
        var command = Command.of("qemu-img", "create", "-q", "-f", "luks", "--object", "secret,id=key,data=for-a-test", "-o",
                "key-secret=key,iter-time=10", disk.toString(), "32M");
        for (int tries = 1;; tries++) {
            try {
                var _ = machine.supervisor.run(command);
                return;
            } catch (ChildFailure e) {
                if (tries == 20 || !String.valueOf(e.getMessage()).contains("Unable to get accurate CPU usage")) {
                    throw e;
                }
            }
        }
    }

    @Test
    void wantsAChoiceBetweenTwoSystems() throws Exception {
        try (var machine = new Machine(folder)) {
            var disk = new TinyDisk(machine.supervisor, folder.resolve("a.raw"), 2, 64)
                    .ext4(new TinyGuest(folder, "alpha")).ext4(new TinyGuest(folder, "beta"));

            assertThatThrownBy(() -> inspect(machine, List.of(Machine.raw("a", disk.image())), new ArrayList<>()))
                    .hasMessageContaining("GUEST_SEVERAL_SYSTEMS")
                    .hasMessageContaining("/dev/sda1 (alpha: debian, 12.15), /dev/sda2 (beta: debian, 12.15)")
                    .hasMessageContaining("/dev/sda is a").hasMessageContaining("rootDisk");
        }
    }

    @Test
    void looksForAKernelOnlyInTheSystemThatWasChosen() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "three more appliances: runs with -Dgodwit.soak=true (nightly, soak)");
        try (var machine = new Machine(folder)) {
            var disk = new TinyDisk(machine.supervisor, folder.resolve("a.raw"), 3, 64).ext4(new TinyGuest(folder, "alpha"))
                    .ext4(new TinyGuest(folder, "beta").withKernel())
                    .ext4(new TinyGuest(folder, "gamma").withKernel().withRootAt("/dev/sda1")); // a clone of the first, say
            var disks = List.of(Machine.raw("a", disk.image()));
            var inspection = new GuestInspection(machine.tools(ConverterSettings.DEFAULT));

            assertThat(inspection.inspect(machine.inspect(disks, "/dev/sda2"), _ -> {
            }).guest().systems()).extracting(GuestSystem::hostname).containsExactly("alpha", "beta", "gamma");
            assertThatThrownBy(() -> inspection.inspect(machine.inspect(disks, "/dev/sda1"), _ -> {
            })).hasMessageContaining("GUEST_NO_KERNEL").hasMessageContaining("the system on /dev/sda1")
                    .hasMessageContaining("/dev/sda is a");
            assertThatThrownBy(() -> inspection.inspect(machine.inspect(disks, "/dev/sda3"), _ -> {
            })).hasMessageContaining("GUEST_ROOT_ELSEWHERE").hasMessageContaining("has /dev/sda1 for /");
        }
    }

    @Test
    void refusesAnEncryptedPartitionBesideAReadableSystem() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "another appliance: runs with -Dgodwit.soak=true (nightly, soak)");
        try (var machine = new Machine(folder)) {
            var disk = new TinyDisk(machine.supervisor, folder.resolve("a.raw"), 2, 64)
                    .ext4(new TinyGuest(folder, "alpha").withKernel()).luks();

            assertThatThrownBy(() -> inspect(machine, List.of(Machine.raw("a", disk.image())), new ArrayList<>()))
                    .hasMessageContaining("GUEST_ENCRYPTED").hasMessageContaining("encrypted: /dev/sda2")
                    .hasMessageContaining("/dev/sda is a");
        }
    }

    @Test
    void saysWhichFileSystemCannotBeMounted() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "another appliance: runs with -Dgodwit.soak=true (nightly, soak)");
        try (var machine = new Machine(folder)) {
            var disk = new TinyDisk(machine.supervisor, folder.resolve("a.raw"), 1, 64)
                    .ext4(new TinyGuest(folder, "alpha").withKernel()).debugfs("clri <8>"); // the journal

            assertThatThrownBy(() -> inspect(machine, List.of(Machine.raw("a", disk.image())), new ArrayList<>()))
                    .hasMessageContaining("GUEST_FILESYSTEM_DIRTY").hasMessageContaining("/dev/sda1 cannot be mounted")
                    .hasMessageContaining("bad superblock").hasMessageContaining("/dev/sda is a");
        }
    }

    @Test
    void missesTheSecondDiskOfAVolumeGroup() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "needs the guest debian12-lvm: runs with -Dgodwit.soak=true (nightly, soak)");
        var disks = RealGuest.disks(RealGuest.ova("debian12-lvm"), 512L << 20, 768L << 20);
        try (var machine = new Machine(folder)) {
            assertThatThrownBy(() -> inspect(machine, disks.subList(0, 1), new ArrayList<>())).hasMessageContaining("GUEST_DISK_MISSING")
                    .hasMessageContaining("vg0");
        }
    }

    @Test
    void usesVirtInspectorWhereTheBindingIsMissing() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"),
                "another minute for a way that Debian does not need: runs with -Dgodwit.soak=true (nightly, soak)");
        var settings = ConverterSettings.of(Map.of("godwit.converter.libguestfs.jar", "none"));
        try (var machine = new Machine(folder)) {
            var job = machine.inspect(RealGuest.disks(RealGuest.ova("debian12"), 1200L << 20));

            var guest = new GuestInspection(machine.tools(settings)).inspect(job, _ -> {
            }).guest();

            assertThat(guest.systems()).singleElement().satisfies(system -> {
                assertThat(system.rootDevice()).isEqualTo("/dev/sda1");
                assertThat(system.distribution()).isEqualTo("debian");
                assertThat(system.hostname()).isEqualTo("debian12");
                assertThat(system.virtioDrivers()).isNull();
            });
        }
    }

    @Test
    void refusesADiskThatIsNoneBeforeAnyToolOpensIt() throws Exception {
        var text = Files.writeString(folder.resolve("a.vmdk"), "this is no disk\n".repeat(100));
        try (var machine = new Machine(folder)) {
            var disk = new DiskInput("a", new ExportSpec.Format(new ExportSpec.File(text.toString(), null), DiskFormat.VMDK), 64 << 20,
                    "scsi");

            assertThatThrownBy(() -> inspect(machine, List.of(disk), new ArrayList<>())).hasMessageContaining("IMAGE_DAMAGED");
            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    @Test
    void killsAnApplianceThatSaysNothing() throws Exception {
        var settings = ConverterSettings.of(Map.of("godwit.converter.silence.limit", "PT5S", "godwit.converter.hypervisor",
                hangingHypervisor().toString()));
        try (var machine = new Machine(folder)) {
            var job = machine.inspect(List.of(Machine.raw("a", Machine.sparse(folder.resolve("a.raw"), 64 << 20))));

            assertThatThrownBy(() -> new GuestInspection(machine.tools(settings)).inspect(job, _ -> {
            })).hasMessageContaining("CONVERTER_STALLED")
                    .hasMessageContaining("said nothing for 5 s")
                    .hasMessageContaining("inspect.log");
            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    /// QEMU that answers what libguestfs asks of it, but whose appliance never runs its first instruction.
    private Path hangingHypervisor() throws IOException {
        var script = Files.writeString(folder.resolve("qemu"), """
                #!/bin/sh
                case "$*" in *guestfsd.sock*) exec qemu-system-x86_64 -S "$@" ;; esac
                exec qemu-system-x86_64 "$@"
                """);
        return Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
    }

    @Test
    void refusesAFolderForTheApplianceThatCannotBeMade() throws IOException {
        assertThatThrownBy(() -> inspectAnything(Map.of("godwit.converter.appliance.cache", "/proc/none/folder")))
                .hasMessageContaining("APPLIANCE_NOT_STARTED").hasMessageContaining("/proc/none/folder");
    }

    @Test
    void saysWhyTheApplianceCannotStart() throws IOException {
        var hypervisor = Files.writeString(folder.resolve("qemu"), "#!/bin/sh\necho 'not today' >&2\nexit 3\n");
        Files.setPosixFilePermissions(hypervisor, PosixFilePermissions.fromString("rwxr-xr-x"));

        assertThatThrownBy(() -> inspectAnything(Map.of("godwit.converter.hypervisor", hypervisor.toString())))
                .hasMessageContaining("APPLIANCE_NOT_STARTED").hasMessageContaining(hypervisor.toString());
    }

    @Test
    void refusesWhatLibguestfsDoesNotUnderstandInItsEnvironment() throws IOException {
        assertThatThrownBy(() -> inspectAnything(Map.of("godwit.converter.hypervisor", "/proc/none/qemu")))
                .hasMessageContaining("APPLIANCE_NOT_STARTED").hasMessageContaining("/proc/none/qemu");
    }

    private void inspectAnything(Map<String, String> settings) throws IOException {
        try (var machine = new Machine(folder)) {
            var job = machine.inspect(List.of(Machine.raw("a", Machine.sparse(folder.resolve("a.raw"), 64 << 20))));
            new GuestInspection(machine.tools(ConverterSettings.of(settings))).inspect(job, _ -> {
            });
        }
    }

    private static io.godwit.model.disk.GuestReport inspect(Machine machine, List<DiskInput> disks, List<Phase> steps) {
        return GuestConverterFactory.named(GuestConverterFactory.DEFAULT).open(machine.tools(ConverterSettings.DEFAULT))
                .inspect(machine.inspect(disks), steps::add).guest();
    }
}
