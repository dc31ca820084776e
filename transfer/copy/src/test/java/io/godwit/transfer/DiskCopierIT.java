package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.RetrySettings;
import io.godwit.export.ExportFault;
import io.godwit.export.Overlays;
import io.godwit.export.Servers;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Child;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 300, unit = TimeUnit.SECONDS)
class DiskCopierIT {
    private static final long SIZE = (24 << 20) + 512;
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");

    @TempDir
    Path folder;
    private Rig rig;

    @BeforeEach
    void set() throws IOException {
        rig = new Rig(folder);
        Rig.makeDisk(rig.source, SIZE, 1);
        Rig.makeVolume(rig.target, SIZE);
    }

    @AfterEach
    void end() {
        rig.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"XXH3-128", "CRC32C", "SHA-256"})
    void copiesEveryByteAndProvesIt(String method) throws IOException {
        var seen = new AtomicReference<JobProgress>();
        var report = new DiskCopier(rig.exports, Rig.SETTINGS.method(method)).copy(rig.job(rig.disk(rig.sourceFile(), SIZE)), seen::set)
                .disks()
                .getFirst();
        rig.requireEqual(rig.source, rig.target);
        assertThat(report.verified()).isTrue();
        assertThat(report.method()).isEqualTo(method);
        assertThat(report.blocks()).isEqualTo(Math.ceilDiv(SIZE, (long) report.blockBytes()));
        assertThat(report.dataBytes() + report.zeroBytes()).isEqualTo(SIZE);
        assertThat(report.dataBytes()).isBetween(1L << 20, SIZE - (1 << 20));
        assertThat(rig.allocatedBytes(rig.target)).isLessThan(report.dataBytes() + (2 << 20));
        var disk = seen.get().disks().getFirst();
        assertThat(disk.doneBytes()).isEqualTo(SIZE);
        assertThat(disk.verifiedBytes()).isEqualTo(SIZE);
        assertThat(seen.get().phases()).extracting(JobProgress.Phase::name).containsExactly("copy", "verify");
    }

    /// Blocks are longer than what it answers, and then reads are longer than blocks.
    @ParameterizedTest
    @ValueSource(strings = {"16384", "131072"})
    void copiesFromAServerThatTakesShortRequestsOnly(String longest) throws IOException {
        var report = rig
                .copy(rig.disk(rig.filtered(List.of("blocksize-policy", "delay"), "blocksize-minimum", "512", "blocksize-preferred",
                        "4096", "blocksize-maximum", longest, "blocksize-error-policy", "error", "delay-read", "2ms"), SIZE));
        rig.requireEqual(rig.source, rig.target);
        assertThat(report.verified()).isTrue();
    }

    @Test
    void copiesAnOverlayOverAVmdkInsideATar() throws IOException {
        long size = 24 << 20; // VMDK counts sectors
        Rig.makeDisk(rig.source, size, 2);
        Rig.makeVolume(rig.target, size);
        var image = folder.resolve("image.vmdk");
        rig.supervisor
                .run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", rig.source.toString(),
                        image.toString()));
        Files.writeString(folder.resolve("vm.ovf"), "<Envelope/>");
        var tar = folder.resolve("vm.ova");
        rig.supervisor.run(Command.of("tar", "--format=ustar", "-C", folder.toString(), "-cf", tar.toString(), "vm.ovf", "image.vmdk"));
        var before = sha256(tar);
        var base = new ExportSpec.Format(
                new ExportSpec.Range(new ExportSpec.File(tar.toString(), FileIdentity.read(tar)), 1536, Files.size(image)),
                DiskFormat.VMDK);
        var plain = rig.copy(rig.disk(base, size));
        rig.requireEqual(rig.source, rig.target);
        var overlay = folder.resolve("overlays/1/disk1.qcow2");
        try (var served = rig.exports.open(base)) {
            new Overlays(rig.supervisor).create(overlay, served, size);
            rig.supervisor.run(
                    Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 99 123456 300000", "-c", "write -z 10M 5M", overlay.toString()));
        }
        rig.supervisor
                .run(Command.of("qemu-io", "-f", "raw", "-c", "write -P 99 123456 300000", "-c", "write -z 10M 5M", rig.source.toString()));
        var merged = new DiskCopy("disk1", new ExportSpec.Overlay(base, "overlays/1/disk1.qcow2"), "overlay-1",
                new TargetSpec.RawFile(rig.target.toString(), rig.target + ".lock"), "target-1", size);
        var report = rig.copy(merged);
        rig.requireEqual(rig.source, rig.target);
        assertThat(report.resumedBytes()).isZero();
        assertThat(report.sourceRoot()).isNotEqualTo(plain.sourceRoot());
        assertThat(sha256(tar)).isEqualTo(before);
    }

    @Test
    void copiesSeveralDisksOfAJob() throws IOException {
        var disks = new ArrayList<DiskCopy>();
        for (int i = 0; i < 4; i++) {
            var from = folder.resolve("from" + i);
            var to = folder.resolve("to" + i);
            Rig.makeDisk(from, SIZE + i * 4096L, 10 + i);
            Rig.makeVolume(to, SIZE + i * 4096L);
            disks.add(new DiskCopy("d" + i, new ExportSpec.File(from.toString(), null), "s",
                    new TargetSpec.RawFile("to" + i, "to" + i + ".lock"), "t",
                    SIZE + i * 4096L));
        }
        var reports = new DiskCopier(rig.exports, Rig.SETTINGS).copy(rig.job(disks.toArray(DiskCopy[]::new)), _ -> {
        }).disks();
        assertThat(reports).extracting(DiskReport::key).containsExactly("d0", "d1", "d2", "d3");
        for (int i = 0; i < 4; i++) {
            rig.requireEqual(folder.resolve("from" + i), folder.resolve("to" + i));
        }
    }

    @Test
    void emptyDisksOfEightTebibytesTakeNoTime() throws IOException {
        long size = 8L << 40;
        Rig.makeVolume(rig.target, size);
        var spec = new ExportSpec.Nbdkit("null", java.util.Map.of("size", Long.toString(size)), java.util.Map.of(), List.of());
        var report = rig.copy(rig.disk(spec, size), CopySettings.DEFAULT);
        assertThat(report.zeroBytes()).isEqualTo(size);
        assertThat(report.verified()).isTrue();
    }

    @Test
    @Timeout(value = 40, unit = TimeUnit.MINUTES) // 1,000 flips
    void everyFlippedBitOfTheTargetIsFound() throws IOException {
        long size = (2 << 20) + 512;
        Rig.makeDisk(rig.source, size, 4);
        int rounds = SOAK ? 1000 : 20;
        long seed = Rig.seed("flip");
        Rig.makeVolume(rig.target, size);
        var disk = rig.disk(rig.sourceFile(), size);
        rig.copy(disk);
        for (int round = 0; round < rounds; round++) {
            var random = new Random(seed + round);
            long at = random.nextLong(size);
            try (var volume = new RandomAccessFile(rig.target.toFile(), "rw")) {
                volume.seek(at);
                int found = volume.read();
                volume.seek(at);
                volume.write(found ^ 1 << random.nextInt(8));
            }
            assertFault(CopyFault.COPY_VERIFY_MISMATCH, () -> rig.copy(disk)).satisfies(e -> assertThat(e.fault().why()).as("seed %d", seed)
                    .contains("1 block of 65536 bytes").endsWith("offset " + at / 65536 * 65536));
            assertThat(rig.copy(disk).resumedBytes()).isZero(); // nothing of the copy was trusted
            rig.requireEqual(rig.source, rig.target);
        }
    }

    @Test
    void aHoleInTheTargetWhereDataShouldBeIsFound() throws IOException {
        var disk = rig.disk(rig.sourceFile(), SIZE);
        rig.copy(disk);
        Rig.makeVolume(rig.target, SIZE);
        assertFault(CopyFault.COPY_VERIFY_MISMATCH, () -> rig.copy(disk));
    }

    @Test
    void nothingOfAnotherJobSourceOrTargetIsTakenOver() throws IOException {
        rig.copy(rig.disk(rig.sourceFile(), SIZE));
        var lock = rig.target + ".lock";
        // another source under the old target: what is data there and zero here must go
        Rig.makeDisk(rig.source, SIZE, 77);
        var other = new DiskCopy("disk1", rig.sourceFile(), "source-2", new TargetSpec.RawFile(rig.target.toString(), lock), "target-1",
                SIZE);
        assertThat(rig.copy(other).resumedBytes()).isZero();
        rig.requireEqual(rig.source, rig.target);
        // a new, empty volume under the old path
        Rig.makeVolume(rig.target, SIZE);
        var fresh = new DiskCopy("disk1", rig.sourceFile(), "source-2", new TargetSpec.RawFile(rig.target.toString(), lock), "target-2",
                SIZE);
        assertThat(rig.copy(fresh).resumedBytes()).isZero();
        rig.requireEqual(rig.source, rig.target);
        // the same again is the same job: everything was copied
        assertThat(rig.copy(fresh)).satisfies(report -> assertThat(report.resumedBytes()).isEqualTo(report.dataBytes()).isPositive());
        // another step occurrence
        var job = new WorkerJob.Copy(new JobName("copy-2"), folder.toString(), List.of(), List.of(fresh), CopyOptions.DEFAULT);
        assertThat(new DiskCopier(rig.exports, Rig.SETTINGS).copy(job, _ -> {
        }).disks().getFirst().resumedBytes()).isZero();
    }

    @Test
    void aSourceWithErrorsIsRetriedWhenItIsHealthy() throws IOException {
        var broken = folder.resolve("broken");
        Files.createFile(broken);
        var disk = rig.disk(
                rig.filtered(List.of("error"), "error-pread", "EIO", "error-pread-rate", "100%", "error-file", broken.toString()),
                SIZE);
        assertFault(BlockFault.NBD_READ_FAILED, () -> rig.copy(disk)).matches(e -> e.fault().retryable())
                .satisfies(e -> assertThat(e.fault().why()).contains("EIO"));
        Files.delete(broken);
        rig.copy(disk);
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void aDelayedSourceIsReadManyAtATime() throws IOException {
        var started = System.nanoTime();
        rig.copy(rig.disk(rig.filtered(List.of("delay"), "delay-read", "50ms"), SIZE));
        rig.requireEqual(rig.source, rig.target);
        var synchronous = Duration.ofMillis(50).multipliedBy(SIZE / 2 / 65536);
        assertThat(Duration.ofNanos(System.nanoTime() - started)).isLessThan(synchronous.dividedBy(2));
    }

    @Test
    void aServerThatDiesIsAFaultAndTheNextRunGoesOn() throws Exception {
        var disk = rig.disk(rig.filtered(List.of("delay"), "delay-read", "150ms"), SIZE);
        var copying = CompletableFuture.supplyAsync(() -> rig.copy(disk));
        org.awaitility.Awaitility.await().until(() -> rig.allocatedBytes(rig.target) > 1 << 20);
        Servers.kill(folder);
        assertThatExceptionOfType(java.util.concurrent.ExecutionException.class).isThrownBy(() -> copying.get(60, TimeUnit.SECONDS))
                .satisfies(e -> assertThat(faultOf(e).is(ExportFault.EXPORT_DIED)).as(e.toString()).isTrue())
                .matches(e -> faultOf(e).retryable());
        assertThat(rig.copy(disk).resumedBytes()).isPositive();
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void aServerThatStallsIsAFault() throws Exception {
        var server = slowServer("one");
        var disk = rig.disk(new ExportSpec.Nbd(uriOf("one")), SIZE);
        var copying = CompletableFuture.supplyAsync(() -> rig.copy(disk, Rig.SETTINGS.stallLimit(Duration.ofSeconds(1))));
        org.awaitility.Awaitility.await().until(() -> rig.allocatedBytes(rig.target) > 1 << 20);
        rig.supervisor.run(Command.of("sh", "-c", "kill -STOP \"$0\"", Long.toString(server.pid())));
        assertThatExceptionOfType(java.util.concurrent.ExecutionException.class).isThrownBy(() -> copying.get(30, TimeUnit.SECONDS))
                .satisfies(e -> assertThat(faultOf(e).is(BlockFault.NBD_STALLED)).as(e.toString()).isTrue());
        server.kill(); // nbdkit 1.32.5, gone on with, may abort: raw_send_socket: Assertion `sock >= 0' failed
        slowServer("two");
        rig.copy(rig.disk(new ExportSpec.Nbd(uriOf("two")), SIZE)); // the job is bound to the source's identity, not to its socket
        rig.requireEqual(rig.source, rig.target);
    }

    /// qemu-nbd lets hope for several connections, and greets as many as it was told to; the others wait without a word.
    @Test
    @Timeout(60)
    void doesWithoutAConnectionThatIsNeverGreeted() throws IOException {
        var socket = folder.resolve("qemu");
        rig.supervisor.start(Command.of("qemu-nbd", "-r", "-t", "--shared=2", "-f", "raw", "-k", socket.toString(), rig.source.toString()));
        org.awaitility.Awaitility.await().until(() -> Files.exists(socket));
        var impatient = new NbdSettings(4, 8, 256 << 10, Duration.ofSeconds(2))
                .retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(1)));
        var disk = rig.disk(new ExportSpec.Nbd(uriOf("qemu")), SIZE);
        // one of the two asks for block status
        assertThat(rig.copy(disk, new CopySettings(impatient, 64 << 10, 64 << 20, 1, "XXH3-128")).verified()).isTrue();
        rig.requireEqual(rig.source, rig.target);
    }

    private Child slowServer(String socket) {
        var pid = folder.resolve(socket + ".pid");
        var server = rig.supervisor.start(
                Command.of("nbdkit", "-f", "-r", "--unix", folder.resolve(socket).toString(), "--pidfile", pid.toString(), "--filter=delay",
                        "file", "file=" + rig.source, "delay-read=150ms"));
        org.awaitility.Awaitility.await().until(() -> Files.exists(pid));
        return server;
    }

    private URI uriOf(String socket) {
        return URI.create("nbd+unix:///?socket=" + folder.resolve(socket));
    }

    @Test
    void aFullTargetIsAFaultUntilThereIsRoom() throws IOException {
        try (var small = SmallVolume.mount(rig.supervisor, folder.resolve("small"), "3m")) {
            var volume = small.resolve("volume");
            Rig.makeVolume(volume, SIZE);
            var disk = new DiskCopy("disk1", rig.sourceFile(), "s",
                    new TargetSpec.RawFile(volume.toString(), folder.resolve("lock").toString()), "t", SIZE);
            assertFault(BlockFault.TARGET_FULL, () -> rig.copy(disk)).matches(e -> e.fault().retryable());
            small.giveRoom();
            assertThat(rig.copy(disk).resumedBytes()).isPositive();
            rig.requireEqual(rig.source, volume);
        }
    }

    /// Wherever it runs full: in the beginning, between the pages of digests, or at the end.
    @Test
    void aFullVolumeOfTheCheckpointIsAFaultUntilThereIsRoom() throws IOException {
        var disk = rig.disk(rig.sourceFile(), SIZE);
        int refused = 0;
        boolean fits = false;
        for (int pages = 1; !fits; pages++) {
            Rig.makeVolume(rig.target, SIZE);
            try (var small = SmallVolume.mount(rig.supervisor, folder.resolve("copy"), pages * 4 + "k")) {
                try {
                    rig.copy(disk, Rig.OFTEN);
                    fits = true;
                } catch (FaultException e) {
                    assertThat(e.fault()).as("%d pages: %s", pages, e).matches(fault -> fault.is(CopyFault.COPY_CHECKPOINT_FAILED))
                            .matches(fault -> fault.retryable());
                    assertThat(e.fault().why() + e.fault().what()).contains("is full");
                    refused++;
                    small.giveRoom();
                    assertThat(rig.copy(disk, Rig.OFTEN).verified()).isTrue();
                }
                rig.requireEqual(rig.source, rig.target);
            }
        }
        assertThat(refused).isGreaterThan(2);
    }

    @Test
    void aStoppedCopyGoesOnLater() throws Exception {
        var disk = rig.disk(rig.filtered(List.of("delay"), "delay-read", "200ms"), SIZE);
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        var begun = new CountDownLatch(1);
        var copying = CompletableFuture.supplyAsync(() -> copier.copy(rig.job(disk), progress -> {
            if (progress.disks().getFirst().transferredBytes() > 0) {
                begun.countDown();
            }
        }));
        assertThat(begun.await(30, TimeUnit.SECONDS)).isTrue();
        copier.stop();
        assertThatExceptionOfType(java.util.concurrent.ExecutionException.class).isThrownBy(() -> copying.get(10, TimeUnit.SECONDS))
                .satisfies(e -> assertThat(faultOf(e).is(CopyFault.COPY_STOPPED)).as(e.toString()).isTrue());
        assertThat(rig.copy(disk).resumedBytes()).isPositive();
        rig.requireEqual(rig.source, rig.target);
    }

    @Test
    void aSourceThatIsReplacedDuringTheCopyIsAFault() throws Exception {
        var identity = FileIdentity.read(rig.source);
        var slow = new ExportSpec.File(rig.source.toString(), identity);
        var replacement = folder.resolve("replacement");
        Rig.makeDisk(replacement, SIZE, 5);
        var copier = new DiskCopier(rig.exports, Rig.SETTINGS);
        Files.setLastModifiedTime(replacement, Files.getLastModifiedTime(rig.source));
        try (var export = rig.exports.open(slow)) {
            Files.move(replacement, rig.source, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertFault(ExportFault.SOURCE_FILE_CHANGED, export::requireUnchanged);
        }
        assertFault(ExportFault.SOURCE_FILE_CHANGED, () -> copier.copy(rig.job(rig.disk(slow, SIZE)), _ -> {
        }));
    }

    @Test
    void sizesThatDifferAreFaultsBeforeAByteIsWritten() throws IOException {
        assertFault(CopyFault.COPY_SOURCE_SIZE_WRONG, () -> {
            Rig.makeVolume(rig.target, SIZE + 512);
            rig.copy(rig.disk(rig.sourceFile(), SIZE + 512));
        });
        assertThat(rig.allocatedBytes(rig.target)).isLessThan(8192);
        assertFault(CopyFault.COPY_TARGET_SIZE_WRONG, () -> rig.copy(rig.disk(rig.sourceFile(), SIZE)));
        Files.delete(rig.target);
        assertFault(BlockFault.TARGET_MISSING, () -> rig.copy(rig.disk(rig.sourceFile(), SIZE)));
    }

    private static org.assertj.core.api.ThrowableAssertAlternative<FaultException> assertFault(FaultCode code,
            org.assertj.core.api.ThrowableAssert.ThrowingCallable call) {
        return assertThatExceptionOfType(FaultException.class).isThrownBy(call)
                .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(code.name()));
    }

    private static Fault faultOf(Throwable failure) {
        return assertThat(failure.getCause()).asInstanceOf(type(FaultException.class)).actual().fault();
    }

    private String sha256(Path file) {
        return rig.supervisor.run(Command.of("sha256sum", file.toString()));
    }
}
