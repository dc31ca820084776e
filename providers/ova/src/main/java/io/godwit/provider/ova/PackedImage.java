package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;
import static io.godwit.provider.ova.OvaFault.OVA_FILE_MISSING;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.Packing;
import io.godwit.model.disk.Gunzip;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The image of a disk that is compressed (`ovf:compression`), in pieces (`ovf:chunkSize`), or both: a worker makes it whole once in the work volume. Here its
/// first bytes are read as they will be, so that its headers can be looked at; of a compressed one not the last.
final class PackedImage implements PackageFiles {
    private static final int MAX_PARTS = 1_000_000_000; // nine digits
    private static final int MAX_HEADERS_BYTES = 8 << 20;
    private static final int READ_AHEAD = 128 << 10;
    private static final int TRAILER = 4;
    private static final long TURN = 1L << 32;
    private static final long OVERHEAD_BYTES = 64L << 20;

    private final PackageFiles files;
    private final List<PackageFile> parts;
    private final boolean compressed;
    private final String what;
    private byte[] start = new byte[0];

    private PackedImage(PackageFiles files, List<PackageFile> parts, boolean compressed, String what) {
        this.files = files;
        this.parts = parts;
        this.compressed = compressed;
        this.what = what;
    }

    /// @param whole the file where it is in one piece
    /// @param what the disk's name in faults
    static PackedImage open(PackageFiles files, OvfFile file, Optional<PackageFile> whole, String what) throws IOException {
        var how = file.compressed().map(text -> text.toLowerCase(Locale.ROOT));
        if (how.isPresent() && !how.get().equals("gzip")) {
            throw OVA_DISK_UNSUPPORTED.because(what + " cannot be read",
                    "it is compressed by " + TarIndex.printable(how.get()) + ", not gzip");
        }
        var parts = whole.isPresent() ? List.of(whole.get()) : pieces(files, file, what);
        return new PackedImage(files, parts, how.isPresent(), what);
    }

    /// `name.000000000`, `name.000000001`, ...: all but the last of one size.
    private static List<PackageFile> pieces(PackageFiles files, OvfFile file, String what) throws IOException {
        var pieces = new ArrayList<PackageFile>();
        var total = 0L;
        for (var piece = find(files, file, 0); piece.isPresent() && pieces.size() < MAX_PARTS; piece = find(files, file, pieces.size())) {
            if (!pieces.isEmpty() && pieces.getLast().sizeBytes() != file.chunkBytes().getAsLong()) {
                throw OVA_DISK_INVALID.because(what + " is damaged", "its piece " + TarIndex.printable(pieces.getLast().name()) + " has "
                        + pieces.getLast().sizeBytes() + " bytes, and each but the last should have " + file.chunkBytes().getAsLong());
            }
            pieces.add(piece.get());
            total += piece.get().sizeBytes();
        }
        if (pieces.isEmpty() || (file.sizeBytes().isPresent() && total < file.sizeBytes().getAsLong() && file.compressed().isEmpty())) {
            throw OVA_FILE_MISSING.because(what + " is not complete", "its piece " + TarIndex.printable(nameOf(file, pieces.size()))
                    + " is missing: those before have " + total + " bytes"
                    + (file.sizeBytes().isPresent() ? " of " + file.sizeBytes().getAsLong() : ""));
        }
        return List.copyOf(pieces);
    }

    private static Optional<PackageFile> find(PackageFiles files, OvfFile file, int number) throws IOException {
        return OvaPackage.findFile(files, nameOf(file, number));
    }

    private static String nameOf(OvfFile file, int number) {
        return file.href() + String.format(Locale.ROOT, ".%09d", number);
    }

    /// The file as it will be.
    ///
    /// @param capacityBytes of its disk, which no image exceeds by much
    PackageFile whole(OvfFile file, long capacityBytes) throws IOException {
        var packed = parts.stream().mapToLong(PackageFile::sizeBytes).sum();
        var name = compressed ? file.href().replaceFirst("(?i)\\.gz$", "") : file.href();
        var bytes = compressed ? unpackedBytes(packed) : packed;
        // named by what it is made of: never taken for that of another version
        var kept = "unpacked/" + Integer.toHexString(name.hashCode()) + "-" + Integer.toHexString(parts.toString().hashCode());
        var limit = Math.max(compressed ? 0 : packed, capacityBytes + capacityBytes / 50 + OVERHEAD_BYTES);
        // its headers may lie anywhere where such an image has bytes: the least size would put those of a large one outside of it
        return new PackageFile(name, compressed ? limit : packed,
                new ExportSpec.Unpacked(parts.stream().map(PackageFile::location).toList(),
                        compressed ? Packing.GZIP : Packing.PIECES, kept, bytes, limit));
    }

    /// That image, which will have so many bytes: what is raw is as long as its disk.
    static PackageFile ofBytes(PackageFile whole, long bytes) {
        return whole.location() instanceof ExportSpec.Unpacked(var parts, var packing, var file, _, var limit)
                ? new PackageFile(whole.name(), bytes, new ExportSpec.Unpacked(parts, packing, file, bytes, limit))
                : whole;
    }

    /// Whether such an image may turn out to be larger than what is reserved for it.
    static boolean mayBeLarger(ExportSpec image) {
        return image instanceof ExportSpec.Format(ExportSpec.Unpacked unpacked, var format) && format != DiskFormat.RAW
                && unpacked.packing() == Packing.GZIP && unpacked.limitBytes() - unpacked.sizeBytes() >= TURN;
    }

    /// gzip tells the size modulo 2^32, and packs little tighter what a VMDK has packed already: the least that fits to both.
    private long unpackedBytes(long packed) throws IOException {
        if (packed < TRAILER) {
            throw OVA_DISK_INVALID.because(what + " is damaged", "it is compressed and has only " + packed + " bytes");
        }
        var last = rawBytes(packed - TRAILER, TRAILER);
        var modulo = (last[0] & 0xffL) | (last[1] & 0xffL) << 8 | (last[2] & 0xffL) << 16 | (last[3] & 0xffL) << 24;
        var least = packed - packed / 1_000 - 1_024;
        var turns = Math.max(0, (least - modulo + TURN - 1) / TURN);
        return modulo + turns * TURN;
    }

    List<PackageFile> parts() {
        return parts;
    }

    @Override
    public boolean readsEnd() {
        return !compressed;
    }

    @Override
    public byte[] read(PackageFile file, long offset, int length) throws IOException {
        if (!compressed) {
            return rawBytes(offset, length);
        }
        if (offset > MAX_HEADERS_BYTES - length) {
            throw OVA_DISK_UNSUPPORTED.because(what + " cannot be read",
                    "it is compressed, and what it is stands too far behind its beginning (byte " + offset + ")");
        }
        if (start.length < offset + length) {
            start = unpackedStart((int) Math.min(MAX_HEADERS_BYTES, Math.max(READ_AHEAD, 2 * (offset + length))));
        }
        if (start.length < offset + length) {
            throw OVA_DISK_INVALID.because(what + " is damaged", "unpacked it has only " + start.length + " bytes");
        }
        var bytes = new byte[length];
        System.arraycopy(start, (int) offset, bytes, 0, length);
        return bytes;
    }

    private byte[] unpackedStart(int bytes) throws IOException {
        var out = new ByteArrayOutputStream();
        try (var in = new Gunzip(new Parts())) {
            var block = in.readNBytes(READ_AHEAD);
            while (block.length > 0 && out.size() < bytes) {
                out.write(block);
                block = in.readNBytes(READ_AHEAD);
            }
        } catch (java.util.zip.ZipException | java.io.EOFException e) {
            if (out.size() == 0) {
                throw OVA_DISK_INVALID.because(what + " is not what it should be", e);
            }
        }
        return out.toByteArray();
    }

    /// Of the pieces as they are, one behind the other.
    private byte[] rawBytes(long offset, int length) throws IOException {
        var bytes = new byte[length];
        var done = 0;
        var begin = 0L;
        for (var part : parts) {
            var from = offset + done - begin;
            if (done < length && from >= 0 && from < part.sizeBytes()) {
                var count = (int) Math.min(length - done, part.sizeBytes() - from);
                System.arraycopy(files.read(part, from, count), 0, bytes, done, count);
                done += count;
            }
            begin += part.sizeBytes();
        }
        if (done < length) {
            throw OVA_DISK_INVALID.because(what + " is damaged", "it has no " + length + " bytes at byte " + offset);
        }
        return bytes;
    }

    @Override
    public PackageFile ovf() {
        return files.ovf();
    }

    @Override
    public Optional<PackageFile> manifest() throws IOException {
        return files.manifest();
    }

    @Override
    public boolean signed() {
        return files.signed();
    }

    @Override
    public boolean terminated() {
        return files.terminated();
    }

    /// What is packed stands alone: nothing beside it is looked for.
    @Override
    public Optional<PackageFile> find(String name) {
        return Optional.empty();
    }

    @Override
    public void close() {
        // who opened the package closes it
    }

    /// No more of them than headers can be packed in: gzip may have fields and members without end that unpack to nothing.
    private final class Parts extends InputStream {
        private final long sizeBytes = Math.min(2L * MAX_HEADERS_BYTES, parts.stream().mapToLong(PackageFile::sizeBytes).sum());
        private long at;

        @Override
        public int read() throws IOException {
            var one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] into, int offset, int length) throws IOException {
            var count = (int) Math.min(length, sizeBytes - at);
            if (count <= 0) {
                return -1;
            }
            System.arraycopy(rawBytes(at, count), 0, into, offset, count);
            at += count;
            return count;
        }
    }
}
