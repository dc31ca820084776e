package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_MEMBER_REFUSED;
import static io.godwit.provider.ova.OvaFault.OVA_NOT_AN_ARCHIVE;
import static io.godwit.provider.ova.OvaFault.OVA_TOO_LARGE;
import static io.godwit.provider.ova.OvaFault.OVA_TRUNCATED;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the files of a tar lie (v7, ustar, GNU, pax). Reads headers only, and refuses what a package has no use for: links,
/// devices, sparse files, names that lead out of it, a name twice.
final class TarIndex {
    private static final int BLOCK = 512;
    private static final int MAX_HEADERS = 10_000;
    private static final int MAX_EXTENDED_BYTES = 1 << 20;
    private static final int MAX_NAME_CHARS = 4_096;
    private static final String SPARSE = "it is stored as a sparse file, so that its bytes do not lie in one piece";

    private final RandomBytes source;
    private final long fileBytes;
    private final String where;
    private final Map<String, TarMember> members = new LinkedHashMap<>();
    private boolean terminated;

    private TarIndex(RandomBytes source, String where) {
        this.source = source;
        this.fileBytes = source.sizeBytes();
        this.where = where;
    }

    /// Reads the headers of the whole archive.
    ///
    /// @param where the archive's name in faults
    static TarIndex read(RandomBytes source, String where) throws IOException {
        var index = new TarIndex(source, where);
        index.readHeaders();
        return index;
    }

    /// In the order of the archive.
    List<TarMember> members() {
        return List.copyOf(members.values());
    }

    Optional<TarMember> find(String name) {
        return Optional.ofNullable(members.get(name));
    }

    /// Whether the two empty blocks were there that end a tar.
    boolean terminated() {
        return terminated;
    }

    private void readHeaders() throws IOException {
        var extended = new HashMap<String, String>(); // of the next file
        var position = 0L;
        for (var headers = 0; position < fileBytes; headers++) {
            if (headers == MAX_HEADERS) {
                throw OVA_TOO_LARGE.because(where + " was not read to its end", "it has more than " + MAX_HEADERS + " members");
            }
            if (fileBytes - position < BLOCK) {
                throw headers == 0
                        ? notAnArchive("it has only " + fileBytes + " bytes")
                        : OVA_TRUNCATED.because(where + " is cut short", "it ends at byte " + fileBytes + ", inside a member's header");
            }
            var header = new Header(source.read(position, BLOCK));
            if (header.isEmpty()) {
                if (headers == 0) {
                    throw notAnArchive("it begins with zeros");
                }
                terminated = true;
                break;
            }
            if (!header.checksumHolds()) {
                throw headers == 0
                        ? notAnArchive("its first block is not the header of a tar's member")
                        : OVA_NOT_AN_ARCHIVE.because(where + " is damaged",
                                "the member's header at byte " + position + " does not match its checksum");
            }
            position = readMember(header, position, extended);
        }
        if (!extended.isEmpty()) {
            throw OVA_TRUNCATED.because(where + " is cut short", "it ends behind the extended header of a member that does not follow");
        }
        if (members.isEmpty()) {
            throw notAnArchive("it holds no file");
        }
    }

    /// Takes one member up, and returns where the next header is.
    private long readMember(Header header, long position, Map<String, String> extended) throws IOException {
        var name = extended.getOrDefault("path", header.name());
        return switch (header.type()) {
            case 'x', 'L', 'K', 'g' -> readExtended(header, position, extended);
            case '0', '\0', '7' -> readFile(header, position, name, extended);
            case '5' -> readFolder(position, name, extended);
            case '1', '2' -> throw refused(name, "it is a link");
            case '3', '4', '6' -> throw refused(name, "it is a device or a pipe");
            case 'S' -> throw refused(name, SPARSE);
            default -> throw refused(name, "its type is " + printable(String.valueOf(header.type())));
        };
    }

    /// Keeps what a header of pax or GNU says of the next file.
    private long readExtended(Header header, long position, Map<String, String> extended) throws IOException {
        var offset = position + BLOCK;
        var size = sizeInside(header.size(), offset, "an extended header");
        if (size > MAX_EXTENDED_BYTES) {
            throw OVA_TOO_LARGE.because(where + " was not read to its end",
                    "an extended header at byte " + position + " has " + size + " bytes; the limit is " + MAX_EXTENDED_BYTES);
        }
        var body = source.read(offset, (int) size);
        switch (header.type()) {
            case 'x' -> parsePax(body, position, extended);
            case 'L' -> extended.put("path", text(body));
            case 'K' -> extended.put("linkpath", text(body));
            default -> { // 'g', for all members to come
                var global = new HashMap<String, String>();
                parsePax(body, position, global);
                if (global.keySet().stream().anyMatch(key -> key.equals("path") || key.equals("size") || key.startsWith("GNU."))) {
                    throw refused(header.name(), "a header for all members sets a path or a size");
                }
            }
        }
        return next(offset, size);
    }

    private long readFolder(long position, String name, Map<String, String> extended) {
        relativeName(name);
        extended.clear();
        return position + BLOCK;
    }

    private long readFile(Header header, long position, String name, Map<String, String> extended) {
        var offset = position + BLOCK;
        if (extended.keySet().stream().anyMatch(key -> key.startsWith("GNU.sparse"))) {
            throw refused(name, SPARSE);
        }
        var size = sizeInside(sizeOf(header, extended, name), offset, "its member " + printable(name));
        extended.clear();
        if (!name.endsWith("/")) { // v7 had no type for folders
            var member = new TarMember(relativeName(name), offset, size);
            if (members.putIfAbsent(member.name(), member) != null) {
                throw refused(name, "the archive holds this name twice");
            }
        } else {
            relativeName(name);
        }
        return next(offset, size);
    }

    private long sizeOf(Header header, Map<String, String> extended, String name) {
        var size = extended.get("size");
        if (size == null) {
            return header.size();
        }
        try {
            return Long.parseLong(size);
        } catch (NumberFormatException e) {
            throw refused(name, "its size is " + printable(size));
        }
    }

    private long sizeInside(long size, long offset, String what) {
        if (size < 0) {
            throw OVA_NOT_AN_ARCHIVE.because(where + " is damaged", what + " has no valid size");
        }
        if (size > fileBytes - offset) {
            throw OVA_TRUNCATED.because(where + " is cut short",
                    what + " should have " + size + " bytes from byte " + offset + ", but the file ends at byte " + fileBytes);
        }
        return size;
    }

    /// The last member's padding may be missing.
    private long next(long offset, long size) {
        return Math.min(fileBytes, offset + (size + BLOCK - 1) / BLOCK * BLOCK);
    }

    /// Records of the form `<length> <key>=<value>\n`.
    private void parsePax(byte[] body, long position, Map<String, String> records) {
        var at = 0;
        while (at < body.length && body[at] != 0) {
            var blank = at;
            while (blank < body.length && body[blank] >= '0' && body[blank] <= '9' && blank - at < 8) {
                blank++;
            }
            var length = blank == at || blank == body.length || body[blank] != ' '
                    ? -1
                    : Integer.parseInt(new String(body, at, blank - at, ISO_8859_1));
            var end = at + length;
            var equals = blank + 1;
            while (length > 0 && end <= body.length && equals < end && body[equals] != '=') {
                equals++;
            }
            if (length <= 0 || end > body.length || equals >= end || body[end - 1] != '\n') {
                throw OVA_NOT_AN_ARCHIVE.because(where + " is damaged", "the extended header at byte " + position + " cannot be parsed");
            }
            records.put(text(Arrays.copyOfRange(body, blank + 1, equals)), text(Arrays.copyOfRange(body, equals + 1, end - 1)));
            at = end;
        }
    }

    private String relativeName(String name) {
        if (name.length() > MAX_NAME_CHARS) {
            throw refused(name, "its name has " + name.length() + " characters");
        }
        if (name.chars().anyMatch(Character::isISOControl)) {
            throw refused(name, "its name has control characters");
        }
        if (name.startsWith("/") || name.startsWith("\\") || name.matches("[A-Za-z]:.*")) {
            throw refused(name, "its name is an absolute path");
        }
        var parts = new ArrayList<String>();
        for (var part : name.split("/", -1)) {
            if (Arrays.asList(part.split("\\\\", -1)).contains("..")) {
                throw refused(name, "its name leads out of the package");
            }
            if (!part.isEmpty() && !part.equals(".")) {
                parts.add(part);
            }
        }
        if (parts.isEmpty() && !name.endsWith("/") && !name.equals(".")) {
            throw refused(name, "it has no name");
        }
        return String.join("/", parts);
    }

    private RuntimeException refused(String name, String why) {
        return OVA_MEMBER_REFUSED.because("the member " + printable(name) + " of " + where + " is refused", why);
    }

    private RuntimeException notAnArchive(String why) {
        return OVA_NOT_AN_ARCHIVE.because(where + " is not an OVA", why);
    }

    /// For faults: short, and without what would disturb a terminal.
    static String printable(String text) {
        var clean = text.replaceAll("\\p{Cntrl}", "?");
        return clean.length() > 200 ? clean.substring(0, 200) + "..." : clean;
    }

    /// Up to the first NUL; UTF-8, or Latin-1 where it is not that.
    private static String text(byte[] bytes) {
        var length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        try {
            return UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, 0, length)).toString();
        } catch (CharacterCodingException e) {
            return new String(bytes, 0, length, ISO_8859_1);
        }
    }

    /// One block of 512 bytes that describes a member.
    private static final class Header {
        private final byte[] block;

        Header(byte[] block) {
            this.block = block;
        }

        boolean isEmpty() {
            for (var b : block) {
                if (b != 0) {
                    return false;
                }
            }
            return true;
        }

        char type() {
            return (char) (block[156] & 0xff);
        }

        String name() {
            var name = text(Arrays.copyOfRange(block, 0, 100));
            var ustar = new String(block, 257, 6, ISO_8859_1).equals("ustar\0"); // GNU's own form has other things in its place
            var prefix = ustar ? text(Arrays.copyOfRange(block, 345, 500)) : "";
            return prefix.isEmpty() ? name : prefix + "/" + name;
        }

        /// -1 where the field holds no number.
        long size() {
            if ((block[124] & 0x80) != 0) { // base 256: GNU, for 8 GiB and more
                var size = (long) (block[124] & 0x7f);
                for (var i = 125; i < 136; i++) {
                    if (size >>> 55 != 0) {
                        return -1;
                    }
                    size = size << 8 | (block[i] & 0xff);
                }
                return size;
            }
            var size = octal(124, 12);
            return size == null ? -1 : size;
        }

        boolean checksumHolds() {
            var unsigned = 0L;
            var signed = 0L; // as some old tars summed
            for (var i = 0; i < BLOCK; i++) {
                var b = i >= 148 && i < 156 ? (byte) ' ' : block[i];
                unsigned += b & 0xff;
                signed += b;
            }
            var expected = octal(148, 8);
            return expected != null && (expected == unsigned || expected == signed);
        }

        private @Nullable Long octal(int from, int length) {
            var digits = new String(block, from, length, ISO_8859_1);
            var end = digits.indexOf('\0');
            var number = (end < 0 ? digits : digits.substring(0, end)).strip();
            return number.matches("[0-7]{1,12}") ? (Long) Long.parseLong(number, 8) : null;
        }
    }
}
