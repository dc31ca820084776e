package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DIGEST_MISMATCH;
import static io.godwit.provider.ova.OvaFault.OVA_FILE_MISSING;
import static io.godwit.provider.ova.OvaFault.OVA_FILE_OUTSIDE;
import static io.godwit.provider.ova.OvaFault.OVA_MANIFEST_INVALID;
import static io.godwit.provider.ova.OvaFault.OVA_OVF_MISSING;
import static io.godwit.provider.ova.OvaFault.OVA_TOO_LARGE;
import static io.godwit.provider.ova.OvaFault.OVA_TRUNCATED;
import static io.godwit.provider.ova.OvaFault.OVA_UNREADABLE;

import io.godwit.model.disk.FileIdentity;
import io.godwit.model.fault.Fault;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One OVA as it was read at one time: complete (every file that it lists is in it), but its disks may still be unusable.
///
/// @param identity changes when any byte may have changed: of the file, and the digest of OVF and manifest
/// @param disks what the images of the OVF's disks are, by disk id
/// @param files members of the OVF's files, by file id; chunked files have none
/// @param digests what the manifest says; empty where there is none
/// @param signed whether there is a signature, which nobody here checks
/// @param terminated whether the tar had its end
record OvaPackage(Path path, FileIdentity fileIdentity, String identity, OvfDescriptor ovf, Map<String, TarMember> files,
        Map<String, DiskImage> disks, List<DigestedMember> digests, boolean signed, boolean terminated) {
    static final int MAX_OVF_BYTES = 16 << 20;
    static final int MAX_MANIFEST_BYTES = 1 << 20;

    /// A member and what its digest must be.
    ///
    /// @param algorithm as in [MessageDigest#getInstance(String)]
    record DigestedMember(TarMember member, String algorithm, String hex) {}

    /// The image of a disk: where it is, or why it cannot be used.
    sealed interface DiskImage {
        record Usable(TarMember member, long capacityBytes) implements DiskImage {}

        record Unusable(Fault fault) implements DiskImage {}
    }

    /// Reads all but the disks' bytes.
    static OvaPackage read(Path path) {
        var what = "the OVA " + path;
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var before = FileIdentity.read(path);
            var read = read(path, before, TarIndex.read(channel, what));
            if (!before.equals(FileIdentity.read(path))) {
                throw OVA_TRUNCATED.because(what + " cannot be used yet", "it changed while it was read, so it is being written");
            }
            return read;
        } catch (IOException e) {
            throw OVA_UNREADABLE.because(what + " cannot be read", e);
        }
    }

    private static OvaPackage read(Path path, FileIdentity fileIdentity, TarIndex tar) throws IOException {
        var ovfMember = ovfMember(tar, path);
        var ovfName = name(ovfMember, path);
        var ovfBytes = content(tar, ovfMember, MAX_OVF_BYTES, ovfName);
        var manifestMember = manifestMember(tar, ovfMember, path);
        var manifestBytes = new byte[0];
        List<DigestedMember> digests = List.of();
        if (manifestMember.isPresent()) {
            var manifestName = name(manifestMember.get(), path);
            manifestBytes = content(tar, manifestMember.get(), MAX_MANIFEST_BYTES, manifestName);
            digests = digests(Manifest.parse(manifestBytes, manifestName), tar, manifestName);
            requireDigest(digests, ovfMember, ovfBytes, ovfName);
        }
        var ovf = OvfReader.read(ovfBytes, ovfName);
        var files = new LinkedHashMap<String, TarMember>();
        for (var file : ovf.files().values()) {
            if (file.chunkBytes().isEmpty()) {
                files.put(file.id(), requireMember(tar, file, ovfName));
            }
        }
        var identity = prefix(fileIdentity) + hex("SHA-256", ovfBytes, manifestBytes);
        var signed = tar.members().stream().anyMatch(member -> hasSuffix(member, ".cert"));
        return new OvaPackage(path, fileIdentity, identity, ovf, Map.copyOf(files), DiskImages.read(tar, ovf, files, path), digests, signed,
                tar.terminated());
    }

    /// Whether that identity was given to this very file, unchanged.
    static boolean mayBeOf(FileIdentity file, String identity) {
        return identity.startsWith(prefix(file));
    }

    private static String prefix(FileIdentity file) {
        return file.sizeBytes() + ":" + file.modifiedNanos() + ":" + file.fileKey() + ":";
    }

    private static String name(TarMember member, Path path) {
        return TarIndex.printable(member.name()) + " in the OVA " + path;
    }

    private static TarMember ovfMember(TarIndex tar, Path path) {
        var found = tar.members().stream().filter(member -> hasSuffix(member, ".ovf")).toList();
        if (found.size() != 1) {
            throw OVA_OVF_MISSING.because("the OVA " + path + " cannot be used", found.isEmpty()
                    ? "it holds no OVF descriptor"
                    : "it holds " + found.size() + " OVF descriptors, and nothing says which one counts");
        }
        return found.getFirst();
    }

    /// That of the OVF's name, else the only one.
    private static Optional<TarMember> manifestMember(TarIndex tar, TarMember ovf, Path path) {
        var base = ovf.name().substring(0, ovf.name().length() - 4);
        var found = tar.members().stream().filter(member -> hasSuffix(member, ".mf")).toList();
        var named = found.stream().filter(member -> member.name().equalsIgnoreCase(base + ".mf")).toList();
        var candidates = named.isEmpty() ? found : named;
        if (candidates.size() > 1) {
            throw OVA_MANIFEST_INVALID.because("the OVA " + path + " cannot be checked",
                    "it holds " + candidates.size() + " manifests, and nothing says which one counts");
        }
        return candidates.stream().findFirst();
    }

    private static boolean hasSuffix(TarMember member, String suffix) {
        return member.name().toLowerCase(Locale.ROOT).endsWith(suffix);
    }

    private static byte[] content(TarIndex tar, TarMember member, int limit, String what) throws IOException {
        if (member.sizeBytes() > limit) {
            throw OVA_TOO_LARGE.because(what + " was not read", "it has " + member.sizeBytes() + " bytes; the limit is " + limit);
        }
        return tar.bytes(member.offset(), (int) member.sizeBytes());
    }

    private static List<DigestedMember> digests(Manifest manifest, TarIndex tar, String what) {
        return manifest.digests().stream().map(digest -> new DigestedMember(
                findMember(tar, digest.file()).orElseThrow(() -> OVA_FILE_MISSING.because(what + " does not fit to its package",
                        "it has a digest of " + TarIndex.printable(digest.file()) + ", which the OVA does not hold")),
                digest.algorithm(), digest.hex())).toList();
    }

    /// The OVF is what all else rests on, so it is compared at once; the rest is a side task of the worker.
    private static void requireDigest(List<DigestedMember> digests, TarMember member, byte[] bytes, String what) {
        for (var digest : digests) {
            if (digest.member().equals(member) && !hex(digest.algorithm(), bytes).equals(digest.hex())) {
                throw OVA_DIGEST_MISMATCH.because(what + " is not what was exported", "its " + digest.algorithm() + " is "
                        + hex(digest.algorithm(), bytes) + ", the manifest says " + digest.hex());
            }
        }
    }

    private static TarMember requireMember(TarIndex tar, OvfFile file, String what) {
        var href = file.href();
        if (href.startsWith("/") || href.startsWith("\\") || href.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
                || List.of(href.split("[/\\\\]", -1)).contains("..")) {
            throw OVA_FILE_OUTSIDE.because(what + " is refused", "it names a file outside of the package: " + TarIndex.printable(href));
        }
        return findMember(tar, href).orElseThrow(() -> OVA_FILE_MISSING.because(what + " does not fit to its package",
                "it lists the file " + TarIndex.printable(href) + ", which the OVA does not hold"));
    }

    /// By its name, or by its name as a URL writes it (`my%20disk.vmdk`).
    private static Optional<TarMember> findMember(TarIndex tar, String href) {
        return tar.find(normal(href)).or(() -> {
            try {
                return tar.find(normal(URLDecoder.decode(href.replace("+", "%2B"), StandardCharsets.UTF_8)));
            } catch (IllegalArgumentException e) {
                return Optional.empty(); // a per cent sign that is just one
            }
        });
    }

    private static String normal(String name) {
        return name.startsWith("./") ? name.substring(2) : name;
    }

    private static String hex(String algorithm, byte[]... parts) {
        try {
            var digest = MessageDigest.getInstance(algorithm);
            for (var part : parts) {
                digest.update(part);
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // each JDK has those of the manifest
        }
    }
}
