package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_MANIFEST_INVALID;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// The digests of a package's files: `SHA256(disk.vmdk)= 12ab...` as VMware writes it, `SHA1 (disk.vmdk) = 12ab...` as VirtualBox does.
record Manifest(List<Digest> digests) {
    /// @param algorithm as in [java.security.MessageDigest#getInstance(String)]
    /// @param hex lower case, as long as the algorithm's digests are
    record Digest(String file, String algorithm, String hex) {}

    private static final int MAX_LINE_CHARS = 8_192;
    private static final Map<String, String> ALGORITHMS = Map.of("SHA1", "SHA-1", "SHA224", "SHA-224", "SHA256", "SHA-256", "SHA384",
            "SHA-384", "SHA512", "SHA-512");
    private static final Map<String, Integer> HEX_CHARS = Map.of("SHA-1", 40, "SHA-224", 56, "SHA-256", 64, "SHA-384", 96, "SHA-512", 128);

    /// @param what the manifest's name in faults
    static Manifest parse(byte[] bytes, String what) {
        var text = new String(bytes, UTF_8);
        var digests = new ArrayList<Digest>();
        var known = new HashMap<String, String>();
        var number = 0;
        for (var line : (text.startsWith("\uFEFF") ? text.substring(1) : text).split("\r\n|[\r\n]", -1)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            var place = what + ", line " + number;
            var digest = parseLine(line, place);
            var before = known.putIfAbsent(digest.algorithm + " " + digest.file, digest.hex);
            if (before == null) {
                digests.add(digest);
            } else if (!before.equals(digest.hex)) {
                throw OVA_MANIFEST_INVALID.because(place + " cannot be used",
                        "it gives " + TarIndex.printable(digest.file) + " another digest than a line before");
            }
        }
        if (digests.isEmpty()) {
            throw OVA_MANIFEST_INVALID.because(what + " cannot be used", "it has no digest");
        }
        return new Manifest(List.copyOf(digests));
    }

    private static Digest parseLine(String line, String place) {
        var open = line.indexOf('(');
        var close = line.lastIndexOf(')'); // names may have parentheses
        var rest = close < 0 ? "" : line.substring(close + 1).strip();
        if (line.length() > MAX_LINE_CHARS || open < 0 || close < open || !rest.startsWith("=")) {
            throw OVA_MANIFEST_INVALID.because(place + " cannot be used",
                    "it does not have the form `SHA256(file)= digest`: " + TarIndex.printable(line));
        }
        var name = line.substring(0, open).strip();
        var algorithm = ALGORITHMS.get(name.toUpperCase(Locale.ROOT).replace("-", ""));
        if (algorithm == null) {
            throw OVA_MANIFEST_INVALID.because(place + " cannot be used", "the algorithm " + TarIndex.printable(name) + " is unknown");
        }
        var hex = rest.substring(1).strip().toLowerCase(Locale.ROOT);
        if (hex.length() != HEX_CHARS.getOrDefault(algorithm, 0) || !hex.matches("[0-9a-f]*")) {
            throw OVA_MANIFEST_INVALID.because(place + " cannot be used",
                    TarIndex.printable(hex) + " is not a digest of " + algorithm);
        }
        return new Digest(line.substring(open + 1, close).strip(), algorithm, hex);
    }
}
