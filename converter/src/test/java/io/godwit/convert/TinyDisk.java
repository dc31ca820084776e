package io.godwit.convert;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// A sparse raw disk with an MBR and partitions of one size, filled without mounting anything.
final class TinyDisk {
    private static final long MIB = 1 << 20;
    private final Supervisor supervisor;
    private final Path image;
    private final long partitionBytes;
    private int filled;

    TinyDisk(Supervisor supervisor, Path image, int partitions, int partitionMib) {
        this.supervisor = supervisor;
        this.image = Machine.sparse(image, (1 + (long) partitions * partitionMib) * MIB);
        partitionBytes = partitionMib * MIB;
        var _ = supervisor.run(Command.of("sfdisk", "-q", image.toString()).input("label: dos\n" + IntStream.range(0, partitions)
                .mapToObj(i -> "start=" + start(i) / 512 + ",size=" + partitionBytes / 512 + ",type=83\n").collect(Collectors.joining())));
    }

    /// Makes the next partition the root file system of this guest.
    TinyDisk ext4(TinyGuest guest) {
        var _ = supervisor.run(Command.of("mkfs.ext4", "-q", "-b", "4096", "-L", guest.name(), "-E", "offset=" + start(filled++), "-d",
                guest.tree().toString(),
                image.toString(), Long.toString(partitionBytes / 4096)));
        return this;
    }

    /// Makes the next partition an encrypted one, by a real header that opens with a key nobody keeps.
    TinyDisk luks() throws IOException {
        var header = Machine.sparse(image.resolveSibling("luks.img"), partitionBytes);
        var _ = supervisor.run(Command.of("cryptsetup", "luksFormat", "-q", "--type", "luks2", "--pbkdf", "pbkdf2",
                "--pbkdf-force-iterations", "1000", header.toString(), "-").input("for-a-test"));
        try (var from = new RandomAccessFile(header.toFile(), "r"); var to = new RandomAccessFile(image.toFile(), "rw")) {
            for (long at = 0, start = start(filled++); at < partitionBytes;) {
                at += from.getChannel().transferTo(at, partitionBytes - at, to.getChannel().position(start + at));
            }
        }
        Files.delete(header);
        return this;
    }

    /// Makes the next partition an NTFS with all that makes libguestfs take it for Windows, hibernated as by Fast Startup.
    TinyDisk hibernatedWindows() throws IOException {
        return windows(Files.write(image.resolveSibling("hiberfil.sys"), Arrays.copyOf("hibr".getBytes(US_ASCII), 4096)), "/hiberfil.sys");
    }

    /// Makes the next partition an NTFS with all that makes libguestfs take it for Windows, and this event log.
    TinyDisk windows(Path eventLog) throws IOException {
        return windows(eventLog, "/Windows/System32/winevt/Logs/System.evtx");
    }

    private TinyDisk windows(Path file, String where) throws IOException {
        var program = ByteBuffer.allocate(1024).order(ByteOrder.LITTLE_ENDIAN).put("MZ".getBytes(US_ASCII)).putInt(0x3c, 0x80)
                .put(0x80, "PE".getBytes(US_ASCII)).putShort(0x84, (short) 0x8664).putShort(0x94, (short) 0xf0)
                .putShort(0x98, (short) 0x20b);
        var shell = Files.write(image.resolveSibling("cmd.exe"), program.array());
        var device = "/dev/sda" + ++filled;
        guestfish(supervisor, "raw", image, "mkfs", "ntfs", device, ":", "mount", device, "/", ":", "mkdir-p", "/Windows/System32/Config",
                ":", "mkdir-p", "/Windows/System32/winevt/Logs", ":", "upload", shell.toString(), "/Windows/System32/cmd.exe", ":",
                "upload",
                file.toString(), where, ":", "umount-all");
        return this;
    }

    /// Runs commands of guestfish on a disk.
    static void guestfish(Supervisor supervisor, String format, Path image, String... commands) {
        var _ = supervisor.run(Command.of("guestfish", "--format=" + format, "-a", image.toString(), "--", "run", ":").with(commands)
                .environment("LIBGUESTFS_BACKEND", "direct").environment("LIBGUESTFS_BACKEND_SETTINGS", "force_tcg")
                .deadline(Duration.ofMinutes(5)));
    }

    /// Changes the file system of the last partition that was filled, behind its back.
    TinyDisk debugfs(String request) {
        var _ = supervisor.run(Command.of("debugfs", "-w", "-R", request, image + "?offset=" + start(filled - 1)));
        return this;
    }

    Path image() {
        return image;
    }

    private long start(int partition) {
        return MIB + partition * partitionBytes;
    }
}
