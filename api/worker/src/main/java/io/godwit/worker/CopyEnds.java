package io.godwit.worker;

import io.godwit.blockio.FileSink;
import io.godwit.blockio.NbdEndpoint;
import io.godwit.blockio.NbdSource;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.protocol.JobCodec;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What the two words of `godwit copy` stand for.
final class CopyEnds {
    private static final Pattern SCHEME = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*):/.*");

    private static final Pattern QEMU_UNIX = Pattern.compile("nbd:unix:([^:]+)(?::exportname=(.*))?");
    private static final Pattern QEMU_TCP = Pattern.compile("nbd:([^/:]+):(\\d+)(?::exportname=(.*))?");
    private static final int SSH_PORT = 22;
    private static final String EXPORT = "export:";

    private static final Map<String, DiskFormat> MAGICS = Map.of("QFI\u00fb", DiskFormat.QCOW2, "KDMV", DiskFormat.VMDK,
            "# Disk DescriptorFile", DiskFormat.VMDK, "conectix", DiskFormat.VHD, "vhdxfile", DiskFormat.VHDX);
    private static final int LONGEST_MAGIC = 21;

    private CopyEnds() {}

    /// Where a word's bytes lie; nowhere where only a server knows.
    static List<DiskPlace> places(String word) throws IOException {
        var export = exportFile(word);
        if (export == null) {
            var place = place(word);
            return place == null ? List.of() : List.of(place);
        }
        var all = new ArrayList<>(List.of(DiskPlace.of(export)));
        for (var inner : parts(JobCodec.read(Files.readAllBytes(export), ExportSpec.class, export.toString()))) {
            if (inner instanceof ExportSpec.File(var path, _)) {
                all.add(DiskPlace.of(Path.of(path)));
            } else if (inner instanceof ExportSpec.Nbd(var uri)) {
                all.add(DiskPlace.of(uri));
            }
        }
        return all;
    }

    /// The specifications that one is made of, down to files and servers.
    private static List<ExportSpec> parts(ExportSpec spec) {
        return switch (spec) {
            case ExportSpec.Range(var inner, _, _) -> parts(inner);
            case ExportSpec.Format(var inner, _) -> parts(inner);
            case ExportSpec.Overlay(var base, _) -> parts(base);
            case ExportSpec.Unpacked unpacked -> unpacked.parts().stream().flatMap(part -> parts(part).stream()).toList();
            case ExportSpec.VmdkExtents(var extents) -> extents.stream().flatMap(extent -> switch (extent) {
                case ExportSpec.VmdkExtent.Flat(var file, _, _) -> parts(file).stream();
                case ExportSpec.VmdkExtent.Sparse(var file, _) -> parts(file).stream();
                case ExportSpec.VmdkExtent.Zero _ -> Stream.<ExportSpec>empty();
            }).toList();
            default -> List.of(spec);
        };
    }

    private static @Nullable DiskPlace place(String word) throws IOException {
        var scheme = scheme(word);
        if (scheme == null) {
            return DiskPlace.of(Path.of(word));
        }
        return scheme.startsWith("nbd") ? DiskPlace.of(uri(word, scheme)) : null;
    }

    /// A disk to read, and what a later run compares to know it again.
    ///
    record Source(ExportSpec spec, String identity) {}

    /// A disk to write, and what a later run compares to know it again.
    ///
    /// @param fresh whether it was made by us just now, and so is all zero
    record Target(TargetSpec spec, String identity, boolean fresh) {}

    /// Its scheme; `null` of a path.
    private static @Nullable String scheme(String word) {
        var found = SCHEME.matcher(word);
        return found.matches() ? found.group(1).toLowerCase(Locale.ROOT) : null;
    }

    private static URI uri(String word, String scheme) {
        return URI.create(scheme + word.substring(scheme.length()));
    }

    /// @throws FaultException for what is a file's name here and means something else to nbdcopy and qemu-img, unless there is such a file
    static void requireWord(String name, String word) {
        if (Files.exists(Path.of(word))) {
            return;
        }
        var unix = QEMU_UNIX.matcher(word);
        var tcp = QEMU_TCP.matcher(word);
        String why = null;
        if (word.equals("-")) {
            why = "a disk is read and written at any place, and a pipe is not: copy to or from a file";
        } else if (word.equals("null:")) {
            why = "there is no such target: to read only, copy to the URI of `nbdkit null SIZE` with --verify off";
        } else if (unix.matches()) {
            why = "write it nbd+unix:///" + Objects.requireNonNullElse(unix.group(2), "") + "?socket=" + unix.group(1);
        } else if (tcp.matches()) {
            why = "write it nbd://" + tcp.group(1) + ":" + tcp.group(2) + "/" + Objects.requireNonNullElse(tcp.group(3), "");
        } else if (word.startsWith(EXPORT) && name.equals("TARGET")) {
            why = "an export is read, never written";
        } else if (word.startsWith("json:") || word.equals("[")) {
            why = "start the server yourself, and give the URI of its export";
        }
        if (why != null) {
            throw new FaultException(WorkerFault.COPY_ADDRESS_UNKNOWN, name + " " + word + " cannot be opened", why);
        }
    }

    /// @throws IllegalArgumentException when it is no address of an NBD server
    private static URI nbd(String word, String scheme) {
        var uri = uri(word, scheme);
        try {
            var _ = NbdEndpoint.of(uri);
        } catch (FaultException e) {
            throw new IllegalArgumentException(e.fault().why(), e);
        }
        return uri;
    }

    /// Whether a word stands for a file, or what will be one.
    static boolean isFile(String word) {
        return scheme(word) == null && (!Files.exists(Path.of(word)) || Files.isRegularFile(Path.of(word)));
    }

    /// @param word a path, a URI of NBD, http(s) or ssh, or `export:FILE`
    /// @param format of the bytes there: never probed
    static Source source(String word, DiskFormat format, CopyAccess access) {
        var export = exportFile(word);
        if (export != null) {
            access.requireFitting("export");
            access.readSecrets();
            return exported(export, format);
        }
        var scheme = scheme(word);
        if (scheme == null) {
            access.requireFitting("a file");
            return file(Path.of(word), format);
        }
        access.requireFitting(scheme);
        try {
            ExportSpec bytes = switch (scheme) {
                case "nbd", "nbd+unix", "nbds", "nbds+unix" -> new ExportSpec.Nbd(nbd(word, scheme));
                case "http", "https" -> http(uri(word, scheme), access);
                case "ssh" -> ssh(uri(word, scheme), access);
                default -> throw unknown(word, scheme);
            };
            return new Source(formatted(bytes, format), word + " " + format); // who changes what is behind a URI must not give it the same checkpoint
        } catch (IllegalArgumentException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_UNUSABLE, "SOURCE cannot be read", e);
        }
    }

    private static Source file(Path path, DiskFormat format) {
        try {
            boolean regular = Files.isRegularFile(path);
            if (Files.exists(path) && !regular && DiskPlace.numberOf(path) == null) {
                throw CopyAccess.unusable(path + " cannot be read",
                        Files.isDirectory(path) ? "it is a folder" : "it is neither a file nor a block device");
            }
            if (regular && FileSink.isWritten(path)) {
                throw CopyAccess.unusable(path + " cannot be read",
                        "a guest or another copy writes to it: end that, or copy the URI of a server that reads it all the same"
                                + " (`qemu-nbd --read-only --force-share`)");
            }
            var identity = regular ? FileIdentity.read(path) : null; // a device's times tell nothing
            var changed = regular ? Files.getAttribute(path, "unix:ctime") : null; // the last modification's can be set back
            return new Source(formatted(new ExportSpec.File(path.toAbsolutePath().toString(), identity), format),
                    path.toRealPath() + " " + (regular ? identity + " " + changed : DiskPlace.identity(path)) + " " + format);
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_MISSING, path + " cannot be read", e);
        }
    }

    /// The format whose header a source begins with; `null` = none. For a word to people, never for a decision: a guest can write any header into
    /// its raw disk.
    ///
    /// @param opened the same source; a file is read without its server, which is faster
    static @Nullable DiskFormat headerOf(String word, NbdSource opened) {
        if (!isFile(word)) {
            return formatOf(opened.read(0, (int) Math.min(LONGEST_MAGIC, opened.sizeBytes())).array());
        }
        try (var file = Files.newInputStream(Path.of(word))) {
            return formatOf(file.readNBytes(LONGEST_MAGIC));
        } catch (IOException e) {
            return null; // whoever reads it tells
        }
    }

    private static @Nullable DiskFormat formatOf(byte[] start) {
        var header = new String(start, StandardCharsets.ISO_8859_1);
        return MAGICS.entrySet().stream().filter(magic -> header.startsWith(magic.getKey())).map(Map.Entry::getValue).findAny()
                .orElse(null);
    }

    /// The file of `export:FILE`; `null` of any other word.
    private static @Nullable Path exportFile(String word) {
        return word.startsWith(EXPORT) ? Path.of(word.substring(EXPORT.length())) : null;
    }

    /// What a worker is told of a disk, from a file.
    private static Source exported(Path file, DiskFormat format) {
        try {
            var spec = JobCodec.read(Files.readAllBytes(file), ExportSpec.class, file.toString());
            return new Source(formatted(spec, format), new String(JobCodec.write(spec), StandardCharsets.UTF_8) + " " + format);
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_UNUSABLE, "the export in " + file + " cannot be read", e);
        }
    }

    private static ExportSpec http(URI uri, CopyAccess access) {
        var user = user(uri);
        var address = uri.getRawUserInfo() == null ? uri : URI.create(uri.toString().replaceFirst("//[^/@]*@", "//"));
        return new ExportSpec.Http(address, access.trust(), access.http(user), Map.of());
    }

    private static ExportSpec ssh(URI uri, CopyAccess access) {
        var user = user(uri);
        var host = uri.getHost();
        if (host == null) {
            throw CopyAccess.unusable("SOURCE names no host", "it is written ssh://[USER@]HOST[:PORT]/PATH");
        }
        return new ExportSpec.Ssh(host, uri.getPort() < 0 ? SSH_PORT : uri.getPort(),
                user == null ? System.getProperty("user.name", "") : user, uri.getPath(), access.knownHosts(), access.ssh());
    }

    private static @Nullable String user(URI uri) {
        if (uri.getRawUserInfo() != null && uri.getRawUserInfo().contains(":")) {
            throw CopyAccess.unusable("SOURCE names a password",
                    "every user of this machine can read it there: give it by --password-file");
        }
        return uri.getUserInfo();
    }

    private static ExportSpec formatted(ExportSpec bytes, DiskFormat format) {
        return format == DiskFormat.RAW ? bytes : new ExportSpec.Format(bytes, format);
    }

    /// @param word a path, or a URI of NBD; a file that is not there is made, unless only a part of it would be written
    static Target target(String word, long sizeBytes, CopyScope scope) {
        var scheme = scheme(word);
        if (scheme == null) {
            return file(Path.of(word).toAbsolutePath(), sizeBytes, scope);
        }
        try {
            return switch (scheme) {
                case "nbd", "nbd+unix", "nbds", "nbds+unix" -> new Target(new TargetSpec.Nbd(nbd(word, scheme)), word, false);
                default -> throw unknown(word, scheme);
            };
        } catch (IllegalArgumentException e) {
            throw new FaultException(WorkerFault.COPY_TARGET_UNUSABLE, word + " cannot be written", e);
        }
    }

    private static Target file(Path path, long sizeBytes, CopyScope scope) {
        try {
            if (!Files.exists(path)) {
                if (scope instanceof CopyScope.ChangedExtents) {
                    throw unusable(path, "there is no such file, and --changed-extents does not name all that it must hold");
                }
                if (isDeviceName(path)) {
                    throw unusable(path, "there is no such device, and a file of that name would lie in memory");
                }
                make(path, sizeBytes);
                return new Target(raw(path), identity(path), true);
            }
            if (Files.isDirectory(path)) {
                throw unusable(path, "it is a folder: name a file in it");
            }
            boolean regular = Files.isRegularFile(path);
            if (!regular && DiskPlace.numberOf(path) == null) {
                throw unusable(path, "it is neither a file nor a block device");
            }
            if (!regular && DiskPlace.isReadOnly(path)) {
                throw unusable(path, "the device is read-only");
            }
            var backing = regular ? null : DiskPlace.fileOf(path);
            if (backing != null && Files.exists(backing) && FileSink.isWritten(backing)) {
                throw unusable(path, "it is made of " + backing + ", which a guest or another copy writes to");
            }
            if (!Files.isWritable(path)) {
                throw unusable(path, System.getProperty("user.name") + " may not write it");
            }
            return regular
                    ? new Target(raw(path), identity(path), false)
                    : new Target(new TargetSpec.BlockDevice(path.toString(), lock(path)),
                            path.toRealPath() + " " + DiskPlace.identity(path), false);
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_TARGET_UNUSABLE, path + " cannot be written", e);
        }
    }

    private static boolean isDeviceName(Path path) throws IOException {
        var folder = path.getParent();
        return folder != null && Files.isDirectory(folder) && folder.toRealPath().startsWith("/dev")
                && !folder.toRealPath().startsWith("/dev/shm");
    }

    /// Its name lasts as its bytes will.
    private static void make(Path path, long sizeBytes) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(sizeBytes);
        }
        try (var folder = FileChannel.open(path.toRealPath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    private static FaultException unusable(Path path, String why) {
        return new FaultException(WorkerFault.COPY_TARGET_UNUSABLE, path + " cannot be written", why);
    }

    private static TargetSpec raw(Path path) throws IOException {
        return new TargetSpec.RawFile(path.toString(), lock(path));
    }

    /// In a folder of locks, so that none lies beside a target when all is done; named by what the path leads to.
    private static String lock(Path path) throws IOException {
        var key = Files.readAttributes(path, BasicFileAttributes.class).fileKey();
        var folder = Path.of(System.getProperty("java.io.tmpdir", "/tmp"));
        return folder.resolve("godwit-copy-" + String.valueOf(key).replaceAll("[^a-z0-9]+", "-") + ".lock").toString();
    }

    /// A file's inode and time of birth: what it holds changes while it is copied to.
    private static String identity(Path path) throws IOException {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return path.toRealPath() + " " + attributes.fileKey() + " " + attributes.creationTime();
    }

    private static FaultException unknown(String word, String scheme) {
        return new FaultException(WorkerFault.COPY_ADDRESS_UNKNOWN, word + " cannot be opened", "nothing serves " + scheme + ": addresses");
    }
}
