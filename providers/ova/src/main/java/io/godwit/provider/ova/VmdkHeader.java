package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_NAMES_FILES;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.regex.Pattern;

/// What the head of a sparse or stream-optimised VMDK says. An early check for people: the worker checks the image again, by
/// itself, before any tool opens it.
///
/// @param capacityBytes size of the disk inside
record VmdkHeader(long capacityBytes) {
    private static final int SECTOR = ImageFile.SECTOR;
    static final int MAGIC = 0x564d444b; // "KDMV"
    private static final long GRAINS_AT_END = -1;
    private static final long MAX_CAPACITY_SECTORS = 1L << 47; // 64 PiB
    private static final long MAX_DESCRIPTOR_SECTORS = 2_048;
    private static final Pattern EXTENT = Pattern.compile("(?:RW|RDONLY|NOACCESS)\\s+\\d+\\s+(\\w++).*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);

    /// A fault where it is not a disk in one piece.
    static VmdkHeader read(ImageFile image) throws IOException {
        var what = image.what();
        var head = image.sector(0);
        if (head.getInt(0) != MAGIC) {
            throw notSparse(head, what);
        }
        var capacity = head.getLong(12);
        var descriptorAt = head.getLong(28);
        var descriptorSectors = head.getLong(36);
        if (head.getInt(4) < 1 || head.getInt(4) > 3) {
            throw OVA_DISK_UNSUPPORTED.because(what + " cannot be read yet", "its VMDK version is " + head.getInt(4));
        }
        if (capacity == 0) { // tools take the descriptor inside for the disk then, and open what it names
            throw OVA_DISK_NAMES_FILES.because(what + " is refused", "it has no bytes of its own: it only describes other files");
        }
        if (capacity < 0 || capacity > MAX_CAPACITY_SECTORS) {
            throw OVA_DISK_INVALID.because(what + " is damaged", "it says it has " + Long.toUnsignedString(capacity) + " sectors");
        }
        if (descriptorAt <= 0 || descriptorSectors <= 0) {
            throw OVA_DISK_UNSUPPORTED.because(what + " cannot be read yet",
                    "it has no descriptor, so it is one part of a disk in several files");
        }
        if (descriptorSectors > MAX_DESCRIPTOR_SECTORS || descriptorAt > image.sizeBytes() / SECTOR - descriptorSectors) {
            throw OVA_DISK_INVALID.because(what + " is damaged",
                    "its descriptor (" + descriptorSectors + " sectors at " + descriptorAt + ") lies outside of it");
        }
        checkDescriptor(image.text(descriptorAt * SECTOR, (int) descriptorSectors * SECTOR), what);
        if (head.getLong(56) == GRAINS_AT_END && image.files().readsEnd()) {
            checkFooter(image, capacity);
        }
        return new VmdkHeader(capacity * SECTOR);
    }

    private static RuntimeException notSparse(ByteBuffer head, String what) {
        var bytes = new byte[SECTOR];
        head.get(0, bytes);
        var text = new String(bytes, ISO_8859_1);
        if (text.startsWith("COWD")) {
            return OVA_DISK_UNSUPPORTED.because(what + " cannot be read yet", "it is a redo log of ESX (COWD)");
        }
        return OVA_DISK_INVALID.because(what + " is not a disk", "its first bytes are not those of a VMDK, which the OVF says it is");
    }

    private static void checkDescriptor(String descriptor, String what) {
        var end = descriptor.indexOf('\0');
        var extents = 0;
        for (var line : (end < 0 ? descriptor : descriptor.substring(0, end)).split("[\r\n]+", -1)) {
            var setting = line.strip();
            var lower = setting.toLowerCase(Locale.ROOT).replaceAll("\\s", "");
            if ((lower.startsWith("parentcid=") && !lower.equals("parentcid=ffffffff")) || lower.startsWith("parentfilenamehint=")) {
                throw OVA_DISK_NAMES_FILES.because(what + " is refused",
                        "it holds only what changed since a snapshot: " + TarIndex.printable(setting));
            }
            var extent = EXTENT.matcher(setting);
            if (extent.matches()) {
                extents++;
                if (!"SPARSE".equalsIgnoreCase(extent.group(1))) {
                    throw OVA_DISK_NAMES_FILES.because(what + " is refused",
                            "it names another file: " + TarIndex.printable(setting));
                }
            }
        }
        if (extents != 1) {
            throw extents == 0
                    ? OVA_DISK_INVALID.because(what + " is damaged", "its descriptor names no extent")
                    : OVA_DISK_NAMES_FILES.because(what + " is refused", "its descriptor names " + extents + " files");
        }
    }

    /// A stream's tables are at its end: where they are not, the end is missing.
    private static void checkFooter(ImageFile image, long capacity) throws IOException {
        var footer = image.sector(image.sizeBytes() / SECTOR - 2);
        if (footer.getInt(0) != MAGIC || footer.getLong(12) != capacity) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged", "its last sectors are not the end of a stream-optimised VMDK");
        }
    }
}
