package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_DIGEST_MISMATCH;
import static io.godwit.provider.ova.OvaFault.OVA_FILE_MISSING;
import static io.godwit.provider.ova.OvaFault.OVA_FILE_OUTSIDE;
import static io.godwit.provider.ova.OvaFault.OVA_TOO_LARGE;
import static io.godwit.provider.ova.OvaFault.OVA_TRUNCATED;
import static io.godwit.provider.ova.OvaFault.OVA_UNREADABLE;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.fault.Fault;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One package as it was read at one time: complete (every file that it lists is in it), but its disks may still be unusable.
///
/// @param where its name in faults
/// @param identity changes when any byte may have changed: of its files, and the digest of OVF and manifest
/// @param disks what the images of the OVF's disks are, by disk id
/// @param files the OVF's files, by file id; chunked files have none
/// @param digests what the manifest says; empty where there is none
/// @param signed whether there is a signature, which nobody here checks
/// @param terminated whether an archive had its end
record OvaPackage(String where, String identity, OvfDescriptor ovf, Map<String, PackageFile> files, Map<String, DiskImage> disks,
        List<DigestedFile> digests, boolean signed, boolean terminated) {
    static final int MAX_OVF_BYTES = 16 << 20;
    static final int MAX_MANIFEST_BYTES = 1 << 20;

    /// A file and what its digest must be.
    ///
    /// @param algorithm as in [MessageDigest#getInstance(String)]
    record DigestedFile(PackageFile file, String algorithm, String hex) {}

    /// The image of a disk: how a worker reads it, or why it cannot be used.
    sealed interface DiskImage {
        /// One that can be read.
        ///
        /// @param files that it consists of
        record Usable(ExportSpec source, long capacityBytes, List<PackageFile> files) implements DiskImage {}

        record Unusable(Fault fault) implements DiskImage {}
    }

    /// Reads all but the disks' bytes.
    static OvaPackage read(PackagePlace place) {
        var where = place.where();
        try (var files = place.open()) {
            var before = place.version();
            var read = read(files, where, before);
            if (!before.equals(place.version())) {
                throw OVA_TRUNCATED.because(where + " cannot be used yet", "it changed while it was read, so it is being written");
            }
            return read;
        } catch (IOException e) {
            throw OVA_UNREADABLE.because(where + " cannot be read", e);
        }
    }

    private static OvaPackage read(PackageFiles files, String where, String version) throws IOException {
        var ovfFile = files.ovf();
        var ovfName = name(ovfFile, where);
        var ovfBytes = content(files, ovfFile, MAX_OVF_BYTES, ovfName);
        var manifest = files.manifest();
        var manifestBytes = new byte[0];
        List<DigestedFile> digests = List.of();
        if (manifest.isPresent()) {
            var manifestName = name(manifest.get(), where);
            manifestBytes = content(files, manifest.get(), MAX_MANIFEST_BYTES, manifestName);
            digests = digests(Manifest.parse(manifestBytes, manifestName), files, manifestName);
            requireDigest(digests, ovfFile, ovfBytes, ovfName);
        }
        var ovf = OvfReader.read(ovfBytes, ovfName);
        var listed = new LinkedHashMap<String, PackageFile>();
        for (var file : ovf.files().values()) {
            if (file.chunkBytes().isEmpty()) {
                listed.put(file.id(), requireFile(files, file, ovfName));
            }
        }
        var disks = DiskImages.read(files, ovf, listed, where);
        var identity = version + ":" + hex("SHA-256", ovfBytes, manifestBytes, identities(files, listed.values(), disks.values()));
        return new OvaPackage(where, identity, ovf, Map.copyOf(listed), disks, digests, files.signed(), files.terminated());
    }

    /// Of the files that are files of their own: what a tar holds changes with the tar.
    private static byte[] identities(PackageFiles files, Collection<PackageFile> listed, Collection<DiskImage> disks) {
        var images = disks.stream().filter(DiskImage.Usable.class::isInstance)
                .flatMap(image -> ((DiskImage.Usable) image).files().stream());
        return Stream.concat(listed.stream(), images).map(files::version)
                .filter(version -> !version.isEmpty()).distinct().sorted().collect(Collectors.joining("\n"))
                .getBytes(StandardCharsets.UTF_8);
    }

    /// Whether that identity was given to this very file, unchanged.
    static boolean mayBeOf(String version, String identity) {
        return identity.startsWith(version + ":");
    }

    private static String name(PackageFile file, String where) {
        return TarIndex.printable(file.name()) + " in " + where;
    }

    private static byte[] content(PackageFiles files, PackageFile file, int limit, String what) throws IOException {
        if (file.sizeBytes() > limit) {
            throw OVA_TOO_LARGE.because(what + " was not read", "it has " + file.sizeBytes() + " bytes; the limit is " + limit);
        }
        return files.read(file, 0, (int) file.sizeBytes());
    }

    private static List<DigestedFile> digests(Manifest manifest, PackageFiles files, String what) throws IOException {
        var digests = new ArrayList<DigestedFile>();
        for (var digest : manifest.digests()) {
            var file = findFile(files, digest.file()).orElseThrow(() -> OVA_FILE_MISSING.because(what + " does not fit to its package",
                    "it has a digest of " + TarIndex.printable(digest.file()) + ", which the package does not hold"));
            digests.add(new DigestedFile(file, digest.algorithm(), digest.hex()));
        }
        return List.copyOf(digests);
    }

    /// The OVF is what all else rests on, so it is compared at once; the rest is a side task of the worker.
    private static void requireDigest(List<DigestedFile> digests, PackageFile file, byte[] bytes, String what) {
        for (var digest : digests) {
            if (digest.file().equals(file) && !hex(digest.algorithm(), bytes).equals(digest.hex())) {
                throw OVA_DIGEST_MISMATCH.because(what + " is not what was exported", "its " + digest.algorithm() + " is "
                        + hex(digest.algorithm(), bytes) + ", the manifest says " + digest.hex());
            }
        }
    }

    private static PackageFile requireFile(PackageFiles files, OvfFile file, String what) throws IOException {
        var href = file.href();
        if (href.startsWith("/") || href.startsWith("\\") || href.matches("[A-Za-z][A-Za-z0-9+.-]*:.*")
                || List.of(href.split("[/\\\\]", -1)).contains("..")) {
            throw OVA_FILE_OUTSIDE.because(what + " is refused", "it names a file outside of the package: " + TarIndex.printable(href));
        }
        return findFile(files, href).orElseThrow(() -> OVA_FILE_MISSING.because(what + " does not fit to its package",
                "it lists the file " + TarIndex.printable(href) + ", which the package does not hold"));
    }

    /// By its name, or by its name as a URL writes it (`my%20disk.vmdk`).
    static Optional<PackageFile> findFile(PackageFiles files, String href) throws IOException {
        var named = files.find(normal(href));
        if (named.isPresent()) {
            return named;
        }
        try {
            return files.find(normal(URLDecoder.decode(href.replace("+", "%2B"), StandardCharsets.UTF_8)));
        } catch (IllegalArgumentException e) {
            return Optional.empty(); // a per cent sign that is just one
        }
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
