package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.RetrySettings;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.ReadBack;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyShare;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Targets of every kind, and copies of a part of a disk.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class TargetsIT {
    private static final long SIZE = 24 << 20;
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");

    @TempDir
    Path folder;
    private Rig rig;

    @BeforeEach
    void set() throws IOException {
        rig = new Rig(folder);
        Rig.makeDisk(rig.source, SIZE, 21);
        fill(rig.target, SIZE);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    /// Old bytes everywhere: what is zero in the source must become zero.
    private static void fill(Path file, long size) throws IOException {
        var bytes = new byte[(int) size];
        new Random(9).nextBytes(bytes);
        Files.write(file, bytes);
    }

    private DiskCopy onto(TargetSpec target) throws IOException {
        return new DiskCopy("disk1", rig.sourceFile(), "source-1", target, "target-1", SIZE);
    }

    private TargetSpec served(List<String> words) {
        var socket = folder.resolve("t");
        var pid = folder.resolve("t.pid");
        var command = new ArrayList<>(List.of("nbdkit", "-f", "--unix", socket.toString(), "--pidfile", pid.toString()));
        command.addAll(words);
        rig.supervisor.start(Command.of(command));
        org.awaitility.Awaitility.await().until(() -> Files.exists(pid));
        return new TargetSpec.Nbd(URI.create("nbd+unix:///?socket=" + socket));
    }

    @ParameterizedTest
    @ValueSource(strings = {"file", "--filter=multi-conn file multi-conn-mode=disable", "--filter=nozero file",
            "--filter=blocksize-policy file blocksize-minimum=4096 blocksize-preferred=4096 blocksize-maximum=65536 blocksize-error-policy=error"})
    void copiesOntoAnNbdServerThatHoldsOtherBytes(String words) throws IOException {
        var command = new ArrayList<>(List.of(words.split(" ")));
        command.add("file=" + rig.target);
        var report = rig.copy(onto(served(command)));
        rig.requireEqual(rig.source, rig.target);
        assertThat(report.verified()).isTrue();
        assertThat(report.readBack()).isEqualTo(ReadBack.SERVER);
    }

    @Test
    void skipsTheZeroesOfAnNbdServerThatSaysItIsEmpty() throws IOException {
        var target = served(List.of("--filter=stats", "memory", "size=" + SIZE, "statsfile=" + folder.resolve("stats")));
        var report = rig.copy(onto(target));
        assertThat(report.verified()).isTrue();
        rig.supervisor.close(); // the statistics come at its end
        assertThat(folder.resolve("stats")).content().contains("write:").doesNotContain("zero:");
    }

    @Test
    void refusesAnNbdServerThatIsReadOnly() throws IOException {
        var disk = onto(served(List.of("--readonly", "file", "file=" + rig.target)));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .matches(e -> e.fault().is(BlockFault.TARGET_READ_ONLY));
    }

    @Test
    void saysThatAnNbdServerIsFull() throws IOException {
        var disk = onto(served(List.of("--filter=error", "memory", "size=" + SIZE, "error-pwrite=ENOSPC", "error-pwrite-rate=100%")));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(BlockFault.TARGET_FULL.name()));
    }

    @Test
    void saysThatAnNbdServerCannotFlush() throws IOException {
        var disk = onto(served(List.of("eval", "get_size=echo " + SIZE, "pread=head -c $3 /dev/zero", "pwrite=cat >/dev/null",
                "can_write=exit 0", "can_flush=exit 0", "flush=echo EIO gone >&2; exit 1")));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(BlockFault.NBD_WRITE_FAILED.name()));
    }

    @Test
    void goesOnWhenItsServerComesBack() throws IOException {
        Rig.makeVolume(rig.target, SIZE);
        var words = List.of("--filter=delay", "file", "file=" + rig.target, "delay-write=30ms");
        var target = served(words);
        var patient = new CopySettings(Rig.SETTINGS.nbd().retry(RetrySettings.DEFAULT), 64 << 10, 64 << 20, 2, "XXH3-128")
                .saving(256 << 10, Duration.ofMillis(20));
        var gone = new java.util.concurrent.atomic.AtomicBoolean();
        var copier = new DiskCopier(rig.exports, patient);
        copier.limits().machine(4 << 20); // so that it is not over before progress is told
        var report = copier.copy(rig.job(onto(target)), progress -> {
            // so much that some of it was saved before, however slow the flushes are
            if (progress.disks().getFirst().transferredBytes() > 3 << 20 && !gone.getAndSet(true)) {
                assertThat(progress.disks().getFirst().doneBytes()).isLessThan(SIZE);
                rig.supervisor.run(Command.of("sh", "-c", "kill -9 $(cat \"$0\"); rm \"$0\" \"$1\"", folder.resolve("t.pid").toString(),
                        folder.resolve("t").toString()));
                served(words);
            }
        }).disks().getFirst();
        assertThat(gone).isTrue();
        assertThat(report.verified()).isTrue();
        assertThat(report.resumedBytes()).isPositive();
        assertThat(report.dataBytes() + report.zeroBytes()).isEqualTo(SIZE);
        rig.requireEqual(rig.source, rig.target);
    }

    /// To flush, or to make zeroes, may take a disk long.
    @Test
    void waitsLongerForAFlushThanForARead() throws IOException {
        var store = folder.resolve("store");
        Rig.makeVolume(store, SIZE);
        var disk = onto(
                served(List.of("eval", "get_size=echo " + SIZE, "pread=dd if=" + store + " skip=$4 count=$3 iflag=count_bytes,skip_bytes",
                        "pwrite=dd of=" + store + " seek=$4 conv=notrunc oflag=seek_bytes", "can_write=exit 0", "can_flush=exit 0",
                        "flush=sleep 2")));
        assertThat(rig.copy(disk, Rig.SETTINGS.stallLimit(Duration.ofMillis(700))).verified()).isTrue();
        rig.requireEqual(rig.source, store);
    }

    @Test
    void blamesTheTargetForItsServersSilence() throws Exception {
        var target = served(List.of("--filter=delay", "file", "file=" + rig.target, "delay-write=100ms"));
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS.stallLimit(Duration.ofSeconds(1)));
        var stopped = new java.util.concurrent.atomic.AtomicBoolean();
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> copier.copy(rig.job(onto(target)), progress -> {
            if (progress.disks().getFirst().transferredBytes() > 0 && !stopped.getAndSet(true)) {
                rig.supervisor.run(Command.of("sh", "-c", "kill -STOP $(cat \"$0\")", folder.resolve("t.pid").toString()));
            }
        })).satisfies(e -> assertThat(e.fault().is(BlockFault.TARGET_SERVER_LOST)).as(e.toString()).isTrue());
        assertThat(stopped).isTrue();
    }

    @Test
    void blamesTheTargetForItsServersDeath() throws IOException {
        var disk = onto(served(List.of("eval", "get_size=echo " + SIZE, "pread=head -c $3 /dev/zero",
                "pwrite=kill -9 $(cat " + folder.resolve("t.pid") + ")", "can_write=exit 0")));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(BlockFault.TARGET_SERVER_LOST.name()))
                .satisfies(e -> assertThat(e.fault().retryable()).isTrue());
    }

    @Test
    void blamesTheTargetForWhatCannotBeReadBack() throws IOException {
        var disk = onto(served(List.of("--filter=error", "memory", "size=" + SIZE, "error-pread=EIO", "error-pread-rate=100%")));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(BlockFault.TARGET_READ_FAILED.name()));
    }

    @Test
    void blamesTheTargetForAServerThatIsNotThere() throws IOException {
        var disk = onto(new TargetSpec.Nbd(URI.create("nbd+unix:///?socket=" + folder.resolve("nobody"))));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(BlockFault.TARGET_SERVER_UNREACHABLE.name()));
    }

    @Test
    void readsBackWhileTheCopyGoesOn() throws IOException {
        long size = 96 << 20;
        fill(rig.source, size);
        Rig.makeVolume(rig.target, size);
        var disk = rig.disk(rig.sourceFile(), size);
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        copier.limits().machine(32 << 20);
        var behind = new java.util.concurrent.atomic.AtomicLong();
        var report = copier.copy(rig.job(disk), progress -> {
            var now = progress.disks().getFirst();
            if (now.doneBytes() < size) {
                behind.set(now.verifiedBytes());
            }
        }).disks().getFirst();
        assertThat(behind.get()).as("bytes read back before the last was written").isBetween(1L, size);
        assertThat(report.verified()).isTrue();
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void endsACopyWhoseTargetLosesWhatItWasGiven() throws IOException {
        long size = 400 << 20;
        Rig.makeVolume(rig.source, size);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            for (long at = 0; at < size; at += 4096) { // no hole in it
                disk.seek(at);
                disk.write(1);
            }
        }
        var target = served(List.of("eval", "get_size=echo " + size, "pread=head -c $3 /dev/zero", "pwrite=cat >/dev/null",
                "can_write=exit 0", "can_multi_conn=exit 0", "can_flush=exit 0", "flush=exit 0"));
        var disk = new DiskCopy("disk1", rig.sourceFile(), "source-1", target, "target-1", size);
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        var done = new java.util.concurrent.atomic.AtomicLong();
        copier.limits().machine(64 << 20);
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> copier.copy(rig.job(disk), progress -> done.set(progress.disks().getFirst().doneBytes())))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(CopyFault.COPY_VERIFY_MISMATCH.name()));
        assertThat(done.get()).isLessThan(size);
        assertThat(folder.resolve("copy/disk1.checkpoint")).doesNotExist();
    }

    /// Zeroes that were made are bytes too: success without their flush could be lost with the power.
    @Test
    void flushesATargetOfNothingButZeroes() throws IOException {
        Rig.makeVolume(rig.source, SIZE);
        var once = folder.resolve("flushed-once");
        var disk = onto(served(List.of("eval", "get_size=echo " + SIZE, "pread=head -c $3 /dev/zero", "pwrite=cat >/dev/null",
                "can_write=exit 0", "can_flush=exit 0",
                "flush=if [ -e " + once + " ]; then echo EIO gone >&2; exit 1; fi; touch " + once)));
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(BlockFault.NBD_WRITE_FAILED.name()));
    }

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

    /// Zeroes cost time where a target has to write them: those of a killed run are not made anew.
    @Test
    void makesTheZeroesOfAKilledCopyOnce() throws Exception {
        long size = 1L << 40;
        Rig.makeVolume(rig.source, size);
        change(1 << 20, new byte[]{1});
        var log = folder.resolve("requests");
        var target = served(List.of("--filter=log", "--filter=delay", "data", "data=@0x100000 2", "size=" + size, "logfile=" + log,
                "delay-zero=50ms"));
        var address = ((TargetSpec.Nbd) target).uri();
        var child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), CopierProcess.class.getName(), folder.toString(), Long.toString(size), "0",
                address.toString()).redirectErrorStream(true).redirectOutput(folder.resolve("child.log").toFile()).start();
        org.awaitility.Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> zeroRequests(log) > 1000 || !child.isAlive());
        child.destroyForcibly().waitFor();
        long before = zeroRequests(log);
        assertThat(before).as(Files.readString(folder.resolve("child.log"))).isBetween(1000L, 3500L);
        var report = rig.copy(new DiskCopy("disk1", CopierProcess.slow(rig, 0), "source-1", target, "target-1", size), Rig.OFTEN);
        assertThat(report.verified()).isTrue();
        assertThat(zeroRequests(log)).as("of 256 MiB each, " + before + " of them before the kill").isLessThan(4096 + 300);
    }

    private static long zeroRequests(Path log) throws IOException {
        try (var lines = Files.lines(log)) {
            return lines.filter(line -> line.contains(" Zero ") && !line.contains("...Zero")).count();
        }
    }

    /// What was not flushed is lost in any part, at any moment; what has a bit in the checkpoint was flushed.
    @Test
    @Timeout(value = 20, unit = TimeUnit.MINUTES) // 200 rounds
    void everyCopyWhoseTargetLosesItsPowerEndsIdentical() throws Exception {
        int rounds = SOAK ? 200 : 20;
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        System.out.println("power cut seed " + seed);
        int size = 6 << 20;
        int goneOn = 0;
        long cuts = 0;
        for (int round = 0; round < rounds; round++) {
            var random = new Random(seed + round);
            Rig.makeDisk(rig.source, size, seed + round);
            var before = new byte[size];
            random.nextBytes(before);
            Files.deleteIfExists(folder.resolve("copy/disk1.checkpoint"));
            try (var server = new PowerCutServer(folder.resolve("cut"), before, random)) {
                var disk = new DiskCopy("disk1", rig.sourceFile(), "source-1", new TargetSpec.Nbd(server.uri()), "target-1", size);
                for (int cut = 0; cut < 3; cut++) {
                    server.start(1 + random.nextInt(70));
                    copyUntilItIsLost(disk);
                }
                server.start(Long.MAX_VALUE);
                var report = rig.copy(disk, Rig.OFTEN);
                assertThat(report.verified()).as("seed %d", seed + round).isTrue();
                assertThat(server.content()).as("seed %d", seed + round).isEqualTo(Files.readAllBytes(rig.source));
                cuts += server.cuts(); // none where each copy had ended before
                goneOn += report.resumedBytes() > 0 && report.resumedBytes() < report.dataBytes() ? 1 : 0;
            }
        }
        System.out.println("copies that went on in their middle: " + goneOn + " of " + rounds + "; power cuts: " + cuts);
        assertThat(cuts).isGreaterThan(rounds);
        assertThat(goneOn).isGreaterThanOrEqualTo(rounds / 3);
    }

    private void copyUntilItIsLost(DiskCopy disk) {
        try {
            rig.copy(disk, Rig.OFTEN);
        } catch (FaultException e) {
            assertThat(e.fault().is(BlockFault.TARGET_SERVER_LOST)).as(e.toString()).isTrue();
        }
    }

    @Test
    void refusesExtentsThatTheDiskDoesNotHave() throws IOException {
        for (var extent : List.of(new Extent(SIZE - 10, 11), new Extent(SIZE + 4096, 1))) {
            var disk = rig.disk(rig.sourceFile(), SIZE).scope(new CopyScope.ChangedExtents(List.of(extent)));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk))
                    .satisfies(e -> assertThat(e.fault().code()).isEqualTo(CopyFault.COPY_EXTENTS_OUTSIDE.name()))
                    .satisfies(e -> assertThat(e.fault().why()).contains(Long.toString(extent.offset())));
        }
    }

    @Test
    void copiesOntoABlockDeviceThatHoldsOtherBytes() throws IOException {
        String device;
        try {
            device = rig.supervisor.run(Command.of("losetup", "--find", "--show", rig.target.toString())).strip();
        } catch (ChildFailure e) {
            assumeTrue(false, "needs a loop device: " + e.getMessage());
            return;
        }
        try {
            var report = rig.copy(onto(new TargetSpec.BlockDevice(device, folder.resolve("lock").toString())));
            assertThat(report.verified()).isTrue();
            rig.requireEqual(rig.source, Path.of(device));
        } finally {
            rig.supervisor.run(Command.of("losetup", "--detach", device));
        }
        rig.requireEqual(rig.source, rig.target);
    }

    /// The device promises more than it has, and says so no earlier than in a flush; the kernel says it once.
    @Test
    void believesNothingOfADeviceThatLostWhatItWasGiven() throws Exception {
        var mount = Files.createDirectories(folder.resolve("small"));
        String device;
        try {
            rig.supervisor.run(Command.of("mount", "-t", "tmpfs", "-o", "size=3m", "none", mount.toString()));
            Rig.makeVolume(mount.resolve("thin"), SIZE);
            device = rig.supervisor.run(Command.of("losetup", "--find", "--show", mount.resolve("thin").toString())).strip();
        } catch (ChildFailure e) {
            assumeTrue(false, "needs a loop device and the right to mount: " + e.getMessage());
            return;
        }
        try {
            var disk = onto(new TargetSpec.BlockDevice(device, folder.resolve("lock").toString()));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk, Rig.OFTEN))
                    .matches(e -> e.fault().is(BlockFault.TARGET_FLUSH_FAILED) || e.fault().is(BlockFault.TARGET_FULL)
                            || e.fault().is(BlockFault.TARGET_READ_FAILED), // a read past the page cache writes back first, and may be told before
                            "a flush that failed")
                    .matches(e -> e.fault().retryable());
            rig.supervisor.run(Command.of("mount", "-o", "remount,size=64m", mount.toString()));
            assertThat(copyThoughOldErrorsAreToldLate(disk).verified()).isTrue();
            rig.requireEqual(rig.source, Path.of(device));
        } finally {
            rig.supervisor.run(Command.of("losetup", "--detach", device));
            rig.supervisor.run(Command.of("umount", mount.toString()));
        }
    }

    /// What was written back in vain after the failed flush is told by the next one, of the next run.
    private DiskReport copyThoughOldErrorsAreToldLate(DiskCopy disk) {
        try {
            return rig.copy(disk, Rig.OFTEN);
        } catch (FaultException e) {
            assertThat(e.fault().is(BlockFault.TARGET_FLUSH_FAILED)).as(e.toString()).isTrue();
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
        String device;
        var mount = Files.createDirectories(folder.resolve("mounted"));
        try {
            device = rig.supervisor.run(Command.of("losetup", "--find", "--show", rig.target.toString())).strip();
        } catch (ChildFailure e) {
            assumeTrue(false, "needs a loop device: " + e.getMessage());
            return;
        }
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

    @Test
    void writesChangedExtentsAndNothingElse() throws IOException {
        Rig.makeVolume(rig.target, SIZE);
        rig.copy(rig.disk(rig.sourceFile(), SIZE));
        var extents = new ArrayList<Extent>();
        var random = new Random(31);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            for (int i = 0; i < 60; i++) {
                var bytes = new byte[1 + random.nextInt(300_000)];
                if (i % 3 > 0) { // else zeroes, written or punched
                    random.nextBytes(bytes);
                }
                var extent = new Extent(random.nextLong(SIZE - bytes.length), bytes.length);
                disk.seek(extent.offset());
                disk.write(bytes);
                extents.add(extent);
            }
        }
        var kept = new Extent(SIZE - 1, 1); // changed in the source, and not named: must stay as it was
        byte before;
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw"); var volume = new RandomAccessFile(rig.target.toFile(), "r")) {
            volume.seek(kept.offset());
            before = volume.readByte();
            disk.seek(kept.offset());
            disk.write(before + 1);
        }
        var changed = new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), "source-2",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"),
                "target-1", SIZE, new CopyScope.ChangedExtents(extents));
        var report = rig.copy(changed);
        assertThat(report.verified()).isTrue();
        assertThat(report.dataBytes()).isLessThan(SIZE);
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            disk.seek(kept.offset());
            disk.write(before);
        }
        rig.requireEqual(rig.source, rig.target);
        assertThat(rig.copy(changed.scope(new CopyScope.ChangedExtents(extents.subList(0, 5)))).resumedBytes()).as("another list").isZero();
    }

    private DiskReport compare(String job, String identity) {
        var disk = new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), identity,
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", SIZE, new CopyScope.Differences());
        var order = new WorkerJob.Copy(new JobName(job), folder.toString(), List.of(), List.of(disk), CopyOptions.DEFAULT);
        return new DiskCopier(rig.exports, Rig.SETTINGS).copy(order, _ -> {
        }).disks().getFirst();
    }

    private void change(long at, byte[] bytes) throws IOException {
        try (var disk = new RandomAccessFile(rig.source.toFile(), "rw")) {
            disk.seek(at);
            disk.write(bytes);
        }
    }

    @Test
    void sendsOnlyWhatDiffersFromTheLastPass() throws IOException {
        var first = compare("pass-1", "s1"); // of a target that nothing is known of
        rig.requireEqual(rig.source, rig.target);
        assertThat(first.unchangedBytes()).isZero();
        change(5_000_000, new byte[]{1, 2, 3});
        change(9_000_000, new byte[400_000]); // zeroes
        change(12_000_000, new byte[]{7});
        var second = compare("pass-2", "s2");
        rig.requireEqual(rig.source, rig.target);
        assertThat(second.verified()).isTrue();
        assertThat(second.dataBytes()).isLessThanOrEqualTo(6 * 65536);
        assertThat(second.unchangedBytes()).isPositive();
        assertThat(compare("pass-3", "s3").dataBytes()).isZero();
    }

    @Test
    void doesNotCompareWithAPassThatAnotherJobHasFollowed() throws IOException {
        compare("pass-1", "s1");
        var before = Files.readAllBytes(rig.source);
        change(5_000_000, new byte[]{1, 2, 3});
        rig.copy(new DiskCopy("disk1", new ExportSpec.File(rig.source.toString(), null), "s2",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", SIZE,
                new CopyScope.ChangedExtents(List.of(new Extent(5_000_000, 3)))));
        Files.write(rig.source, before); // as it was in the pass whose digests would be wrong now
        var after = compare("pass-3", "s3");
        rig.requireEqual(rig.source, rig.target);
        assertThat(after.unchangedBytes()).isZero();
    }

    @Test
    void doesNotCompareWithAPassThatWasNotFinished() throws IOException {
        compare("pass-1", "s1");
        change(5_000_000, new byte[]{1, 2, 3});
        try (var volume = new RandomAccessFile(rig.target.toFile(), "rw")) { // found by the read-back, since it is not written again
            volume.seek(20_000_000);
            volume.write(volume.read() ^ 1);
        }
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> compare("pass-2", "s2"))
                .matches(e -> e.fault().is(CopyFault.COPY_VERIFY_MISMATCH));
        assertThat(compare("pass-3", "s3").unchangedBytes()).isZero();
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void writesAnOverlayOntoTheVolumeThatItLiesOver() throws IOException {
        Files.copy(rig.source, rig.target, StandardCopyOption.REPLACE_EXISTING);
        var overlay = folder.resolve("overlay.qcow2");
        rig.supervisor.run(Command.of("qemu-img", "create", "-f", "qcow2", "-b", rig.target.toString(), "-F", "raw", overlay.toString()));
        var changes = List.of("-c", "write -P 99 123456 300000", "-c", "write -z 10M 5M", "-c", "discard 20M 1M");
        for (var image : List.of(List.of("qcow2", overlay.toString()), List.of("raw", rig.source.toString()))) {
            var words = new ArrayList<>(List.of("qemu-io", "-f", image.getFirst()));
            words.addAll(changes);
            words.add(image.getLast());
            rig.supervisor.run(Command.of(words));
        }
        try (var base = rig.exports.open(new ExportSpec.File(rig.target.toString(), null))) {
            rig.supervisor.run(
                    Command.of("qemu-img", "rebase", "-u", "-f", "qcow2", "-F", "raw", "-b", base.uri().toString(), overlay.toString()));
        }
        var disk = new DiskCopy("disk1", new ExportSpec.Overlay(new ExportSpec.File(rig.target.toString(), null), "overlay.qcow2"),
                "overlay-1",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", SIZE, new CopyScope.TopLayer());
        var report = rig.copy(disk);
        assertThat(report.verified()).isTrue();
        assertThat(report.dataBytes()).isBetween(300_000L, 1L << 20);
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void aLimitHoldsACopyBackUntilItIsLifted() throws Exception {
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        var disk = rig.disk(rig.sourceFile(), SIZE);
        copier.limits().set(new CopyShare(1, 0, 0, Map.of())); // one block, then a day of waiting
        var moved = new java.util.concurrent.atomic.AtomicLong();
        var told = new java.util.concurrent.CountDownLatch(3);
        var copying = java.util.concurrent.CompletableFuture.supplyAsync(() -> copier.copy(rig.job(disk), progress -> {
            moved.set(progress.disks().getFirst().transferredBytes());
            told.countDown();
        }));
        assertThat(told.await(30, TimeUnit.SECONDS)).isTrue();
        assertThat(moved.get()).isLessThanOrEqualTo(3 * 65536); // each of three threads may overdraw it once
        copier.limits().set(new CopyShare(0, 0, 0, Map.of("disk1", new CopyShare.Rate(1 << 30, 100_000))));
        assertThat(copying.get(60, TimeUnit.SECONDS).disks().getFirst().verified()).isTrue();
        rig.requireEqual(rig.source, rig.target);
    }

    /// By what the source's server has logged: not beyond the limit, and in the long run not below it.
    @ParameterizedTest
    @ValueSource(strings = {"bytes", "requests", "bytes of the disk", "requests of the disk"})
    void limitsAreExact(String which) throws IOException {
        int seconds = SOAK ? 20 : 3;
        var rate = which.startsWith("bytes") ? new CopyShare.Rate(16 << 20, 0) : new CopyShare.Rate(0, 256);
        int length = 64 << 10; // 256 of them are 16 MiB
        long size = (long) seconds << 24;
        Rig.makeVolume(rig.target, size);
        var log = folder.resolve("requests");
        var source = new ExportSpec.Nbdkit("pattern", Map.of("size", Long.toString(size), "logfile", log.toString()), Map.of(),
                List.of("log"));
        var settings = new CopySettings(new NbdSettings(2, 8, length, Duration.ofSeconds(20)), length, 64 << 20, 1, "XXH3-128");
        var copier = new DiskCopier(rig.exports, settings);
        copier.limits().set(which.endsWith("disk")
                ? new CopyShare(0, 0, 0, Map.of("disk1", rate))
                : new CopyShare(rate.bytesPerSecond(), rate.requestsPerSecond(), 0, Map.of()));
        assertThat(copier.copy(rig.job(rig.disk(source, size)), _ -> {
        }).disks().getFirst().verified()).isTrue();
        List<Double> reads;
        try (var lines = Files.lines(log)) {
            reads = lines.filter(line -> line.contains(" Read ") && line.contains("count=0x" + Integer.toHexString(length)))
                    .map(line -> java.time.LocalTime.parse(line.substring(11, 26)).toNanoOfDay() / 1e9).toList();
        }
        assertThat(reads).hasSize((int) (size / length));
        double perSecond = (reads.size() - 1) / (reads.getLast() - reads.getFirst());
        System.out.println(which + ": " + perSecond + " reads per second of 256");
        assertThat(perSecond).isBetween(SOAK ? 256 * 0.98 : 1, 256 * (SOAK ? 1.02 : 1.1));
    }

    /// Its reads wait for writes, and not for their source.
    @Test
    void aSlowTargetIsNotTakenForASlowSource() throws IOException {
        var target = served(List.of("--filter=delay", "file", "file=" + rig.target, "delay-write=600ms"));
        assertThat(readsAllowedAfter(onto(target), 400)).isEqualTo(64);
    }

    @Test
    void aSourceThatIsSlowedDownByReadsGetsFewer() throws IOException {
        Rig.makeVolume(rig.target, SIZE);
        var queueing = rig.filtered(List.of("rate"), "rate", "16M"); // bits per second: a block takes 33 ms, and waits for those before it
        assertThat(readsAllowedAfter(rig.disk(queueing, SIZE), 40)).isEqualTo(1);
    }

    private int readsAllowedAfter(DiskCopy disk, long longestReadMillis) throws IOException {
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        copier.limits().set(new CopyShare(0, 0, longestReadMillis, Map.of()));
        assertThat(copier.copy(rig.job(disk), _ -> {
        }).disks().getFirst().verified()).isTrue();
        rig.requireEqual(rig.source, rig.target);
        return copier.limits().of(disk.key()).guard().allowed(64);
    }

    @Test
    void copiesNothingWhereNothingHasChanged() throws IOException {
        var disk = new DiskCopy("disk1", rig.sourceFile(), "source-1", new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"),
                "target-1", SIZE, new CopyScope.ChangedExtents(List.of()));
        var report = rig.copy(disk);
        assertThat(report.dataBytes() + report.zeroBytes()).isZero();
        assertThat(report.verified()).isTrue();
    }
}
