package io.godwit.convert;

import io.godwit.export.Exports;
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
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A worker's surroundings for a test: supervisor, exports, work volume.
final class Machine implements AutoCloseable {
    final Supervisor supervisor;
    final Path runtime;
    final Path work;
    final Map<String, String> secrets = new HashMap<>();
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
        return new ConverterTools(supervisor, exports, runtime, settings,
                name -> Objects.requireNonNull(secrets.get(name), name));
    }

    Exports exports() {
        return exports;
    }

    WorkerJob.Inspect inspect(List<DiskInput> disks) {
        return inspect(disks, null);
    }

    WorkerJob.Inspect inspect(List<DiskInput> disks, @Nullable String rootDevice) {
        return new WorkerJob.Inspect(new JobName("inspect"), work.toString(), List.of(), disks, rootDevice);
    }

    WorkerJob.Convert convert(List<DiskInput> disks) {
        return convert(disks, false, null);
    }

    WorkerJob.Convert convert(List<DiskInput> disks, boolean uefi, @Nullable String rootDevice) {
        return new WorkerJob.Convert(new JobName("convert"), work.toString(), List.of(), 1, shape(uefi), disks, rootDevice);
    }

    WorkerJob.CheckBoot boot(boolean uefi, int seconds, List<Path> volumes) {
        var disks = new ArrayList<BootDisk>();
        volumes.forEach(volume -> disks.add(new BootDisk("disk" + disks.size(), volume.toString())));
        return new WorkerJob.CheckBoot(new JobName("boot"), work.toString(), List.of(), shape(uefi), disks, seconds,
                work.resolve("evidence").toString());
    }

    BootCheck bootCheck() {
        return new BootCheck(tools(ConverterSettings.DEFAULT));
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

    @Override
    public void close() {
        supervisor.close();
        exports.close();
        new JobFiles(work.toString()).deleteFolder(runtime);
    }
}
