package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.disk.ExportSpec;
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
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobOrder;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The worker with its real work: nbdkit, the copier, digests beside it.
class DiskJobsIT {
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

    private JobStatus run(String expected) throws Exception {
        var file = new ExportSpec.File(source.toString(), FileIdentity.read(source));
        var manifest = new SideTask.CheckDigests("manifest",
                List.of(new DigestedRange("web-disk1.vmdk", new ExportSpec.Range(file, START, LENGTH), "SHA-256", expected)));
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
