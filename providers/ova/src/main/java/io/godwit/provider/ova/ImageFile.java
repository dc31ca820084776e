package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_INVALID;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/// The image of a disk while its headers are read: an early check for people. The worker checks the image again, by itself, before any tool opens it.
///
/// @param what the disk's name in faults
record ImageFile(PackageFiles files, PackageFile file, String what) {
    static final int SECTOR = 512;

    long sizeBytes() {
        return file.sizeBytes();
    }

    /// In the byte order that most formats have; a fault where the image is shorter.
    ByteBuffer read(long offset, int length) throws IOException {
        if (offset < 0 || length > sizeBytes() || offset > sizeBytes() - length) {
            throw OVA_DISK_INVALID.because(what + " is damaged", "its header leads to byte " + offset + ", and it has " + sizeBytes());
        }
        return ByteBuffer.wrap(files.read(file, offset, length)).order(ByteOrder.LITTLE_ENDIAN);
    }

    /// The sector of that number.
    ByteBuffer sector(long sector) throws IOException {
        if (sector < 0 || sector >= sizeBytes() / SECTOR) {
            throw OVA_DISK_INVALID.because(what + " is not a disk", "it has only " + sizeBytes() + " bytes");
        }
        return read(sector * SECTOR, SECTOR);
    }

    String text(long offset, int length) throws IOException {
        return StandardCharsets.ISO_8859_1.decode(read(offset, length)).toString();
    }
}
