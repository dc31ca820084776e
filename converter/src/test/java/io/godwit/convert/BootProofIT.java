package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.BootReport.Proof;
import io.godwit.model.disk.BootReport.Verdict;
import io.godwit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a real guest writes of its start, read by the real libguestfs: minutes per boot where there is no KVM.
class BootProofIT {
    private static final String GRUB = "/boot/grub/grub.cfg";

    @TempDir
    private Path folder;

    @BeforeEach
    void soakOnly() {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "takes 3 to 6 minutes without KVM: runs with -Dgodwit.soak=true (nightly, soak)");
    }

    @Test
    void provesTheBootOfADebianWithoutSerialConsoleByItsJournal() throws Exception {
        var report = bootQuietDebian(List.of());

        assertThat(report.verdict()).as(report.evidence()).isEqualTo(Verdict.BOOTED);
        assertThat(report.proof()).isEqualTo(Proof.JOURNAL);
        assertThat(report.evidence()).matches("a new boot [0-9a-f]{32} wrote to the guest's journal /var/log/journal/[0-9a-f]{32}/.*");
    }

    @Test
    void provesTheBootOfADebianWithoutJournalByItsWtmp() throws Exception {
        var report = bootQuietDebian(List.of("rmdir /var/log/journal"));

        assertThat(report.verdict()).as(report.evidence()).isEqualTo(Verdict.BOOTED);
        assertThat(report.proof()).isEqualTo(Proof.WTMP);
        assertThat(report.evidence()).contains("/var/log/wtmp");
    }

    /// No Windows is at hand: an NTFS with a log by the published format has to do.
    @Test
    void provesTheBootOfAWindowsByItsEventLogAndByNewRecordsOnly() throws Exception {
        var entries = new ArrayList<>(List.of(new EventLogFile.Entry("Microsoft-Windows-Kernel-General", 12, Instant.EPOCH),
                new EventLogFile.Entry("EventLog", 6005, Instant.EPOCH.plusSeconds(3))));
        var log = Files.write(folder.resolve("System.evtx"), EventLogFile.of(entries));
        try (var machine = new Machine(folder)) {
            var disk = new TinyDisk(machine.supervisor, folder.resolve("windows.raw"), 1, 64).windows(log).image();
            var before = Files.readAllBytes(disk);
            var job = machine.boot(false, 10, List.of(disk));
            var scratch = Files.createDirectories(machine.work.resolve("boot-boot"));
            var overlay = scratch.resolve("disk0.qcow2");
            var _ = machine.supervisor
                    .run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", disk.toString(), overlay.toString()));
            var proof = new BootProof(machine.tools(ConverterSettings.DEFAULT), job, new JobFiles(machine.work.toString()), scratch,
                    KvmProbe.probe(machine.tools(ConverterSettings.DEFAULT)), _ -> {
                    });

            assertThat(proof.look().words()).isEqualTo("no new boot is recorded in /Windows/System32/winevt/Logs/System.evtx");

            entries.add(new EventLogFile.Entry("EventLog", 6005, Instant.parse("2026-11-23T20:00:00Z")));
            Files.write(log, EventLogFile.of(entries));
            TinyDisk.guestfish(machine.supervisor, "qcow2", overlay, "mount", "/dev/sda1", "/", ":", "upload", log.toString(),
                    "/Windows/System32/winevt/Logs/System.evtx", ":", "umount-all");
            var written = Files.readAllBytes(overlay);

            assertThat(proof.look().start()).isNotNull().satisfies(start -> {
                assertThat(start.proof()).isEqualTo(Proof.EVENT_LOG);
                assertThat(start.words()).contains("record 3").contains("event 6005").contains("2026-11-23T20:00:00Z");
            });
            assertThat(Files.readAllBytes(disk)).isEqualTo(before);
            assertThat(Files.readAllBytes(overlay)).isEqualTo(written);
            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    private BootReport bootQuietDebian(List<String> changes) throws IOException, InterruptedException {
        var ova = RealGuest.ova("debian12");
        try (var machine = new Machine(folder)) {
            var disk = quiet(machine, ova, changes);
            var before = digest(machine, disk);

            var report = new BootCheck(machine.tools(ConverterSettings.of(Map.of()))).check(machine.boot(false, 150, List.of(disk)), _ -> {
            }).boot();

            assertThat(digest(machine, disk)).isEqualTo(before);
            assertThat(machine.programsOfOurs()).isEmpty();
            assertThat(Path.of(report.consoleText())).content().doesNotContain("login:");
            return report;
        }
    }

    /// The guest without a word on its serial line: no console=, no login, no unit that speaks there.
    private Path quiet(Machine machine, Path ova, List<String> changes) throws IOException {
        var _ = machine.supervisor.run(Command.of("tar", "-xf", ova.toString(), "-C", folder.toString()).deadline(Duration.ofMinutes(2)));
        var disk = folder.resolve("disk.raw");
        var _ = machine.supervisor
                .run(Command.of("qemu-img", "convert", "-f", "vmdk", "-O", "raw", folder.resolve("debian12-disk1.vmdk").toString(),
                        disk.toString()).deadline(Duration.ofMinutes(2)));
        var menu = folder.resolve("grub.cfg");
        debugfs(machine, disk, List.of("dump " + GRUB + " " + menu));
        var loud = Files.readString(menu);
        assertThat(loud).contains(" console=ttyS0,115200");
        Files.writeString(menu, loud.replace(" console=ttyS0,115200", ""));
        var wants = "/etc/systemd/system/";
        var commands = new ArrayList<>(List.of("rm " + GRUB, "cd /boot/grub", "write " + menu + " grub.cfg",
                "rm " + wants + "getty.target.wants/serial-getty@ttyS0.service",
                "rm " + wants + "multi-user.target.wants/godwit-ready.service"));
        commands.addAll(changes);
        debugfs(machine, disk, commands);
        return disk;
    }

    private void debugfs(Machine machine, Path disk, List<String> commands) throws IOException {
        var script = Files.write(folder.resolve("debugfs"), commands);
        var _ = machine.supervisor.run(Command.of("debugfs", "-w", "-f", script.toString(), disk + "?offset=1048576"));
    }

    private static String digest(Machine machine, Path disk) {
        return machine.supervisor.run(Command.of("sha256sum", disk.toString()).deadline(Duration.ofMinutes(2)));
    }
}
