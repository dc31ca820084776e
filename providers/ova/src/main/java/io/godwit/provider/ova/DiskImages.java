package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_SIZE_DIFFERS;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;
import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;

import io.godwit.model.fault.FaultException;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfDisk;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/// Tells of each disk of an OVF whether we can read its image. The format is what the OVF says; an image is looked at only to see whether
/// it is that.
final class DiskImages {
    private static final int SECTOR = 512;

    private final TarIndex tar;
    private final OvfDescriptor ovf;
    private final Map<String, TarMember> files;

    private DiskImages(TarIndex tar, OvfDescriptor ovf, Map<String, TarMember> files) {
        this.tar = tar;
        this.ovf = ovf;
        this.files = files;
    }

    static Map<String, DiskImage> read(TarIndex tar, OvfDescriptor ovf, Map<String, TarMember> files, Path path) throws IOException {
        var images = new DiskImages(tar, ovf, files);
        var read = new HashMap<String, DiskImage>();
        for (var disk : ovf.disks().values()) {
            try {
                read.put(disk.id(), images.read(disk, path));
            } catch (FaultException e) { // the VM is shown nevertheless, with this as a concern
                read.put(disk.id(), new DiskImage.Unusable(e.fault()));
            }
        }
        return Map.copyOf(read);
    }

    private DiskImage read(OvfDisk disk, Path path) throws IOException {
        var file = ovf.fileOf(disk);
        var what = "the disk " + TarIndex.printable(file.map(OvfFile::href).orElse(disk.id())) + " of the OVA " + path;
        if (disk.parentId().isPresent()) {
            throw OVA_DISK_UNSUPPORTED.because(what + " is not supported yet",
                    "it holds only what differs from the disk " + TarIndex.printable(disk.parentId().get()));
        }
        if (disk.fileRef().isEmpty()) {
            throw OVA_DISK_UNSUPPORTED.because(what + " is not supported yet", "it is an empty disk, without a file in the package");
        }
        if (file.isEmpty()) {
            throw OVA_OVF_INVALID.because(what + " cannot be found",
                    "its fileRef " + TarIndex.printable(disk.fileRef().get()) + " is no file of the OVF");
        }
        if (file.get().compressed().isPresent()) {
            throw OVA_DISK_UNSUPPORTED.because(what + " is not supported yet",
                    "its file is compressed (" + TarIndex.printable(file.get().compressed().get()) + ")");
        }
        var member = files.get(file.get().id());
        if (member == null) {
            throw OVA_DISK_UNSUPPORTED.because(what + " is not supported yet", "its file is split into chunks");
        }
        requireVmdk(disk, file.get(), what);
        var capacityBytes = OvfUnits.bytes(disk.capacity(), disk.units());
        if (capacityBytes.isEmpty() || capacityBytes.getAsLong() % SECTOR != 0) {
            throw OVA_OVF_INVALID.because(what + " has no usable size",
                    "the OVF gives it the capacity '" + TarIndex.printable(disk.capacity()) + "' in '" + TarIndex.printable(disk.units())
                            + "'");
        }
        var header = VmdkHeader.read(tar, member, what);
        if (header.capacityBytes() != capacityBytes.getAsLong()) {
            throw OVA_DISK_SIZE_DIFFERS.because(what + " has two sizes",
                    "the OVF says " + capacityBytes.getAsLong() + " bytes, its image says " + header.capacityBytes());
        }
        return new DiskImage.Usable(member, header.capacityBytes());
    }

    /// By the format's URI, or, without one, by the file's name.
    private static void requireVmdk(OvfDisk disk, OvfFile file, String what) {
        var vmdk = disk.format().map(uri -> uri.toLowerCase(Locale.ROOT).contains("vmdk"))
                .orElseGet(() -> file.href().toLowerCase(Locale.ROOT).endsWith(".vmdk"));
        if (!vmdk) {
            throw OVA_DISK_UNSUPPORTED.because(what + " is not supported yet",
                    "its format is " + disk.format().map(TarIndex::printable).orElse("not given, and its name is not that of a VMDK"));
        }
    }
}
