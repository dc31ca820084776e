package io.godwit.provider.local;

import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.stream.Collectors;

/// What the files of a pool's volumes are. A volume's name ends with it.
enum VolumeFormat {
    RAW("raw"), QCOW2("qcow2");

    private static final int QCOW2_MAGIC = 'Q' << 24 | 'F' << 16 | 'I' << 8 | 0xfb;
    private static final int QCOW2_SIZE_AT = 24;

    private final String word;

    VolumeFormat(String word) {
        this.word = word;
    }

    /// As libvirt and QEMU call it, and the storage classes of a pool.
    String word() {
        return word;
    }

    /// The one that a disk's storage is mapped to.
    ///
    /// @param otherwise where the mapping leaves it to the pool
    static VolumeFormat of(StorageTarget storage, VolumeFormat otherwise) {
        var name = storage.storageClass();
        return name.isEmpty()
                ? otherwise
                : parse(name, SpiFault.STORAGE_CLASS_UNKNOWN, "storage cannot be mapped to class \"" + name + "\" of a pool");
    }

    /// @param fault where it is none
    /// @param what the fault's
    static VolumeFormat parse(String word, FaultCode fault, String what) {
        return Arrays.stream(values()).filter(each -> each.word.equals(word)).findFirst()
                .orElseThrow(() -> new FaultException(fault, what,
                        "it has " + Arrays.stream(values()).map(VolumeFormat::word).collect(Collectors.joining(" and "))));
    }

    /// That of a volume of ours.
    static VolumeFormat of(Path volume) {
        return volume.toString().endsWith("." + QCOW2.word) ? QCOW2 : RAW;
    }

    /// Bytes that the file of a disk of that size can grow to. A qcow2's tables have 8 bytes for each cluster of 64 KiB, its counters 2
    /// (QEMU, docs/interop/qcow2.txt), and what a kill leaves unused is found again by `qemu-img check`.
    long mostBytes(long sizeBytes) {
        return this == RAW ? sizeBytes : sizeBytes + sizeBytes / 4096 + (1 << 20);
    }

    /// Size of the disk that is in a volume; negative where the file is none of this format.
    long sizeBytes(Path volume) throws IOException {
        if (this == RAW) {
            return Files.size(volume);
        }
        var header = ByteBuffer.allocate(QCOW2_SIZE_AT + Long.BYTES);
        try (var file = FileChannel.open(volume, StandardOpenOption.READ)) {
            while (header.hasRemaining() && file.read(header, header.position()) > 0) {
                // the rest of it
            }
        }
        return header.hasRemaining() || header.getInt(0) != QCOW2_MAGIC ? -1 : header.getLong(QCOW2_SIZE_AT);
    }
}
