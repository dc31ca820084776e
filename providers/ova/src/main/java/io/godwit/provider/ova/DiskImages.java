package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_SIZE_DIFFERS;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;
import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfDisk;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Tells of each disk of an OVF whether we can read its image.
final class DiskImages {
    private static final long VHD_CYLINDER_BYTES = 16L * 255 * ImageFile.SECTOR;

    private final PackageFiles files;
    private final OvfDescriptor ovf;
    private final Map<String, PackageFile> listed;
    private final String where;

    private DiskImages(PackageFiles files, OvfDescriptor ovf, Map<String, PackageFile> listed, String where) {
        this.files = files;
        this.ovf = ovf;
        this.listed = listed;
        this.where = where;
    }

    /// @param listed the OVF's files by their ids
    /// @param where the package's name in faults
    static Map<String, DiskImage> read(PackageFiles files, OvfDescriptor ovf, Map<String, PackageFile> listed, String where)
            throws IOException {
        var images = new DiskImages(files, ovf, listed, where);
        var read = new HashMap<String, DiskImage>();
        for (var disk : ovf.disks().values()) {
            try {
                read.put(disk.id(), images.read(disk));
            } catch (FaultException e) { // the VM is shown nevertheless, with this as a concern
                read.put(disk.id(), new DiskImage.Unusable(e.fault()));
            }
        }
        return Map.copyOf(read);
    }

    private DiskImage read(OvfDisk disk) throws IOException {
        var file = ovf.fileOf(disk);
        var what = "the disk " + TarIndex.printable(file.map(OvfFile::href).orElse(disk.id())) + " of " + where;
        if (disk.parentId().isPresent()) {
            throw OVA_DISK_UNSUPPORTED.because(what + " is not supported",
                    "it holds only what differs from the disk " + TarIndex.printable(disk.parentId().get()));
        }
        if (disk.fileRef().isEmpty()) {
            return blank(capacity(disk, what), what);
        }
        if (file.isEmpty()) {
            throw OVA_OVF_INVALID.because(what + " cannot be found",
                    "its fileRef " + TarIndex.printable(disk.fileRef().get()) + " is no file of the OVF");
        }
        var capacity = capacity(disk, what);
        var found = Optional.ofNullable(listed.get(file.get().id()));
        if (file.get().compressed().isEmpty() && found.isPresent()) {
            return read(disk, capacity, new ImageFile(files, found.get(), what));
        }
        var packed = PackedImage.open(files, file.get(), found, what);
        var known = capacity.orElseThrow(() -> OVA_OVF_INVALID.because(what + " has no usable size",
                "its file is packed, and the OVF gives its disk no capacity"));
        var image = new ImageFile(packed, packed.whole(file.get(), known), what);
        var usable = read(disk, capacity, image);
        return new DiskImage.Usable(usable.source(), usable.capacityBytes(), packed.parts());
    }

    /// One without a file holds nothing yet (DSP0243 9.1): appliances have them for their data.
    private static DiskImage.Usable blank(OptionalLong capacity, String what) {
        var bytes = capacity.orElseThrow(() -> OVA_OVF_INVALID.because(what + " has no usable size",
                "it is an empty disk, without a file in the package, and the OVF gives it no capacity"));
        if (bytes > ImageSizes.MAX_BYTES) {
            throw OVA_OVF_INVALID.because(what + " has no usable size", "it is an empty disk of " + bytes + " bytes");
        }
        return new DiskImage.Usable(new ExportSpec.VmdkExtents(List.of(new ExportSpec.VmdkExtent.Zero(bytes))), bytes, List.of());
    }

    private static DiskImage.Usable read(OvfDisk disk, OptionalLong capacity, ImageFile image) throws IOException {
        var format = ImageFormats.require(disk, image.file().name(), image);
        var usable = format == DiskFormat.RAW && !image.files().readsEnd()
                ? raw(image, capacity.orElseThrow()) // nothing in it tells
                : image(format, image);
        requireSize(disk, capacity, usable.capacityBytes(), format, image.what());
        return usable;
    }

    private static DiskImage.Usable image(DiskFormat format, ImageFile image) throws IOException {
        return switch (format) {
            case VMDK -> VmdkImage.read(image);
            case QCOW2 -> whole(format, image, ImageSizes.qcow2(image));
            case VHD -> whole(format, image, ImageSizes.vhd(image));
            case VHDX -> whole(format, image, ImageSizes.vhdx(image));
            case RAW -> whole(format, image, ImageSizes.sane(image, image.sizeBytes()));
        };
    }

    private static DiskImage.Usable raw(ImageFile image, long capacityBytes) {
        var sized = PackedImage.ofBytes(image.file(), capacityBytes);
        return whole(DiskFormat.RAW, new ImageFile(image.files(), sized, image.what()), capacityBytes);
    }

    private static DiskImage.Usable whole(DiskFormat format, ImageFile image, long capacityBytes) {
        return new DiskImage.Usable(new ExportSpec.Format(image.file().location(), format), capacityBytes, List.of(image.file()));
    }

    /// Empty where the OVF gives none, as oVirt's own form does.
    private static OptionalLong capacity(OvfDisk disk, String what) {
        if (disk.capacity().isEmpty()) {
            return OptionalLong.empty();
        }
        var bytes = OvfUnits.bytes(disk.capacity(), disk.units());
        if (bytes.isEmpty() || bytes.getAsLong() % ImageFile.SECTOR != 0) {
            throw OVA_OVF_INVALID.because(what + " has no usable size", "the OVF gives it the capacity '"
                    + TarIndex.printable(disk.capacity()) + "' in '" + TarIndex.printable(disk.units()) + "'");
        }
        return bytes;
    }

    /// The image knows its size; the OVF may have rounded it up to its units (oVirt: to gigabytes), a maker of VHD up to its cylinders.
    private static void requireSize(OvfDisk disk, OptionalLong capacity, long imageBytes, DiskFormat format, String what) {
        if (capacity.isEmpty() || capacity.getAsLong() == imageBytes) {
            return;
        }
        var said = capacity.getAsLong();
        var unit = Optional.of(OvfUnits.bytesOf(disk.units())).filter(OptionalLong::isPresent).map(OptionalLong::getAsLong).orElse(1L);
        var roundedUp = imageBytes < said && said - imageBytes < unit;
        var wholeCylinders = format == DiskFormat.VHD && imageBytes > said && imageBytes - said < VHD_CYLINDER_BYTES;
        if (!roundedUp && !wholeCylinders) {
            throw OVA_DISK_SIZE_DIFFERS.because(what + " has two sizes",
                    "the OVF says " + said + " bytes, its image says " + imageBytes);
        }
    }
}
