package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DISK_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_NAMES_FILES;
import static io.godwit.provider.ova.OvaFault.OVA_DISK_UNSUPPORTED;
import static io.godwit.provider.ova.OvaFault.OVA_FILE_MISSING;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.VmdkExtent;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A VMDK: one file with everything in it (stream-optimised, sparse), or a descriptor and its extents (flat, split into pieces of 2 GB).
final class VmdkImage {
    private static final int MAX_DESCRIPTOR_BYTES = 1 << 20;
    private static final int MAX_EXTENTS = 4_096; // 8 TiB in pieces of 2 GB
    private static final long MAX_SECTORS = 1L << 47;
    private static final Pattern EXTENT = Pattern.compile( // whatever follows, so that no line is tried in many ways
            "(RW|RDONLY|NOACCESS)\\s+(\\d{1,18})\\s+(\\w++)(?:\\s+\"([^\"]*)\"(?:\\s+(\\d{1,18}))?)?.*",
            Pattern.CASE_INSENSITIVE | Pattern.DOTALL);
    private static final Pattern ENTRY = Pattern.compile("([A-Za-z0-9_.]++)\\s*+=\\s*+\"?+([^\"]*+)\"?+");
    private static final List<String> TYPES = List.of("monolithicflat", "twogbmaxextentflat", "twogbmaxextentsparse", "vmfs");

    private final ImageFile image;
    private final List<PackageFile> files = new ArrayList<>();
    private final List<VmdkExtent> extents = new ArrayList<>();
    private long sectors;

    private VmdkImage(ImageFile image) {
        this.image = image;
        files.add(image.file());
    }

    static DiskImage.Usable read(ImageFile image) throws IOException {
        if (image.text(0, (int) Math.min(ImageFile.SECTOR, image.sizeBytes())).toLowerCase(Locale.ROOT)
                .startsWith("# disk descriptorfile")) {
            return new VmdkImage(image).split();
        }
        var header = VmdkHeader.read(image);
        return new DiskImage.Usable(new ExportSpec.Format(image.file().location(), DiskFormat.VMDK), header.capacityBytes(),
                List.of(image.file()));
    }

    private DiskImage.Usable split() throws IOException {
        if (isOnTheWeb(image.file().location())) {
            throw OVA_DISK_UNSUPPORTED.because(image.what() + " cannot be read", "it is a VMDK in several files behind a web server");
        }
        if (image.sizeBytes() > MAX_DESCRIPTOR_BYTES) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged", "its descriptor has " + image.sizeBytes() + " bytes");
        }
        var type = "";
        for (var raw : image.text(0, (int) image.sizeBytes()).split("[\r\n]+", -1)) {
            var line = raw.strip();
            var extent = EXTENT.matcher(line);
            var entry = ENTRY.matcher(line);
            if (extent.matches()) {
                add(extent.group(2), extent.group(3).toUpperCase(Locale.ROOT), extent.group(4), extent.group(5), line);
            } else if (entry.matches()) {
                var key = entry.group(1).toLowerCase(Locale.ROOT);
                var value = entry.group(2).strip().toLowerCase(Locale.ROOT);
                if (key.equals("createtype")) {
                    type = value;
                } else if (key.equals("parentfilenamehint") || (key.equals("parentcid") && !value.equals("ffffffff"))) {
                    throw OVA_DISK_NAMES_FILES.because(image.what() + " is refused",
                            "it holds only what changed since a snapshot: " + TarIndex.printable(line));
                } else if (key.startsWith("encryption")) {
                    throw OVA_DISK_UNSUPPORTED.because(image.what() + " cannot be read", "it is encrypted");
                }
            }
        }
        if (!TYPES.contains(type)) {
            throw OVA_DISK_UNSUPPORTED.because(image.what() + " cannot be read", "its type is '" + TarIndex.printable(type)
                    + "', none of monolithicFlat, twoGbMaxExtentFlat, twoGbMaxExtentSparse and vmfs");
        }
        if (extents.isEmpty()) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged", "its descriptor names no extent");
        }
        return new DiskImage.Usable(new ExportSpec.VmdkExtents(extents), sectors * ImageFile.SECTOR, List.copyOf(files));
    }

    private static boolean isOnTheWeb(ExportSpec location) {
        return switch (location) {
            case ExportSpec.Range(var inner, _, _) -> isOnTheWeb(inner);
            case ExportSpec.Http _ -> true;
            default -> false;
        };
    }

    private void add(String count, String type, @Nullable String name,
            @Nullable String offset, String line) throws IOException {
        var length = Long.parseLong(count);
        sectors += length;
        if (length < 1 || sectors > MAX_SECTORS || extents.size() == MAX_EXTENTS) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged",
                    "the sizes of its extents make no sense: " + TarIndex.printable(line));
        }
        var bytes = length * ImageFile.SECTOR;
        switch (type) {
            case "ZERO" -> extents.add(new VmdkExtent.Zero(bytes));
            case "FLAT", "VMFS" -> extents.add(flat(beside(name, line), offset == null ? 0 : Long.parseLong(offset), bytes));
            case "SPARSE" -> extents.add(sparse(beside(name, line), bytes));
            default -> throw OVA_DISK_UNSUPPORTED.because(image.what() + " cannot be read",
                    "it has an extent of the type " + TarIndex.printable(type));
        }
    }

    private static final String SEPARATORS = "/\\";

    /// The file of that plain name where the descriptor is, and nowhere else.
    private PackageFile beside(@Nullable String name, String line) throws IOException {
        if (name == null || name.isBlank() || name.equals("..") || name.chars().anyMatch(each -> SEPARATORS.indexOf(each) >= 0)) {
            throw OVA_DISK_NAMES_FILES.because(image.what() + " is refused",
                    "it names a file outside of its folder: " + TarIndex.printable(line));
        }
        var own = image.file().name();
        var found = image.files().find(own.substring(0, own.lastIndexOf('/') + 1) + name)
                .orElseThrow(() -> OVA_FILE_MISSING.because(image.what() + " is not complete",
                        "its extent " + TarIndex.printable(name) + " is no plain file beside it"));
        files.add(found);
        return found;
    }

    private VmdkExtent flat(PackageFile file, long offsetSectors, long bytes) {
        if (offsetSectors > MAX_SECTORS || offsetSectors * ImageFile.SECTOR > file.sizeBytes() - bytes) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged", "its extent " + TarIndex.printable(file.name()) + " has "
                    + file.sizeBytes() + " bytes, and the descriptor wants " + bytes + " from sector " + offsetSectors);
        }
        return new VmdkExtent.Flat(file.location(), offsetSectors * ImageFile.SECTOR, bytes);
    }

    private VmdkExtent sparse(PackageFile file, long bytes) throws IOException {
        var extent = new ImageFile(image.files(), file, image.what());
        var head = extent.sector(0);
        if (head.getInt(0) != VmdkHeader.MAGIC || head.getLong(12) * ImageFile.SECTOR != bytes) {
            throw OVA_DISK_INVALID.because(image.what() + " is damaged",
                    "its extent " + TarIndex.printable(file.name()) + " is no sparse extent of " + bytes + " bytes");
        }
        return new VmdkExtent.Sparse(file.location(), bytes);
    }
}
