package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_NAMES_FILES;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/// The size of the disk in an image other than VMDK, and whether the image names other files.
final class ImageSizes {
    private static final int VHDX_TABLE = 64 << 10;
    private static final int MAX_ENTRIES = 2_047;
    static final long MAX_BYTES = 1L << 56;

    private ImageSizes() {}

    static long qcow2(ImageFile image) throws IOException {
        var header = image.read(0, 72).order(ByteOrder.BIG_ENDIAN);
        if (header.getLong(8) != 0) {
            throw OVA_DISK_NAMES_FILES.because(image.what() + " is refused", "its header names a backing file");
        }
        if (header.getInt(32) != 0) {
            throw OVA_DISK_UNSUPPORTED.because(image.what() + " cannot be read", "it is encrypted");
        }
        return sane(image, header.getLong(24));
    }

    /// By the footer's size, which QEMU is told to go by too, and not by its cylinders, heads and sectors.
    static long vhd(ImageFile image) throws IOException {
        var at = image.files().readsEnd() ? image.sizeBytes() - ImageFile.SECTOR : 0; // a dynamic one has a copy at its start
        var footer = image.read(at, ImageFile.SECTOR).order(ByteOrder.BIG_ENDIAN);
        return switch (footer.getInt(60)) {
            case 2, 3 -> sane(image, footer.getLong(48));
            case 4 ->
                throw OVA_DISK_NAMES_FILES.because(image.what() + " is refused", "it is a differencing disk, whose parent is another file");
            default -> throw OVA_DISK_UNSUPPORTED.because(image.what() + " cannot be read", "it is a VHD of type " + footer.getInt(60));
        };
    }

    static long vhdx(ImageFile image) throws IOException {
        for (var at : new long[]{192L << 10, 256L << 10}) { // the region table and its copy
            var table = image.read(at, VHDX_TABLE);
            if (table.getInt(0) == 0x69676572) { // "regi"
                var metadata = entry(table, 16, table.getInt(8), 0x4b9a47908b7ca206L, 0x6e880f055f57feb8L);
                return vhdx(image, metadata < 0 ? at : table.getLong(metadata + 16));
            }
        }
        throw OVA_DISK_INVALID.because(image.what() + " is damaged", "it has no region table");
    }

    private static long vhdx(ImageFile image, long at) throws IOException {
        var table = image.read(at, VHDX_TABLE);
        var size = entry(table, 32, table.getShort(10) & 0xffff, 0x4876cd1b2fa54224L, 0xb8f43bd8be5d11b2L);
        if (size < 0) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged", "it has no item for the size of its disk");
        }
        return sane(image, image.read(at + (table.getInt(size + 16) & 0xffffffffL), 8).getLong(0));
    }

    /// Where the entry of that id is in a table of entries of 32 bytes; -1 where there is none.
    private static int entry(ByteBuffer table, int from, int count, long low, long high) {
        for (var i = 0; i < Math.min(count, (table.capacity() - from) / 32) && i <= MAX_ENTRIES; i++) {
            var at = from + i * 32;
            if (table.getLong(at) == low && table.getLong(at + 8) == high) {
                return at;
            }
        }
        return -1;
    }

    static long sane(ImageFile image, long bytes) {
        if (bytes <= 0 || bytes > MAX_BYTES || bytes % ImageFile.SECTOR != 0) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged",
                    "it says that its disk has " + Long.toUnsignedString(bytes) + " bytes");
        }
        return bytes;
    }
}
