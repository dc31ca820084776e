package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.Extent;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.SideTask.DigestedRange;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.WorkerClient;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The worker with its real work: nbdkit, the copier, digests beside it.
class DiskJobsIT {
    private static final long BOUND = 800; // MiB of a worker, as docs/guide/copy.md says
    private static final int SIZE = 5 << 20;
    private static final int START = 1536; // a member of a tar begins at a multiple of 512
    private static final int LENGTH = (3 << 20) + 511;

    @TempDir
    private Path temporary;
    private final byte[] bytes = new byte[SIZE];
    private Path source = Path.of("/");
    private Path target = Path.of("/");
    private JobFolder folder = new JobFolder(Path.of("/"));

    @BeforeEach
    void makeDisks() throws Exception {
        new Random(7).nextBytes(bytes);
        Arrays.fill(bytes, 1 << 20, 2 << 20, (byte) 0);
        source = Files.write(temporary.resolve("source"), bytes);
        target = temporary.resolve("target.raw");
        try (var file = new RandomAccessFile(target.toFile(), "rw")) {
            file.setLength(SIZE);
        }
        folder = new JobFolder(Files.createDirectories(temporary.resolve("jobs/copy-1")));
        Files.createSymbolicLink(folder.runLink(), temporary.resolve("r"));
        Files.createDirectories(temporary.resolve("work"));
    }

    @Test
    void copiesAndChecksDigestsBesideIt() throws Exception {
        var end = run(sha256(START, LENGTH));

        assertThat(end).isInstanceOfSatisfying(JobStatus.Done.class, done -> {
            assertThat(done.sideResults()).containsExactly(new JobStatus.SideResult("manifest", LENGTH));
            assertThat(done.result()).isInstanceOfSatisfying(JobResult.Copied.class, copied -> assertThat(copied.disks()).singleElement()
                    .satisfies(disk -> assertThat(disk.verified()).isTrue()));
        });
        assertThat(target).hasBinaryContent(bytes);
    }

    @Test
    void aWrongDigestBreaksTheJob() throws Exception {
        var end = run(sha256(START, LENGTH - 1));

        assertThat(end).isInstanceOfSatisfying(JobStatus.Broken.class, broken -> {
            assertThat(broken.fault().code()).isEqualTo("SOURCE_DIGEST_MISMATCH");
            assertThat(broken.fault().what()).contains("web-disk1.vmdk");
            assertThat(broken.fault().why()).contains(sha256(START, LENGTH));
        });
    }

    /// A server says how much it gives at once, and refuses more.
    @Test
    void asksForNoMoreThanTheSourceGivesAtOnce() throws Exception {
        var shortReads = new ExportSpec.Nbdkit("file", Map.of("file", source.toString(), "blocksize-minimum", "512",
                "blocksize-preferred", "4096", "blocksize-maximum", "65536", "blocksize-error-policy", "error"), Map.of(),
                List.of("blocksize-policy"));

        assertThat(run(shortReads, sha256(0, SIZE))).isInstanceOfSatisfying(JobStatus.Done.class,
                done -> assertThat(done.sideResults()).containsExactly(new JobStatus.SideResult("manifest", SIZE)));
    }

    @Test
    void writesAnOverlayOntoItsVolume() throws Exception {
        Files.write(target, bytes);
        var overlay = temporary.resolve("work/overlay.qcow2");
        tool("qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", target.toString(), overlay.toString());
        tool("qemu-io", "-f", "qcow2", "-c", "write -P 17 1M 64k", "-c", "write -z 0 64k", overlay.toString());
        var disk = new DiskCopy("disk-0", new ExportSpec.Overlay(new ExportSpec.File(target.toString(), null), "overlay.qcow2"),
                "overlay-1",
                new TargetSpec.RawFile(target.toString(), temporary.resolve("lock").toString()), "t", SIZE);
        folder.writeOrder(new JobOrder(new VmMigrationId("v-1"), 1, 3600, new WorkerJob.Commit(new JobName("copy-1"),
                temporary.resolve("work").toString(), List.of(), List.of(disk), CopyOptions.DEFAULT)));

        assertThat(new Worker(folder.path(), new DiskJobs(Map.of())).run()).isEqualTo(Worker.Exit.ENDED);

        assertThat(folder.readEnd().orElseThrow().status()).isInstanceOfSatisfying(JobStatus.Done.class,
                done -> assertThat(done.result()).isInstanceOfSatisfying(JobResult.Committed.class,
                        committed -> assertThat(committed.disks())
                                .singleElement().satisfies(each -> assertThat(each.verified()).isTrue())));
        Arrays.fill(bytes, 1 << 20, (1 << 20) + (64 << 10), (byte) 17);
        Arrays.fill(bytes, 0, 64 << 10, (byte) 0);
        assertThat(target).hasBinaryContent(bytes);
    }

    /// With the bounds that the launcher gives a worker; see docs/guide/copy.md.
    private Process startWorker() throws IOException {
        return new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx384m",
                "-XX:MaxDirectMemorySize=320m", "-XX:+UseSerialGC", "--enable-native-access=ALL-UNNAMED", "-cp",
                System.getProperty("java.class.path"), WorkerMain.class.getName(), folder.path().toString())
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(temporary.resolve("worker.log").toFile())).start();
    }

    private JobOrder order(int attempt, CopyOptions options, ExportSpec from, long size, CopyScope scope) {
        var disk = new DiskCopy("disk-0", from, "s", new TargetSpec.RawFile(target.toString(), temporary.resolve("lock").toString()), "t",
                size, scope);
        return new JobOrder(new VmMigrationId("v-1"), attempt, 3600, new WorkerJob.Copy(new JobName("copy-1"),
                temporary.resolve("work").toString(), List.of(), List.of(disk), options));
    }

    /// Waits for the end of a worker that must end well.
    ///
    /// @return the most memory that it took, in MiB
    private long peakOf(Process worker) throws Exception {
        long peak = 0;
        while (!worker.waitFor(20, TimeUnit.MILLISECONDS)) {
            peak = Math.max(peak, peakMebibytes(worker.pid()));
        }
        assertThat(worker.exitValue()).as("%s", Files.readString(temporary.resolve("worker.log"))).isZero();
        return peak;
    }

    private DiskReport reportOfTheOnlyDisk() throws IOException {
        var end = folder.readEnd().orElseThrow().status();
        assertThat(end).isInstanceOf(JobStatus.Done.class);
        return ((JobResult.Copied) ((JobStatus.Done) end).result()).disks().getFirst();
    }

    private static void sizes(long bytes, Path... disks) throws IOException {
        for (var disk : disks) {
            try (var file = new RandomAccessFile(disk.toFile(), "rw")) {
                file.setLength(0);
                file.setLength(bytes);
            }
        }
    }

    @Test
    void aMillionExtentsOfEightTebibytesFitTheBoundsOfAWorker() throws Exception {
        assumeTrue(Boolean.getBoolean("godwit.soak"), "a minute for what a PUT tries too: runs with -Dgodwit.soak=true (nightly, soak)");
        folder.writeOrder(aMillionExtents());
        long peak = peakOf(startWorker());
        System.out.println("a worker with a million extents of data took " + peak + " MiB at most");

        assertThat(reportOfTheOnlyDisk().dataBytes()).isEqualTo(1_000_000L * 512);
        assertThat(peak).isBetween(1L, BOUND);
    }

    /// As a server gives them.
    @Test
    void aMillionExtentsArePutToAWorker() throws Exception {
        var worker = startWorker();
        var socket = folder.runLink().resolve("worker.sock");
        org.awaitility.Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> Files.exists(socket));
        try (var client = new WorkerClient(Duration.ofSeconds(60))) {
            client.put(socket, aMillionExtents());
        }
        long peak = peakOf(worker);
        System.out.println("a worker that was put a million extents of data took " + peak + " MiB at most");

        assertThat(reportOfTheOnlyDisk().dataBytes()).isEqualTo(1_000_000L * 512);
        assertThat(peak).isBetween(1L, BOUND);
    }

    private JobOrder aMillionExtents() throws IOException {
        long size = 8L << 40;
        sizes(size, target);
        var extents = new ArrayList<Extent>();
        for (long i = 0; i < 1_000_000; i++) { // a thousand of them near each other, so that the file system need not tear the target apart
            extents.add(new Extent(i / 1000 * (8L << 30) + i % 1000 * 1024, 512));
        }
        var everywhere = new ExportSpec.Nbdkit("pattern", Map.of("size", Long.toString(size)), Map.of(), List.of());
        return order(1, new CopyOptions(WorkerJob.Verify.SAMPLED, null), everywhere, size, new CopyScope.ChangedExtents(extents));
    }

    @Test
    void anEmptyDiskOfEightTebibytesFitsTheBoundsOfAWorker() throws Exception {
        long size = 8L << 40;
        sizes(size, source, target);
        folder.writeOrder(order(1, CopyOptions.DEFAULT, new ExportSpec.File(source.toString(), null), size, CopyScope.EVERYTHING));
        long peak = peakOf(startWorker());
        System.out.println("a worker with an empty disk of 8 TiB took " + peak + " MiB at most");

        assertThat(reportOfTheOnlyDisk().verified()).isTrue();
        assertThat(peak).isBetween(1L, BOUND / 2);
    }

    @Test
    void aWorkerThatIsToldToEndStopsAtItsCheckpoint() throws Exception {
        int size = 64 << 20;
        var data = new byte[size];
        new Random(11).nextBytes(data);
        Files.write(source, data);
        sizes(size, target);
        var from = new ExportSpec.File(source.toString(), FileIdentity.read(source));
        folder.writeOrder(order(1, CopyOptions.DEFAULT.share(new CopyShare(16 << 20, 0, 0, Map.of())), from, size, CopyScope.EVERYTHING));
        var worker = startWorker();
        org.awaitility.Awaitility.await().atMost(Duration.ofMinutes(1)).until(() -> written() > 8 << 20);
        worker.destroy(); // SIGTERM
        assertThat(worker.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(folder.readEnd().orElseThrow().status()).isInstanceOfSatisfying(JobStatus.Broken.class,
                broken -> assertThat(broken.fault().code()).isEqualTo("WORKER_STOPPED"));
        long before = written();

        folder.writeOrder(order(2, CopyOptions.DEFAULT, from, size, CopyScope.EVERYTHING));
        assertThat(startWorker().waitFor()).isZero();
        assertThat(reportOfTheOnlyDisk()).satisfies(report -> assertThat(report.resumedBytes()).isBetween(before - (1 << 20), size - 1L))
                .satisfies(report -> assertThat(report.verified()).isTrue());
        assertThat(target).hasBinaryContent(data);
    }

    private long written() throws Exception {
        var stat = new ProcessBuilder("stat", "-c", "%b", target.toString()).start();
        return Long.parseLong(new String(stat.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip()) * 512;
    }

    private static long peakMebibytes(long pid) {
        var status = Path.of("/proc", Long.toString(pid), "status");
        try (var lines = Files.lines(status)) {
            return lines.filter(line -> line.startsWith("VmHWM:")).mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")) / 1024)
                    .findFirst().orElse(0);
        } catch (IOException | java.io.UncheckedIOException e) { // it has just ended
            return 0;
        }
    }

    private static void tool(String... command) throws Exception {
        var process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
        assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s", List.of(command)).isZero();
    }

    private JobStatus run(String expected) throws Exception {
        return run(new ExportSpec.Range(new ExportSpec.File(source.toString(), FileIdentity.read(source)), START, LENGTH), expected);
    }

    private JobStatus run(ExportSpec digested, String expected) throws Exception {
        var file = new ExportSpec.File(source.toString(), FileIdentity.read(source));
        var manifest = new SideTask.CheckDigests("manifest", List.of(new DigestedRange("web-disk1.vmdk", digested, "SHA-256", expected)));
        folder.writeOrder(new JobOrder(new VmMigrationId("v-1"), 1, 3600,
                new WorkerJob.Copy(new JobName("copy-1"), temporary.resolve("work").toString(), List.of(manifest),
                        List.of(new DiskCopy("disk-0", file, "s",
                                new TargetSpec.RawFile(target.toString(), temporary.resolve("lock").toString()), "t", SIZE)),
                        CopyOptions.DEFAULT)));
        assertThat(new Worker(folder.path(), new DiskJobs(Map.of())).run()).isEqualTo(Worker.Exit.ENDED);
        return folder.readEnd().orElseThrow().status();
    }

    private String sha256(int start, int length) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            digest.update(bytes, start, length);
            return HexFormat.of().formatHex(digest.digest());
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
