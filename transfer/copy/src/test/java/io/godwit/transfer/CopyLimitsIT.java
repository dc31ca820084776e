package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.blockio.NbdSettings;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.limit.CopyShare;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Limits of a copy that is at work.
@Isolated // rates are measured
class CopyLimitsIT extends TargetFixture {
    private static final boolean SOAK = Boolean.getBoolean("godwit.soak");

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

    /// Where an answer takes long, whoever waited for it before he asks again would lose what he may ask for meanwhile. By the log of the source's
    /// server: how many of the reads had others in flight that were asked for within its delay.
    @Test
    void whatALimitAllowsIsAskedForWhileAnswersAreWaitedFor() throws IOException {
        int length = 64 << 10;
        long size = 24L << 20;
        Rig.makeVolume(rig.target, size);
        var log = folder.resolve("requests");
        var source = new ExportSpec.Nbdkit("pattern",
                Map.of("size", Long.toString(size), "logfile", log.toString(), "rdelay", "200ms"), Map.of(), List.of("log", "delay"));
        var settings = new CopySettings(new NbdSettings(2, 64, length, Duration.ofSeconds(20)), length, 64 << 20, 1, "XXH3-128");
        var copier = new DiskCopier(rig.exports, settings);
        copier.limits().set(new CopyShare(4 << 20, 0, 0, Map.of())); // 13 reads in the time that each takes, of the 32 that nbdkit works on
        assertThat(copier.copy(rig.job(rig.disk(source, size)), _ -> {
        }).disks().getFirst().verified()).isTrue();
        List<Double> reads;
        try (var lines = Files.lines(log)) {
            reads = lines.filter(line -> line.contains(" Read ") && line.contains("count=0x" + Integer.toHexString(length)))
                    .map(line -> java.time.LocalTime.parse(line.substring(11, 26)).toNanoOfDay() / 1e9).sorted().toList();
        }
        int learned = 100; // by then the depth is known
        double perSecond = (reads.size() - 1 - learned) / (reads.getLast() - reads.get(learned));
        System.out.println("late source: " + perSecond + " reads per second of 64");
        assertThat(perSecond).isBetween(64 * 0.95, 64 * 1.05);
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
}
