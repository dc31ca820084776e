package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.BootReport.Verdict;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Boots disks of a few bytes of machine code in a real QEMU.
class BootCheckIT {
    @TempDir
    private Path folder;

    @Test
    void seesALoginPromptAndLeavesTheVolumeAlone() throws Exception {
        var disk = disk(BootSector.saying("\r\nguest login: "));
        var before = Files.readAllBytes(disk);

        var report = boot(disk, false, 60);

        assertThat(report.verdict()).isEqualTo(Verdict.BOOTED);
        assertThat(report.proof()).isEqualTo(BootReport.Proof.CONSOLE);
        assertThat(report.evidence()).isEqualTo("guest login:");
        assertThat(Path.of(report.consoleText())).content(StandardCharsets.ISO_8859_1).contains("guest login: ");
        assertThat(Files.readAllBytes(disk)).isEqualTo(before);
        assertThat(Files.exists(folder.resolve("work/boot-boot"))).as("scratch folder").isFalse();
    }

    @Test
    void seesAPanicAndKeepsAPicture() throws Exception {
        var report = boot(disk(BootSector.saying("\r\nKernel panic - not syncing: VFS\r\n")), false, 60);

        assertThat(report.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(report.screendump()).isNotNull()
                .satisfies(picture -> assertThat(Files.readAllBytes(Path.of(picture))).startsWith(0x89, 'P', 'N', 'G'));
    }

    @Test
    void seesADiskThatCannotBoot() throws Exception {
        var report = boot(Machine.sparse(folder.resolve("empty.raw"), 1 << 20), false, 60);

        assertThat(report.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(report.evidence()).startsWith("No bootable device");
    }

    @Test
    void seesUefiFirmwareWithoutABootOption() throws Exception {
        var report = boot(Machine.sparse(folder.resolve("empty.raw"), 1 << 20), true, 180);

        assertThat(report.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(report.evidence()).containsAnyOf("No bootable option", "UEFI Interactive Shell");
    }

    @Test
    void provesNothingOfASilentGuest() throws Exception {
        try (var machine = new Machine(folder)) {
            var settings = ConverterSettings.of(Map.of("godwit.converter.libguestfs.jar", "none")); // with it: BootProofIT
            var report = new BootCheck(machine.tools(settings)).check(machine.boot(false, 8, List.of(disk(BootSector.silent()))), _ -> {
            }).boot();

            assertThat(report.verdict()).isEqualTo(Verdict.UNPROVEN);
            assertThat(report.evidence()).contains("within 8 s").contains("was not read: libguestfs's Java binding is not installed");
            assertThat(report.screendump()).isNotNull();
            assertThat(report.proof()).isNull();
        }
    }

    @Test
    void takesASwitchedOffMachineForFailed() throws Exception {
        var report = boot(disk(BootSector.switchingOff()), false, 60);

        assertThat(report.verdict()).isEqualTo(Verdict.FAILED);
        assertThat(report.evidence()).contains("switched itself off");
    }

    @Test
    void keepsTheEvidenceWhenQemuIsKilled() throws Exception {
        try (var machine = new Machine(folder)) {
            var check = CompletableFuture.supplyAsync(
                    () -> machine.bootCheck().check(machine.boot(false, 120, List.of(disk(BootSector.silent()))), _ -> {
                    }));
            var picture = folder.resolve("work/evidence/screen.png");
            until(() -> Files.exists(picture));

            machine.programsOfOurs().stream().filter(process -> process.info().command().orElse("").contains("qemu-system"))
                    .forEach(ProcessHandle::destroyForcibly);

            assertThatThrownBy(() -> check.get(30, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("CONVERTER_KILLED");
            assertThat(picture).exists();
            assertThat(folder.resolve("work/evidence/console.txt")).content(StandardCharsets.ISO_8859_1).contains("SeaBIOS");
            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    @Test
    void endsQemuWhenItIsInterrupted() throws Exception {
        try (var machine = new Machine(folder)) {
            var thread = Thread.ofPlatform().start(() -> assertThatThrownBy(
                    () -> machine.bootCheck().check(machine.boot(false, 120, List.of(disk(BootSector.silent()))), _ -> {
                    })).hasMessageContaining("CONVERTER_INTERRUPTED"));
            until(() -> !machine.programsOfOurs().isEmpty());

            thread.interrupt();
            assertThat(thread.join(java.time.Duration.ofSeconds(30))).isTrue();

            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    private BootReport boot(Path disk, boolean uefi, int seconds) {
        try (var machine = new Machine(folder)) {
            var report = machine.bootCheck().check(machine.boot(uefi, seconds, List.of(disk)), _ -> {
            }).boot();
            assertThat(machine.programsOfOurs()).isEmpty();
            return report;
        }
    }

    private Path disk(byte[] sector) {
        try {
            return Files.write(folder.resolve("disk.raw"), Arrays.copyOf(sector, 1 << 20));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void until(java.util.function.BooleanSupplier condition) throws TimeoutException {
        var deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadline > 0) {
                throw new TimeoutException("it did not come to that within a minute");
            }
            java.util.concurrent.locks.LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(20));
        }
    }
}
