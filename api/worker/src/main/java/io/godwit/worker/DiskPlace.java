package io.godwit.worker;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Where bytes lie in the end, as far as this machine knows: a link, a loop device, a partition or another spelling of a URI leads to the same ones.
///
/// @param bottom the file, device or export that holds them
/// @param from the first of them there
/// @param to behind the last of them there
/// @param beneath what they are made of by a map that is not told, as a logical volume's is
record DiskPlace(String bottom, long from, long to, List<DiskPlace> beneath) {
    private static final int SECTOR = 512;
    private static final int NBD_PORT = 10809;
    private static final int KIND_OF_FILE = 0170000;
    private static final int BLOCK_DEVICE = 0060000;
    private static final String SOCKET = "socket=";
    private static final Path SYS = Path.of("/sys");

    private DiskPlace(String bottom) {
        this(bottom, 0, Long.MAX_VALUE, List.of());
    }

    /// Of a file or device, links followed; of a file that is not there yet, the place that it will get.
    static DiskPlace of(Path path) throws IOException {
        if (!Files.exists(path)) {
            var absolute = path.toAbsolutePath();
            var folder = absolute.getParent();
            return new DiskPlace("name " + (folder != null && Files.exists(folder)
                    ? folder.toRealPath().resolve(absolute.getFileName())
                    : absolute.normalize()));
        }
        var number = numberOf(path);
        if (number != null) {
            return ofDevice(number, SYS);
        }
        return new DiskPlace("file " + Files.readAttributes(path, BasicFileAttributes.class).fileKey());
    }

    /// Of an export behind a URI of NBD.
    static DiskPlace of(URI uri) {
        var scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT).replace("nbds", "nbd");
        var host = uri.getHost() == null ? "" : uri.getHost().toLowerCase(Locale.ROOT);
        int port = uri.getPort() < 0 ? NBD_PORT : uri.getPort();
        var name = uri.getPath() == null || uri.getPath().isEmpty() ? "/" : uri.getPath();
        return new DiskPlace(scheme + " " + host + ":" + port + name + " " + socketOf(uri));
    }

    private static String socketOf(URI uri) {
        var query = String.valueOf(uri.getQuery());
        try {
            return query.startsWith(SOCKET) ? Path.of(query.substring(SOCKET.length())).toRealPath().toString() : query;
        } catch (IOException e) { // nothing will answer there
            return query;
        }
    }

    /// Of a device by its number, as a tree such as `/sys` tells.
    static DiskPlace ofDevice(String number, Path sys) throws IOException {
        var device = sys.resolve("dev/block").resolve(number);
        var alone = new DiskPlace("device " + number);
        if (!Files.exists(device)) {
            return alone;
        }
        long length = Long.parseLong(text(device.resolve("size"))) * SECTOR;
        if (Files.exists(device.resolve("loop/backing_file"))) {
            var file = Path.of(text(device.resolve("loop/backing_file")));
            return Files.exists(file) ? of(file).part(Long.parseLong(text(device.resolve("loop/offset"))), length) : alone;
        }
        if (Files.exists(device.resolve("partition"))) {
            var whole = text(device.toRealPath().resolveSibling("dev"));
            return ofDevice(whole, sys).part(Long.parseLong(text(device.resolve("start"))) * SECTOR, length);
        }
        var beneath = new ArrayList<DiskPlace>();
        if (Files.isDirectory(device.resolve("slaves"))) {
            try (var slaves = Files.list(device.resolve("slaves"))) {
                for (var slave : slaves.sorted().toList()) {
                    var place = ofDevice(text(slave.resolve("dev")), sys);
                    beneath.add(place);
                    beneath.addAll(place.beneath);
                }
            } catch (UncheckedIOException e) {
                throw e.getCause();
            }
        }
        return new DiskPlace(alone.bottom, 0, length, List.copyOf(beneath));
    }

    /// The file that a loop device, or a partition of one, is made of; `null` of any other device.
    static @Nullable Path fileOf(Path device) throws IOException {
        var number = SYS.resolve("dev/block").resolve(String.valueOf(numberOf(device)));
        if (!Files.exists(number)) {
            return null;
        }
        var whole = Files.exists(number.resolve("partition")) ? number.toRealPath().getParent() : number;
        var file = whole == null ? null : whole.resolve("loop/backing_file");
        return file != null && Files.exists(file) ? Path.of(text(file)) : null;
    }

    /// `major:minor` of a block device; `null` of anything else.
    static @Nullable String numberOf(Path path) throws IOException {
        var mode = (Integer) Files.getAttribute(path, "unix:mode");
        if ((mode & KIND_OF_FILE) != BLOCK_DEVICE) {
            return null;
        }
        long number = (Long) Files.getAttribute(path, "unix:rdev");
        long major = ((number >> 8) & 0xfff) | ((number >> 32) & ~0xfffL); // makedev(3)
        long minor = (number & 0xff) | ((number >> 12) & ~0xffL);
        return (major & 0xffffffffL) + ":" + (minor & 0xffffffffL);
    }

    /// Whether its driver refuses writes, which the system lets be opened all the same.
    static boolean isReadOnly(Path device) throws IOException {
        var state = SYS.resolve("dev/block").resolve(String.valueOf(numberOf(device))).resolve("ro");
        return Files.exists(state) && text(state).equals("1");
    }

    /// What tells a device from another one that took its name: its size, and what the kernel or the volume manager calls it.
    static String identity(Path device) throws IOException {
        var number = numberOf(device);
        return number == null ? "" : identity(number, SYS);
    }

    static String identity(String number, Path sys) throws IOException {
        var device = sys.resolve("dev/block").resolve(number);
        var size = device.resolve("size");
        if (!Files.exists(size)) {
            return number;
        }
        if (Files.exists(device.resolve("partition"))) {
            return text(device.resolve("start")) + "+" + text(size) + " of "
                    + identity(text(device.toRealPath().resolveSibling("dev")), sys);
        }
        for (var name : List.of("dm/uuid", "diskseq")) { // the first outlives a restart of the machine
            if (Files.exists(device.resolve(name)) && !text(device.resolve(name)).isEmpty()) {
                return text(size) + " " + name + " " + text(device.resolve(name));
            }
        }
        return text(size) + " " + number;
    }

    private DiskPlace part(long offset, long length) {
        return new DiskPlace(bottom, from + offset, from + offset + length, beneath);
    }

    /// Whether to write the one may change what is read from the other.
    boolean overlaps(DiskPlace other) {
        return shares(other) || beneath.stream().anyMatch(other::shares) || other.beneath.stream().anyMatch(this::shares);
    }

    private boolean shares(DiskPlace other) {
        return bottom.equals(other.bottom) && from < other.to && other.from < to;
    }

    private static String text(Path file) throws IOException {
        return Files.readString(file).strip();
    }
}
