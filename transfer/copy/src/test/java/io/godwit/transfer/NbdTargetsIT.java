package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.NbdSink;
import io.godwit.blockio.RetrySettings;
import io.godwit.model.disk.ReadBack;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Targets behind servers: what they can and cannot do, and how they fail.
class NbdTargetsIT extends TargetFixture {
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");

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
    void tellsOfTheWritesOfAllWritersWhenItSettles() throws IOException {
        var uri = ((TargetSpec.Nbd) served(List.of("memory", "size=" + SIZE))).uri();
        try (var sink = NbdSink.open(uri, Rig.SETTINGS.nbd())) {
            var told = ConcurrentHashMap.<Long>newKeySet();
            try (var one = sink.writer(told::add); var other = sink.writer(told::add)) {
                for (long i = 0; i < 4; i++) {
                    (i % 2 == 0 ? one : other).write(i * 4096, ByteBuffer.allocateDirect(4096), i);
                }
                assertThat(told).isEmpty(); // nobody has asked yet
                sink.settle();
                assertThat(told).containsExactlyInAnyOrder(0L, 1L, 2L, 3L);
            }
        }
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
                endServer();
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
                        "flush=sleep 1")));
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
        endServer(); // which heeds no signal that could be caught
    }

    /// A flush has ten times as long as a write, and whoever waits for a server that is silent already waits in vain.
    @Test
    void asksNoFlushOfAServerThatIsSilent() throws IOException {
        var flushes = folder.resolve("flushes");
        var disk = onto(served(List.of("eval", "get_size=echo " + SIZE, "pread=head -c $3 /dev/zero", "pwrite=cat >/dev/null; sleep 10",
                "can_write=exit 0", "can_multi_conn=exit 0", "thread_model=echo parallel", "can_flush=exit 0",
                "flush=echo >>" + flushes)));
        assertThatExceptionOfType(FaultException.class)
                .isThrownBy(() -> rig.copy(disk, Rig.SETTINGS.stallLimit(Duration.ofMillis(700))))
                .satisfies(e -> assertThat(e.fault().is(BlockFault.TARGET_SERVER_LOST)).as(e.toString()).isTrue());
        assertThat(Files.readAllLines(flushes)).as("flushes: of the zeroes, before all").hasSize(1);
        endServer();
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
        assertThat(folder.resolve("copy/disk1.checkpoint")).as("tells of no block any more").hasSize(4096);
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

    /// Zeroes cost time where a target has to write them: those of a killed run are not made anew.
    @Test
    void makesTheZeroesOfAKilledCopyOnce() throws Exception {
        long size = 512L << 30;
        Rig.makeVolume(rig.source, size);
        change(rig.source, 1 << 20, new byte[]{1});
        Rig.makeVolume(rig.target, size);
        change(rig.target, 1 << 20, new byte[]{2});
        var log = folder.resolve("requests");
        var words = List.of("--filter=log", "--filter=delay", "file", "file=" + rig.target, "logfile=" + log, "logappend=true",
                "delay-zero=50ms");
        var target = served(words);
        var address = ((TargetSpec.Nbd) target).uri();
        var child = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), CopierProcess.class.getName(), folder.toString(), Long.toString(size), "0",
                address.toString()).redirectErrorStream(true).redirectOutput(folder.resolve("child.log").toFile()).start();
        org.awaitility.Awaitility.await().atMost(60, TimeUnit.SECONDS).until(() -> zeroRequests(log) > 500 || !child.isAlive());
        child.destroyForcibly().waitFor();
        long before = zeroRequests(log);
        assertThat(before).as(Files.readString(folder.resolve("child.log"))).isBetween(500L, 1750L);
        endServer(); // nbdkit 1.32 may end by itself, by its assertion, where a client with many requests in flight is killed
        served(words);
        var report = rig.copy(new DiskCopy("disk1", CopierProcess.slow(rig, 0), "source-1", target, "target-1", size), Rig.OFTEN);
        assertThat(report.verified()).isTrue();
        assertThat(zeroRequests(log)).as("of 256 MiB each, " + before + " of them before the kill").isLessThan(2048 + 300);
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
        assertThat(goneOn).as("by chance: about half of them, where a cut falls between two checkpoints")
                .isGreaterThanOrEqualTo(rounds / 20);
    }

    /// Each try writes blocks anew before it comes to that one: none of that is progress.
    @Test
    @Timeout(30)
    void givesUpATargetThatIsLostAtTheSameWriteEachTime() throws IOException {
        try (var server = new PowerCutServer(folder.resolve("cut"), new byte[(int) SIZE], new Random(1))) {
            server.hangsUpAt = firstData((int) SIZE / 2);
            server.start(Long.MAX_VALUE);
            var disk = new DiskCopy("disk1", rig.sourceFile(), "source-1", new TargetSpec.Nbd(server.uri()), "target-1", SIZE);
            var settings = new CopySettings(Rig.SETTINGS.nbd().retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(2))), 64 << 10,
                    64 << 20, 2, "XXH3-128").saving(256 << 10, Duration.ofMillis(20));
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> rig.copy(disk, settings))
                    .matches(e -> e.fault().is(BlockFault.TARGET_SERVER_LOST));
            server.hangsUpAt = -1;
            assertThat(rig.copy(disk, settings).resumedBytes()).isPositive();
            assertThat(server.content()).isEqualTo(Files.readAllBytes(rig.source));
        }
    }

    private int firstData(int from) throws IOException {
        var bytes = Files.readAllBytes(rig.source);
        int at = from;
        while (bytes[at] == 0) {
            at++;
        }
        return at;
    }

    private void copyUntilItIsLost(DiskCopy disk) {
        try {
            rig.copy(disk, Rig.OFTEN);
        } catch (FaultException e) {
            assertThat(e.fault().is(BlockFault.TARGET_SERVER_LOST)).as(e.toString()).isTrue();
        }
    }
}
