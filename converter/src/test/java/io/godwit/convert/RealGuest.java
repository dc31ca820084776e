package io.godwit.convert;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.WorkerJob.DiskInput;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// The virtual machines that `peers/guest` makes.
public final class RealGuest {
    private RealGuest() {}

    /// A real guest, built by peers/guest or taken from its cache.
    public static Path ova(String name) throws IOException, InterruptedException {
        var build = Stream.iterate(Path.of("").toAbsolutePath(), Objects::nonNull, Path::getParent)
                .map(folder -> folder.resolve("peers/guest/build")).filter(Files::isExecutable).findFirst().orElseThrow();
        var process = new ProcessBuilder(build.toString(), name).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        var last = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip().lines().reduce("",
                (_, line) -> line);
        if (!process.waitFor(20, TimeUnit.MINUTES) || process.exitValue() != 0) {
            throw new AssertionError("peers/guest/build " + name + " failed");
        }
        return Path.of(last);
    }

    /// The disks of an OVA, in place inside its tar.
    public static List<DiskInput> disks(Path ova, long... sizes) throws IOException {
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
}
