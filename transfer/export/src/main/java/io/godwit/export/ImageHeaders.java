package io.godwit.export;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.fault.FaultException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Pattern;

/// Reads the headers of an image by ourselves and refuses it when it names any other file, or is not what it is said to be. Runs before any
/// tool opens the image, since tools follow such names: that is how a package would carry off a file of this machine.
final class ImageHeaders {
    private static final int SECTOR = 512;

    private final ByteWindow image;

    private ImageHeaders(ByteWindow image) {
        this.image = image;
    }

    /// @throws FaultException when the image must not be opened
    static void requireSelfContained(ByteWindow image, DiskFormat format) {
        var headers = new ImageHeaders(image);
        switch (format) {
            case RAW -> {
                // a raw image has no header: nothing in it is followed
            }
            case QCOW2 -> headers.requirePlainQcow2();
            case VMDK -> headers.requireMonolithicVmdk();
            case VHD -> headers.requirePlainVhd();
            case VHDX -> headers.requirePlainVhdx();
        }
    }

    // --- qcow2: docs/interop/qcow2.txt of QEMU

    private void requirePlainQcow2() {
        var header = qcow2Header(image);
        if (header.getLong(8) != 0) {
            throw namesOthers("its header names a backing file");
        }
        requireKnownQcow2(header);
        requireNoNamesInQcow2Extensions(header);
    }

    /// An overlay of our own: it has a backing name, which is never followed, and must have nothing else.
    static void requirePlainOverlay(ByteWindow overlay) {
        var header = qcow2Header(overlay);
        new ImageHeaders(overlay).requireKnownQcow2(header);
    }

    /// The size of the disk that a qcow2 image holds.
    static long qcow2VirtualSize(ByteWindow image) {
        return qcow2Header(image).getLong(24);
    }

    private static ByteBuffer qcow2Header(ByteWindow image) {
        var headers = new ImageHeaders(image);
        var start = image.read(0, 72).order(ByteOrder.BIG_ENDIAN);
        if (start.getInt(0) != 0x514649fb) {
            throw headers.damaged("it does not begin with the qcow2 magic");
        }
        int version = start.getInt(4);
        if (version == 2) {
            return start;
        }
        if (version != 3) {
            throw headers.unsupported("it is qcow2 version " + version);
        }
        var header = image.read(0, 104).order(ByteOrder.BIG_ENDIAN);
        int length = header.getInt(100);
        if (length < 104 || length > 4096) {
            throw headers.damaged("its header says that it is " + length + " bytes long");
        }
        return header;
    }

    private void requireKnownQcow2(ByteBuffer header) {
        if (header.getInt(32) != 0) {
            throw unsupported("it is encrypted");
        }
        if (header.getInt(4) == 3) {
            long features = header.getLong(72);
            if ((features & 4) != 0) {
                throw namesOthers("it keeps its data in an external data file");
            }
            if ((features & 2) != 0) {
                throw damaged("it is marked as corrupt");
            }
            if ((features & ~0x1fL) != 0) {
                throw unsupported("it has incompatible features 0x" + Long.toHexString(features));
            }
        }
    }

    private void requireNoNamesInQcow2Extensions(ByteBuffer header) {
        int clusterBits = header.getInt(20);
        if (clusterBits < 9 || clusterBits > 21) {
            throw damaged("its clusters are 2^" + clusterBits + " bytes");
        }
        long at = header.getInt(4) == 3 ? header.getInt(100) : 72;
        long end = 1L << clusterBits;
        while (at + 8 <= end && at + 8 <= image.length()) {
            var extension = image.read(at, 8).order(ByteOrder.BIG_ENDIAN);
            int type = extension.getInt(0);
            long length = extension.getInt(4) & 0xffffffffL;
            if (type == 0) {
                return;
            }
            if (type == 0xe2792aca) {
                throw namesOthers("a header extension names the format of a backing file");
            }
            if (type == 0x44415441) {
                throw namesOthers("a header extension names an external data file");
            }
            if (length > end) {
                throw damaged("a header extension is " + length + " bytes long");
            }
            at += 8 + (length + 7) / 8 * 8;
        }
    }

    // --- VMDK: "Virtual Disk Format 5.0" of VMware

    private static final Pattern EXTENT = Pattern
            .compile("(?i)^(?:RW|RDONLY|NOACCESS)\\s+(\\d+)\\s+(\\S+)(?:\\s+\"([^\"]*)\")?(?:\\s+\\d+)?(?:\\s.*)?$");
    private static final Pattern ENTRY = Pattern.compile("^([A-Za-z0-9_.]++)\\s*+=\\s*+\"?+([^\"]*+)\"?+$"); // each line in one way only

    private void requireMonolithicVmdk() {
        if (image.read(0, 4).getInt(0) != 0x564d444b) {
            if (text(0, (int) Math.min(SECTOR, image.length())).contains("Disk DescriptorFile")) {
                throw namesOthers("it is a text descriptor, whose extents are other files");
            }
            throw damaged("it does not begin with the VMDK magic KDMV");
        }
        var header = image.read(0, SECTOR);
        long capacity = header.getLong(12);
        long descriptorAt = header.getLong(28);
        long descriptorSectors = header.getLong(36);
        if (capacity <= 0) {
            throw namesOthers("its capacity is 0, so that tools would read its descriptor for other extents");
        }
        if (descriptorAt <= 0 || descriptorSectors <= 0) {
            throw namesOthers("it has no descriptor of its own: it is one extent of a disk in several files");
        }
        if (descriptorSectors > 2048 || descriptorAt > (image.length() >> 9)) {
            throw damaged("its descriptor has " + descriptorSectors + " sectors at sector " + descriptorAt);
        }
        requireOneSparseExtent(text(descriptorAt * SECTOR, (int) descriptorSectors * SECTOR));
        // QEMU looks for a parent in the 20 sectors behind the first, wherever the header says that the descriptor is
        if (text(SECTOR, (int) Math.min(20 * SECTOR, image.length() - SECTOR)).toLowerCase(Locale.ROOT).contains("parentfilenamehint")) {
            throw namesOthers("its descriptor names a parent");
        }
    }

    /// One extent of a VMDK in several files, that has grain tables and nothing that names another.
    static void requireSparseExtent(ByteWindow extent, long sizeBytes) {
        var headers = new ImageHeaders(extent);
        var header = extent.read(0, SECTOR);
        if (header.getInt(0) != 0x564d444b) {
            throw headers.damaged("it does not begin with the VMDK magic KDMV");
        }
        if (header.getLong(12) != sizeBytes / SECTOR || sizeBytes <= 0) { // with a capacity of 0 QEMU would read a descriptor in it
            throw headers.damaged("it is an extent of " + header.getLong(12) + " sectors, and " + sizeBytes / SECTOR + " were expected");
        }
    }

    private String text(long at, int length) {
        return StandardCharsets.ISO_8859_1.decode(image.read(at, length)).toString();
    }

    private void requireOneSparseExtent(String descriptor) {
        int extents = 0;
        String type = "";
        int end = descriptor.indexOf('\0');
        for (var raw : (end < 0 ? descriptor : descriptor.substring(0, end)).split("\\R", -1)) {
            var line = raw.strip();
            var extent = EXTENT.matcher(line);
            if (extent.matches()) {
                extents++;
                var name = extent.group(3);
                if (!extent.group(2).equalsIgnoreCase("SPARSE")) {
                    throw namesOthers("its descriptor has an extent of type " + extent.group(2));
                }
                if (name == null || name.isEmpty() || name.contains("/") || name.contains("\\") || name.equals("..")) {
                    throw namesOthers("its extent is in the file '" + name + "'");
                }
                continue;
            }
            var entry = ENTRY.matcher(line);
            if (entry.matches()) {
                var key = entry.group(1).toLowerCase(Locale.ROOT);
                var value = entry.group(2).strip();
                if (key.equals("createtype")) {
                    type = value;
                } else if (key.equals("parentfilenamehint") || (key.equals("parentcid") && !value.equalsIgnoreCase("ffffffff"))) {
                    throw namesOthers("its descriptor names a parent (" + line + ")");
                } else if (key.startsWith("encryption")) {
                    throw unsupported("it is encrypted");
                }
            }
        }
        if (!type.equals("monolithicSparse") && !type.equals("streamOptimized")) {
            throw namesOthers("its type is '" + type + "', neither monolithicSparse nor streamOptimized");
        }
        if (extents != 1) {
            throw namesOthers("its descriptor names " + extents + " extents");
        }
    }

    // --- VHD: "Virtual Hard Disk Image Format Specification 1.0"

    private void requirePlainVhd() {
        var footer = image.read(image.length() - SECTOR, SECTOR).order(ByteOrder.BIG_ENDIAN);
        int type = vhdType(footer, "footer");
        if (type == 2) {
            return; // fixed: nothing but the data and this footer
        }
        var copy = image.read(0, SECTOR).order(ByteOrder.BIG_ENDIAN);
        if (vhdType(copy, "copy of the footer") != type) {
            throw damaged("its footer and the copy at its start say different types");
        }
        var dynamic = image.read(copy.getLong(16), 1024).order(ByteOrder.BIG_ENDIAN);
        if (!ascii(dynamic, 0, 8).equals("cxsparse")) {
            throw damaged("it has no dynamic disk header");
        }
        for (int at = 40; at < 56; at++) {
            if (dynamic.get(at) != 0) {
                throw namesOthers("its header has the id of a parent");
            }
        }
        for (int locator = 0; locator < 8; locator++) {
            if (dynamic.getInt(576 + locator * 24) != 0) {
                throw namesOthers("its header has a parent locator");
            }
        }
    }

    private int vhdType(ByteBuffer footer, String which) {
        if (!ascii(footer, 0, 8).equals("conectix")) {
            throw damaged("its " + which + " does not begin with conectix");
        }
        int type = footer.getInt(60);
        if (type == 4) {
            throw namesOthers("it is a differencing disk, whose parent is another file");
        }
        if (type != 2 && type != 3) {
            throw unsupported("it is a VHD of type " + type);
        }
        return type;
    }

    // --- VHDX: [MS-VHDX]

    private void requirePlainVhdx() {
        if (!ascii(image.read(0, 8), 0, 8).equals("vhdxfile")) {
            throw damaged("it does not begin with vhdxfile");
        }
        int tables = 0;
        for (long at : new long[]{192 * 1024L, 256 * 1024L}) { // the table and its copy: a reader may take either
            var table = image.read(at, 64 * 1024);
            if (ascii(table, 0, 4).equals("regi")) {
                tables++;
                requireNoParentInVhdxRegions(table);
            }
        }
        if (tables == 0) {
            throw damaged("it has no region table");
        }
    }

    private void requireNoParentInVhdxRegions(ByteBuffer table) {
        int count = table.getInt(8);
        if (count < 0 || count > 2047) {
            throw damaged("its region table has " + count + " entries");
        }
        boolean seen = false;
        for (int i = 0; i < count; i++) {
            int entry = 16 + i * 32;
            if (guid(table, entry).equals("8b7ca206-4790-4b9a-b8fe-575f050f886e")) {
                if (seen) {
                    throw damaged("its region table names metadata several times");
                }
                seen = true;
                requireNoParentInVhdxMetadata(table.getLong(entry + 16));
            }
        }
        if (!seen) {
            throw damaged("its region table names no metadata");
        }
    }

    private void requireNoParentInVhdxMetadata(long at) {
        var table = image.read(at, 64 * 1024);
        if (!ascii(table, 0, 8).equals("metadata")) {
            throw damaged("it has no metadata table at offset " + at);
        }
        int count = table.getShort(10) & 0xffff;
        if (count > 2047) {
            throw damaged("its metadata table has " + count + " entries");
        }
        boolean parameters = false;
        for (int i = 0; i < count; i++) {
            int entry = 32 + i * 32;
            switch (guid(table, entry)) {
                case "a8d35f2d-b30b-454d-abf7-d3d84834ab0c" -> throw namesOthers("its metadata has a parent locator");
                case "caa16737-fa36-4d43-b3b6-33f0aa44e76b" -> {
                    parameters = true;
                    var item = image.read(at + (table.getInt(entry + 16) & 0xffffffffL), 8);
                    if ((item.getInt(4) & 2) != 0) {
                        throw namesOthers("its metadata says that it has a parent");
                    }
                }
                default -> {
                    // sizes and ids
                }
            }
        }
        if (!parameters) {
            throw damaged("its metadata has no file parameters");
        }
    }

    private static String guid(ByteBuffer table, int at) {
        var tail = table.order(ByteOrder.BIG_ENDIAN).getLong(at + 8);
        table.order(ByteOrder.LITTLE_ENDIAN);
        return String.format(Locale.ROOT, "%08x-%04x-%04x-%04x-%012x", table.getInt(at), table.getShort(at + 4), table.getShort(at + 6),
                tail >>> 48, tail & 0xffffffffffffL);
    }

    private static String ascii(ByteBuffer bytes, int at, int length) {
        var text = new byte[length];
        bytes.get(at, text);
        return new String(text, StandardCharsets.ISO_8859_1);
    }

    private FaultException namesOthers(String why) {
        return new FaultException(ExportFault.IMAGE_NAMES_OTHER_FILES, "the image " + image.what() + " was refused", why);
    }

    private FaultException damaged(String why) {
        return new FaultException(ExportFault.IMAGE_DAMAGED, "the image " + image.what() + " was refused", why);
    }

    private FaultException unsupported(String why) {
        return new FaultException(ExportFault.IMAGE_NOT_SUPPORTED, "the image " + image.what() + " was refused", why);
    }
}
