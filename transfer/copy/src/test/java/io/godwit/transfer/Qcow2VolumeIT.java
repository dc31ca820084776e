package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.godwit.blockio.BlockFault;
import io.godwit.export.ExportFault;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Volumes in qcow2, judged by qemu-img.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class Qcow2VolumeIT {
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");
    private static final long SIZE = (24 << 20) + 512;
    private static final int UNSTARTED = 2 << 18; // what an image without data has at most

    @TempDir
    Path folder;
    private Rig rig;

    @BeforeEach
    void set() throws IOException {
        rig = new Rig(folder);
        Rig.makeDisk(rig.source, SIZE, 33);
        rig.makeQcow2(SIZE);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    private DiskReport copy(long size) throws IOException {
        return rig.copy(rig.qcow2Disk(new ExportSpec.File(rig.source.toString(), null), size));
    }

    /// The same bytes, and tables without an error or a leak.
    private void requireSound() {
        rig.supervisor.run(Command.of("qemu-img", "check", "-q", rig.qcow2().toString()));
        rig.supervisor
                .run(Command.of("qemu-img", "compare", "-q", "-f", "raw", "-F", "qcow2", rig.source.toString(), rig.qcow2().toString()));
    }

    private void write(String... commands) {
        var all = Command.of("qemu-io", "-f", "qcow2");
        for (var each : commands) {
            all = all.with("-c", each);
        }
        rig.supervisor.run(all.with(rig.qcow2().toString()));
    }

    @Test
    void holdsTheDiskAndItsHoles() throws IOException {
        var report = copy(SIZE);
        assertThat(report.verified()).isTrue();
        assertThat(report.targetRoot()).isEqualTo(report.sourceRoot());
        assertThat(report.zeroBytes()).isPositive();
        requireSound();
        assertThat(rig.allocatedBytes(rig.qcow2())).isLessThan(report.dataBytes() + (2 << 20));
        assertThat(copy(SIZE).resumedBytes()).as("of a job that is finished").isPositive();
    }

    @Test
    void givesBackWhatWasInIt() throws IOException {
        write("write -P 7 0 24M");
        Rig.makeVolume(rig.source, SIZE);
        assertThat(copy(SIZE).verified()).isTrue();
        requireSound();
        assertThat(rig.allocatedBytes(rig.qcow2())).isLessThan(2 << 20);
    }

    @Test
    void takesTheExtentsThatChanged() throws IOException {
        copy(SIZE);
        var extents = List.of(new Extent(1_000_003, 70_000), new Extent(9 << 20, 1 << 20));
        var random = new Random(5);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            for (var extent : extents) {
                var bytes = new byte[(int) extent.length()];
                if (extent.length() < 1 << 20) { // else zeroes
                    random.nextBytes(bytes);
                }
                disk.seek(extent.offset());
                disk.write(bytes);
            }
        }
        var changed = new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), "source-2",
                new TargetSpec.Qcow2File(rig.qcow2().toString(), rig.target + ".lock"), "target-1", SIZE,
                new CopyScope.ChangedExtents(extents));
        assertThat(rig.copy(changed).verified()).isTrue();
        requireSound();
    }

    @Test
    void findsWhatWasWrittenBehindItsBack() throws IOException {
        Rig.makeDisk(rig.source, SIZE, 34);
        copy(SIZE);
        write("write -P 9 12M 512");
        assertFault(CopyFault.COPY_VERIFY_MISMATCH, () -> copy(SIZE))
                .satisfies(e -> assertThat(e.fault().why()).contains("offset 12582912"));
        assertThat(copy(SIZE).resumedBytes()).isZero();
        requireSound();
    }

    /// A VM that somebody has started already.
    @Test
    void refusesOneThatIsInUse() throws IOException {
        var vm = rig.supervisor.start(Command.of("qemu-nbd", "--socket=" + folder.resolve("vm"), "--pid-file=" + folder.resolve("vm.pid"),
                "--persistent", "-f", "qcow2", rig.qcow2().toString()));
        await().until(() -> Files.exists(folder.resolve("vm.pid")));
        assertFault(ExportFault.VOLUME_LOCKED, () -> copy(SIZE)).satisfies(e -> assertThat(e.fault().retryable()).isTrue());
        vm.kill();
        copy(SIZE);
        requireSound();
    }

    @Test
    void refusesWhatIsNoVolume() throws IOException {
        Files.delete(rig.qcow2());
        assertFault(BlockFault.TARGET_MISSING, () -> copy(SIZE));
        Rig.makeVolume(rig.qcow2(), SIZE);
        assertFault(ExportFault.VOLUME_DAMAGED, () -> copy(SIZE));
        Files.delete(rig.qcow2());
        rig.supervisor.run(
                Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", rig.source.toString(), rig.qcow2().toString()));
        assertFault(ExportFault.VOLUME_DAMAGED, () -> copy(SIZE)).satisfies(e -> assertThat(e.fault().why()).contains("backing"));
        Files.delete(rig.qcow2());
        rig.makeQcow2(SIZE + 512);
        assertFault(CopyFault.COPY_TARGET_SIZE_WRONG, () -> copy(SIZE));
    }

    @Test
    void refusesTablesThatAreWrong() throws IOException {
        copy(SIZE);
        try (var image = new RandomAccessFile(rig.qcow2().toFile(), "rw")) {
            image.seek(40); // where the first table is: docs/interop/qcow2.txt
            image.seek(image.readLong());
            image.writeLong(1L << 63 | 1L << 40); // its first entry leads behind the end
        }
        assertFault(ExportFault.VOLUME_DAMAGED, () -> copy(SIZE));
    }

    @Test
    void goesOnWhenThereIsRoomAgain() throws IOException {
        try (var small = SmallVolume.mount(rig.supervisor, folder.resolve("small"), "3m")) {
            var volume = small.resolve("volume.qcow2");
            Files.move(rig.qcow2(), volume);
            var disk = new DiskCopy("disk1", rig.sourceFile(), "s",
                    new TargetSpec.Qcow2File(volume.toString(), folder.resolve("lock").toString()), "t", SIZE);
            assertFault(BlockFault.TARGET_FULL, () -> rig.copy(disk)).matches(e -> e.fault().retryable());
            small.giveRoom();
            rig.copy(disk);
            Files.copy(volume, rig.qcow2());
            requireSound();
        }
    }

    /// Whatever a kill leaves in the image's tables: the next run ends with the same bytes and nothing unused.
    @Test
    @Timeout(value = 40, unit = TimeUnit.MINUTES) // 200 rounds
    void everyKilledCopyEndsIdentical() throws Exception {
        long size = 12 << 20;
        int rounds = SOAK ? 200 : 10;
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        System.out.println("Qcow2VolumeIT kill seed " + seed);
        int inTheMiddle = 0;
        int goneOn = 0;
        for (int round = 0; round < rounds; round++) {
            var random = new Random(seed + round);
            Rig.makeDisk(rig.source, size, seed + round);
            Files.deleteIfExists(rig.qcow2());
            rig.makeQcow2(size);
            Files.deleteIfExists(folder.resolve("copy/disk1.checkpoint"));
            for (int kill = 0; kill < 2; kill++) {
                var child = copierProcess(size, 200);
                await().pollInterval(Duration.ofMillis(20))
                        .until(() -> !child.isAlive() || rig.allocatedBytes(rig.qcow2()) > UNSTARTED || random.nextInt(30) == 0);
                if (child.waitFor(random.nextInt(1400), TimeUnit.MILLISECONDS)) {
                    assertThat(child.exitValue()).as("seed %d", seed + round).isZero();
                    break;
                }
                child.destroyForcibly().waitFor();
                inTheMiddle += rig.allocatedBytes(rig.qcow2()) > UNSTARTED ? 1 : 0;
            }
            var disk = rig.qcow2Disk(new ExportSpec.File(rig.source.toString(), null), size);
            var report = copyWhenUnlocked(disk);
            assertThat(report.verified()).as("seed %d", seed + round).isTrue();
            goneOn += report.resumedBytes() > 0 && report.resumedBytes() < report.dataBytes() ? 1 : 0;
            requireSound();
        }
        System.out.println("copies onto qcow2 that went on in their middle: " + goneOn + " of " + rounds);
        assertThat(inTheMiddle).isGreaterThan(rounds / 4);
        if (SOAK) { // about a third; of ten rounds it may be none, and aKilledCopyGoesOnWhereItWas is certain
            assertThat(goneOn).isGreaterThan(rounds / 5);
        }
    }

    @Test
    void aKilledCopyGoesOnWhereItWas() throws Exception {
        long size = 256 << 20; // half of it data
        Rig.makeDisk(rig.source, size, 3);
        Files.delete(rig.qcow2());
        rig.makeQcow2(size);
        var child = copierProcess(size, 10);
        await().atMost(60, TimeUnit.SECONDS).pollInterval(Duration.ofMillis(20))
                .until(() -> rig.allocatedBytes(rig.qcow2()) > 90 << 20 && Files.exists(folder.resolve("copy/disk1.checkpoint")));
        child.destroyForcibly().waitFor();
        assertThat(folder.resolve("done")).doesNotExist();
        var disk = rig.qcow2Disk(CopierProcess.slow(rig, 10), size);
        assertThat(copyWhenUnlocked(disk).resumedBytes()).isGreaterThan((90 << 20) - (64 << 20) - (8 << 20));
        requireSound();
    }

    /// The daemon of a killed copier has the volume for some moments more.
    private DiskReport copyWhenUnlocked(DiskCopy disk) {
        return await().ignoreExceptionsMatching(e -> e instanceof FaultException fault && fault.fault().is(ExportFault.VOLUME_LOCKED))
                .until(() -> rig.copy(disk), _ -> true);
    }

    private Process copierProcess(long size, int delay) throws IOException {
        var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        return new ProcessBuilder(java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto", "-cp",
                System.getProperty("java.class.path"), CopierProcess.class.getName(), folder.toString(), Long.toString(size),
                Integer.toString(delay), "qcow2")
                .redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.appendTo(folder.resolve("child.log").toFile())).start();
    }

    private static org.assertj.core.api.ThrowableAssertAlternative<FaultException> assertFault(FaultCode code,
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return assertThatExceptionOfType(FaultException.class).isThrownBy(call)
                .satisfies(e -> assertThat(e.fault().is(code)).as(e.toString()).isTrue());
    }
}
