package io.godwit.transfer;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.RetrySettings;
import io.godwit.export.Exports;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;

/// A folder with a source disk, a volume for it and what serves it.
final class Rig implements AutoCloseable {
    static final CopySettings SETTINGS = new CopySettings(new NbdSettings(3, 8, 256 << 10, Duration.ofSeconds(20)).retry(RetrySettings.OFF),
            64 << 10, 64 << 20, 2, "XXH3-128");

    /// With checkpoints so often that a copy of a few megabytes has many.
    static final CopySettings OFTEN = SETTINGS.saving(256 << 10, Duration.ofMillis(20));

    final Path folder;
    final Supervisor supervisor;
    final Exports exports;
    final Path source;
    final Path target;

    Rig(Path folder) throws IOException {
        this.folder = folder;
        this.supervisor = new Supervisor(folder.resolve("tmp"));
        this.exports = new Exports(supervisor, Files.createDirectories(folder.resolve("run")), folder, _ -> null);
        this.source = folder.resolve("source.raw");
        this.target = folder.resolve("target.raw");
    }

    /// A disk whose data lies in runs of any length and place, with zeroes written in some of them.
    static void makeDisk(Path file, long size, long seed) throws IOException {
        var random = new Random(seed);
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(0);
            disk.setLength(size);
            long at = random.nextInt(100_000);
            while (at < size) {
                var bytes = new byte[(int) Math.min(size - at, 1 + random.nextInt(1 << 20))];
                if (random.nextInt(5) > 0) {
                    random.nextBytes(bytes);
                }
                disk.seek(at);
                disk.write(bytes);
                at += bytes.length + random.nextInt(600_000);
            }
        }
    }

    static void makeVolume(Path file, long size) throws IOException {
        try (var volume = new RandomAccessFile(file.toFile(), "rw")) {
            volume.setLength(0);
            volume.setLength(size);
        }
    }

    ExportSpec sourceFile() throws IOException {
        return new ExportSpec.File(source.toString(), FileIdentity.read(source));
    }

    /// The source through filters of nbdkit.
    ExportSpec filtered(List<String> filters, String... arguments) {
        var all = new java.util.HashMap<>(Map.of("file", source.toString()));
        for (int i = 0; i < arguments.length; i += 2) {
            all.put(arguments[i], arguments[i + 1]);
        }
        return new ExportSpec.Nbdkit("file", all, Map.of(), filters);
    }

    DiskCopy disk(ExportSpec from, long size) {
        return new DiskCopy("disk1", from, "source-1", new TargetSpec.RawFile(target.toString(), target + ".lock"), "target-1", size);
    }

    Path qcow2() {
        return folder.resolve("target.qcow2");
    }

    void makeQcow2(long size) {
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", qcow2().toString(), Long.toString(size)));
    }

    DiskCopy qcow2Disk(ExportSpec from, long size) {
        return new DiskCopy("disk1", from, "source-1", new TargetSpec.Qcow2File(qcow2().toString(), target + ".lock"), "target-1", size);
    }

    WorkerJob.Copy job(DiskCopy... disks) {
        return new WorkerJob.Copy(new JobName("copy-1"), folder.toString(), List.of(), List.of(disks), CopyOptions.DEFAULT);
    }

    DiskReport copy(DiskCopy disk) {
        return copy(disk, SETTINGS);
    }

    DiskReport copy(DiskCopy disk, CopySettings settings) {
        return new DiskCopier(exports, settings).copy(job(disk), _ -> {
        }).disks().getFirst();
    }

    /// Ends with an error unless both files hold the same bytes.
    void requireEqual(Path one, Path other) {
        supervisor.run(Command.of("cmp", one.toString(), other.toString()));
    }

    @Override
    public void close() {
        supervisor.close();
        exports.close();
    }

    /// Of a loop, printed so that it can be had again by `--seed`.
    static long seed(String what) {
        long seed = Long.getLong("godwit.seed", System.nanoTime());
        System.out.println(what + " seed " + seed);
        return seed;
    }

    long allocatedBytes(Path file) {
        return Long.parseLong(supervisor.run(Command.of("stat", "-c", "%b", file.toString())).strip()) * 512;
    }
}
