package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.blockio.BlockFault;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Targets that are files and devices, and who else has them.
class TargetsIT extends TargetFixture {
    /// Behind its end a file reads as nothing but zeroes, and those are what the source has there.
    @ParameterizedTest
    @ValueSource(longs = {1 << 20, SIZE - (1 << 20)})
    void noticesATargetThatIsCutOffMeanwhile(long until) throws IOException {
        Rig.makeVolume(rig.source, SIZE);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            var bytes = new byte[(int) SIZE / 2];
            new Random(8).nextBytes(bytes);
            disk.write(bytes);
        }
        Rig.makeVolume(rig.target, SIZE);
        var disk = rig.disk(rig.sourceFile(), SIZE);
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        copier.limits().machine(8 << 20);
        var cut = new java.util.concurrent.atomic.AtomicBoolean();
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> copier.copy(rig.job(disk), progress -> {
            if (progress.disks().getFirst().transferredBytes() > 2 << 20 && !cut.getAndSet(true)) {
                cutOff(rig.target, until);
            }
        })).satisfies(e -> assertThat(e.fault().is(CopyFault.COPY_TARGET_SIZE_WRONG) || e.fault().is(CopyFault.COPY_VERIFY_MISMATCH)
                || e.fault().is(BlockFault.TARGET_READ_FAILED)).as(e.toString()).isTrue());
        assertThat(cut).isTrue();
    }

    private static void cutOff(Path file, long until) {
        try (var volume = new RandomAccessFile(file.toFile(), "rw")) {
            volume.setLength(until);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private String loopDevice(Path file) {
        try {
            return rig.supervisor.run(Command.of("losetup", "--find", "--show", file.toString())).strip();
        } catch (ChildFailure e) {
            assumeTrue(false, "needs a loop device: " + e.getMessage());
            throw e;
        }
    }

    @Test
    void copiesOntoABlockDeviceThatHoldsOtherBytes() throws IOException {
        var device = loopDevice(rig.target);
        try {
            var report = rig.copy(onto(new TargetSpec.BlockDevice(device, folder.resolve("lock").toString())));
            assertThat(report.verified()).isTrue();
            rig.requireEqual(rig.source, Path.of(device));
        } finally {
            rig.supervisor.run(Command.of("losetup", "--detach", device));
        }
        rig.requireEqual(rig.source, rig.target);
    }

    /// The device promises more than it has, and says so no earlier than in a flush; the kernel says it once. Linux 6.18 takes a write to a loop
    /// device that came to the end of the room half way for a whole one, and its fsync succeeds (20 of 20 tries): what it lost the read-back finds.
    @Test
    void believesNothingOfADeviceThatLostWhatItWasGiven() throws Exception {
        try (var small = SmallVolume.mount(rig.supervisor, folder.resolve("small"), "3m")) {
            Rig.makeVolume(small.resolve("thin"), SIZE);
            believesNothingOf(loopDevice(small.resolve("thin")), small);
        }
    }

    private void believesNothingOf(String device, SmallVolume small) throws IOException {
        try {
            var disk = onto(new TargetSpec.BlockDevice(device, folder.resolve("lock").toString()));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk, Rig.OFTEN))
                    .matches(e -> e.fault().is(BlockFault.TARGET_FLUSH_FAILED) || e.fault().is(BlockFault.TARGET_FULL)
                            || e.fault().is(BlockFault.TARGET_READ_FAILED) // a read past the page cache writes back first, and may be told before
                            || e.fault().is(CopyFault.COPY_VERIFY_MISMATCH),
                            "a flush that failed")
                    .matches(e -> e.fault().retryable());
            small.giveRoom();
            assertThat(copyThoughOldErrorsAreToldLate(disk).verified()).isTrue();
            rig.requireEqual(rig.source, Path.of(device));
        } finally {
            rig.supervisor.run(Command.of("losetup", "--detach", device));
        }
    }

    /// What was written back in vain after the failed flush is told by the next one, of the next run; what nobody told of is found at its end.
    private DiskReport copyThoughOldErrorsAreToldLate(DiskCopy disk) {
        try {
            return rig.copy(disk, Rig.OFTEN);
        } catch (FaultException e) {
            assertThat(e.fault().is(BlockFault.TARGET_FLUSH_FAILED) || e.fault().is(CopyFault.COPY_VERIFY_MISMATCH)).as(e.toString())
                    .isTrue();
            return rig.copy(disk, Rig.OFTEN);
        }
    }

    @Test
    void keepsOffAFileThatQemuHasOpen() throws Exception {
        var qemu = new ProcessBuilder("qemu-io", "-f", "raw", rig.target.toString()).redirectErrorStream(true).start();
        try (var words = qemu.outputWriter()) {
            words.write("length\n");
            words.flush();
            assertThat(qemu.inputReader().readLine()).contains("24 MiB"); // it is open
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(rig.disk(rig.sourceFile(), SIZE)))
                    .matches(e -> e.fault().is(BlockFault.TARGET_IN_USE));
        }
        qemu.waitFor();
        var limited = new DiskCopier(rig.exports, Rig.SETTINGS);
        limited.limits().machine(8 << 20);
        var refused = new java.util.concurrent.atomic.AtomicReference<String>("");
        limited.copy(rig.job(rig.disk(rig.sourceFile(), SIZE)), progress -> {
            if (progress.disks().getFirst().transferredBytes() > 0 && refused.get().isEmpty()) {
                refused.set(writingByQemu());
            }
        });
        assertThat(refused.get()).contains("Failed to get").contains("lock");
        rig.requireEqual(rig.source, rig.target);
    }

    private String writingByQemu() {
        try {
            return rig.supervisor.run(Command.of("qemu-io", "-f", "raw", "-c", "write 0 512", rig.target.toString()));
        } catch (ChildFailure e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void keepsOffADeviceThatIsMounted() throws IOException {
        var mount = Files.createDirectories(folder.resolve("mounted"));
        var device = loopDevice(rig.target);
        try {
            rig.supervisor.run(Command.of("mkfs.ext4", "-q", device));
            rig.supervisor.run(Command.of("mount", device, mount.toString()));
            var disk = onto(new TargetSpec.BlockDevice(device, folder.resolve("lock").toString()));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                    .matches(e -> e.fault().is(BlockFault.TARGET_IN_USE)).withMessageContaining("mounted");
            rig.supervisor.run(Command.of("umount", mount.toString()));
            assertThat(rig.copy(disk).verified()).isTrue();
        } finally {
            rig.supervisor.run(Command.of("losetup", "--detach", device));
        }
    }
}
