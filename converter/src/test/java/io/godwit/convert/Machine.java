package io.godwit.convert;

import io.godwit.export.Exports;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.BootDisk;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.disk.WorkerJob.MachineShape;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A worker's surroundings for a test: supervisor, exports, work volume.
final class Machine implements AutoCloseable {
    final Supervisor supervisor;
    final Path runtime;
    final Path work;
    private final Exports exports;

    Machine(Path folder) {
        try {
            runtime = Files.createTempDirectory("godwit-it");
            work = Files.createDirectories(folder.resolve("work"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        supervisor = new Supervisor(work.resolve("tmp")); // as in a worker
        exports = new Exports(supervisor, runtime, work, _ -> null);
    }

    ConverterTools tools(ConverterSettings settings) {
        return new ConverterTools(supervisor, exports, runtime, settings);
    }

    Exports exports() {
        return exports;
    }

    WorkerJob.Inspect inspect(List<DiskInput> disks) {
        return new WorkerJob.Inspect(new JobName("inspect"), work.toString(), List.of(), disks, null);
    }

    WorkerJob.Convert convert(List<DiskInput> disks) {
        return new WorkerJob.Convert(new JobName("convert"), work.toString(), List.of(), 1, shape(false), disks, null);
    }

    WorkerJob.CheckBoot boot(boolean uefi, int seconds, List<Path> volumes) {
        var disks = new ArrayList<BootDisk>();
        volumes.forEach(volume -> disks.add(new BootDisk("disk" + disks.size(), volume.toString())));
        return new WorkerJob.CheckBoot(new JobName("boot"), work.toString(), List.of(), shape(uefi), disks, seconds,
                work.resolve("evidence").toString());
    }

    BootCheck bootCheck() {
        return new BootCheck(supervisor, runtime, ConverterSettings.DEFAULT);
    }

    private static MachineShape shape(boolean uefi) {
        return new MachineShape("guest", "6f0d1c52-1c1e-4a0e-9c5f-6f6477697403", 1, 1, 1, 512L << 20, uefi, false, "virtio",
                List.of("52:54:00:12:34:56"), Map.of());
    }

    static DiskInput raw(String key, Path file) {
        try {
            return new DiskInput(key, new ExportSpec.File(file.toString(), null), Files.size(file), "scsi");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Path sparse(Path file, long sizeBytes) {
        try (var disk = new RandomAccessFile(file.toFile(), "rw")) {
            disk.setLength(sizeBytes);
            return file;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Programs that name a path of this test in their arguments.
    List<ProcessHandle> programsOfOurs() {
        return ProcessHandle.allProcesses()
                .filter(process -> process.info().arguments()
                        .map(arguments -> String.join(" ", arguments).contains(runtime.toString())
                                || String.join(" ", arguments).contains(work.toString()))
                        .orElse(false))
                .toList();
    }

    /// A real guest, built by peers/guest or taken from its cache.
    static Path guest(String name) throws IOException, InterruptedException {
        var build = Path.of(System.getProperty("basedir", ".")).resolve("../peers/guest/build").normalize().toAbsolutePath();
        var process = new ProcessBuilder(build.toString(), name).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var last = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip().lines().reduce("",
                (_, line) -> line);
        if (!process.waitFor(20, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("peers/guest/build " + name + " failed");
        }
        return Path.of(last);
    }

    /// The disks of an OVA, in place inside its tar.
    static List<DiskInput> disks(Path ova, long... sizes) throws IOException {
        var disks = new ArrayList<DiskInput>();
        try (var tar = new RandomAccessFile(ova.toFile(), "r")) {
            var header = new byte[512];
            for (long at = 0; at + 512 <= tar.length();) {
                tar.seek(at);
                tar.readFully(header);
                var name = new String(header, 0, 100, StandardCharsets.US_ASCII).replace("\0", "");
                if (name.isEmpty()) {
                    break;
                }
                var size = Long.parseLong(new String(header, 124, 11, StandardCharsets.US_ASCII).strip(), 8);
                if (name.endsWith(".vmdk")) {
                    disks.add(new DiskInput("disk" + disks.size(),
                            new ExportSpec.Format(new ExportSpec.Range(new ExportSpec.File(ova.toString(), null), at + 512, size),
                                    DiskFormat.VMDK),
                            sizes[disks.size()], "scsi"));
                }
                at += 512 + (size + 511) / 512 * 512;
            }
        }
        return disks;
    }

    @Override
    public void close() {
        supervisor.close();
        exports.close();
        new JobFiles(work.toString()).deleteFolder(runtime);
    }
}
