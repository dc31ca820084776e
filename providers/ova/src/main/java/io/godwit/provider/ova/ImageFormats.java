package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;

import io.godwit.model.disk.DiskFormat;
import io.godwit.provider.ova.OvfDescriptor.OvfDisk;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;

/// Which format a disk's image has: the OVF says it, else the file's name, and the image's own first bytes must agree. A raw image is never
/// told by its bytes: the guest writes them.
final class ImageFormats {
    private static final int LOOK_AT = 512;

    private ImageFormats() {}

    /// @param name of the file, without what packs it
    static DiskFormat require(OvfDisk disk, String name, ImageFile image) throws IOException {
        var said = said(disk).or(() -> ofName(name)).orElseThrow(() -> OVA_DISK_UNSUPPORTED.because(image.what() + " is not supported",
                "its format is " + disk.format().map(TarIndex::printable).orElse("not given, and its name is that of no known format")));
        var seen = seen(image);
        if (said == DiskFormat.RAW || seen.filter(said::equals).isPresent()) {
            return said;
        }
        if (said == DiskFormat.VHD && seen.filter(DiskFormat.VHDX::equals).isPresent()) {
            return DiskFormat.VHDX; // one family, and many call both by the older name
        }
        throw OVA_DISK_INVALID.because(image.what() + " is not what it should be", "the OVF says that it is " + said.qemuDriver()
                + ", and its bytes are those of " + seen.map(DiskFormat::qemuDriver).orElse("something else"));
    }

    private static Optional<DiskFormat> said(OvfDisk disk) {
        var ovirt = disk.volumeFormat().map(text -> text.toUpperCase(Locale.ROOT));
        if (ovirt.isPresent() && (ovirt.get().equals("COW") || ovirt.get().equals("RAW"))) {
            return Optional.of(ovirt.get().equals("COW") ? DiskFormat.QCOW2 : DiskFormat.RAW);
        }
        return disk.format().map(uri -> uri.toLowerCase(Locale.ROOT)).flatMap(ImageFormats::ofUri);
    }

    private static Optional<DiskFormat> ofUri(String uri) {
        if (uri.contains("vmdk")) {
            return Optional.of(DiskFormat.VMDK);
        }
        if (uri.contains("qcow")) {
            return Optional.of(DiskFormat.QCOW2);
        }
        if (uri.contains("vhdx")) {
            return Optional.of(DiskFormat.VHDX);
        }
        if (uri.contains("vhd") || uri.contains("bb676673") || uri.contains("linkid=137171")) { // Microsoft's pages about VHD
            return Optional.of(DiskFormat.VHD);
        }
        return uri.endsWith("raw") ? Optional.of(DiskFormat.RAW) : Optional.empty();
    }

    private static Optional<DiskFormat> ofName(String name) {
        var lower = name.toLowerCase(Locale.ROOT);
        return switch (lower.substring(lower.lastIndexOf('.') + 1)) {
            case "vmdk" -> Optional.of(DiskFormat.VMDK);
            case "qcow2" -> Optional.of(DiskFormat.QCOW2);
            case "vhd" -> Optional.of(DiskFormat.VHD);
            case "vhdx" -> Optional.of(DiskFormat.VHDX);
            case "raw" -> Optional.of(DiskFormat.RAW);
            default -> Optional.empty();
        };
    }

    private static Optional<DiskFormat> seen(ImageFile image) throws IOException {
        var start = image.text(0, (int) Math.min(LOOK_AT, image.sizeBytes()));
        if (start.startsWith("KDMV") || start.startsWith("COWD") || start.toLowerCase(Locale.ROOT).startsWith("# disk descriptorfile")) {
            return Optional.of(DiskFormat.VMDK);
        }
        if (start.startsWith("QFI\u00fb")) {
            return Optional.of(DiskFormat.QCOW2);
        }
        if (start.startsWith("vhdxfile")) {
            return Optional.of(DiskFormat.VHDX);
        }
        if (start.startsWith("conectix")) {
            return Optional.of(DiskFormat.VHD);
        }
        if (!image.files().readsEnd()) { // a fixed VHD looks like any raw disk from its start
            return Optional.empty();
        }
        var end = image.sizeBytes() >= LOOK_AT ? image.text(image.sizeBytes() - LOOK_AT, LOOK_AT) : "";
        return end.startsWith("conectix") ? Optional.of(DiskFormat.VHD) : Optional.empty();
    }
}
