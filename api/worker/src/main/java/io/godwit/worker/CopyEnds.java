package io.godwit.worker;

import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the two words of `godwit copy` stand for.
final class CopyEnds {
    private static final Pattern SCHEME = Pattern.compile("([a-z][a-z0-9+.-]*):/.*");

    private static final int SSH_PORT = 22;

    private CopyEnds() {}

    /// Where a word's bytes lie; `null` where only a server knows.
    static @Nullable DiskPlace place(String word) throws IOException {
        var scheme = SCHEME.matcher(word);
        if (!scheme.matches()) {
            return DiskPlace.of(Path.of(word));
        }
        return scheme.group(1).startsWith("nbd") ? DiskPlace.of(URI.create(word)) : null;
    }

    /// A disk to read, and what a later run compares to know it again.
    ///
    /// @param known whether other bytes would have another identity
    record Source(ExportSpec spec, String identity, boolean known) {}

    /// A disk to write, and what a later run compares to know it again.
    ///
    /// @param known whether another disk would have another identity
    /// @param fresh whether it was made by us just now, and so is all zero
    record Target(TargetSpec spec, String identity, boolean known, boolean fresh) {}

    /// Whether a word stands for a file, or what will be one.
    static boolean isFile(String word) {
        return !SCHEME.matcher(word).matches() && (!Files.exists(Path.of(word)) || Files.isRegularFile(Path.of(word)));
    }

    /// @param word a path, or a URI of NBD, http(s) or ssh
    /// @param format of the bytes there: never probed
    static Source source(String word, DiskFormat format, CopyAccess access) {
        var scheme = SCHEME.matcher(word);
        if (!scheme.matches()) {
            access.requireFitting("a file");
            return file(Path.of(word), format);
        }
        access.requireFitting(scheme.group(1));
        try {
            ExportSpec bytes = switch (scheme.group(1)) {
                case "nbd", "nbd+unix", "nbds", "nbds+unix" -> new ExportSpec.Nbd(URI.create(word));
                case "http", "https" -> http(URI.create(word), access);
                case "ssh" -> ssh(URI.create(word), access);
                default -> throw unknown(word, scheme.group(1));
            };
            return new Source(formatted(bytes, format), word + " " + format, false); // who changes what is behind a URI must not give it the same checkpoint
        } catch (IllegalArgumentException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_UNUSABLE, "SOURCE cannot be read", e);
        }
    }

    private static Source file(Path path, DiskFormat format) {
        try {
            boolean regular = Files.isRegularFile(path);
            var identity = regular ? FileIdentity.read(path) : null; // a device's times tell nothing
            return new Source(formatted(new ExportSpec.File(path.toAbsolutePath().toString(), identity), format),
                    path.toRealPath() + " " + (regular ? identity : DiskPlace.identity(path)) + " " + format, regular);
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_SOURCE_MISSING, path + " cannot be read", e);
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
        var scheme = SCHEME.matcher(word);
        if (scheme.matches()) {
            return switch (scheme.group(1)) {
                case "nbd", "nbd+unix", "nbds", "nbds+unix" -> new Target(new TargetSpec.Nbd(URI.create(word)), word, false, false);
                default -> throw unknown(word, scheme.group(1));
            };
        }
        var path = Path.of(word).toAbsolutePath();
        try {
            if (!Files.exists(path)) {
                if (scope instanceof CopyScope.ChangedExtents) {
                    throw new FaultException(WorkerFault.COPY_TARGET_UNUSABLE, path + " cannot be brought up to date by --changed-extents",
                            "there is no such file, and the list does not name all that it must hold");
                }
                try (var file = new RandomAccessFile(path.toFile(), "rw")) {
                    file.setLength(sizeBytes);
                }
                return new Target(raw(path), identity(path), true, true);
            }
            return Files.isRegularFile(path)
                    ? new Target(raw(path), identity(path), true, false)
                    : new Target(new TargetSpec.BlockDevice(path.toString(), lock(path)), path.toRealPath() + " " + DiskPlace.identity(path),
                            false, false);
        } catch (IOException e) {
            throw new FaultException(WorkerFault.COPY_TARGET_UNUSABLE, path + " cannot be written", e);
        }
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
