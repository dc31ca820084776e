package io.godwit.export;

import io.godwit.export.Export.Resources;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.VmdkExtent;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Starts NBD exports, read-only but for [#openVolume], on unix sockets in a private directory. Formats are read by QEMU, everything else by nbdkit; what an
/// image's headers say is checked before any of them opens it.
public final class Exports implements AutoCloseable {
    private static final int SECTOR = 512;

    private final Supervisor supervisor;
    private final Path folder;
    private final Path workVolume;
    private final NbdServers servers;
    private final Unpacker unpacker;
    private final SecretFiles secrets;
    private final AtomicInteger splitDisks = new AtomicInteger();

    /// @param runtime an existing folder with a short path: a private one is made in it
    /// @param workVolume what overlays' paths are relative to
    /// @param secrets value of a secret by its name; `null` where the job carries none of that name
    public Exports(Supervisor supervisor, Path runtime, Path workVolume, Function<String, @Nullable String> secrets) {
        this(supervisor, runtime, workVolume, secrets, pluginsOf(System.getenv("GODWIT_WORKER_NBDKIT_PLUGINS")));
    }

    private static @Nullable Path pluginsOf(@Nullable String folder) {
        return folder == null || folder.isEmpty() ? null : Path.of(folder);
    }

    /// @param plugins a folder whose `nbdkit-NAME-plugin.so` are taken before those of nbdkit's own folder; `null` = there is none
    public Exports(Supervisor supervisor, Path runtime, Path workVolume, Function<String, @Nullable String> secrets,
            @Nullable Path plugins) {
        this.supervisor = supervisor;
        this.workVolume = workVolume;
        this.unpacker = new Unpacker(workVolume);
        try {
            folder = Files.createTempDirectory(runtime, "x",
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        } catch (IOException e) {
            throw new FaultException(ExportFault.EXPORT_NOT_STARTED, "no private folder could be made in " + runtime, e);
        }
        this.secrets = new SecretFiles(folder, secrets);
        this.servers = new NbdServers(supervisor, folder, plugins);
    }

    /// To be called when secrets have other values: running exports use them from their next login, cookie or header on.
    public void renewSecrets() {
        secrets.renew();
    }

    /// Makes the bytes of that specification an export that runs until it is closed.
    ///
    /// @throws FaultException when a file is not what the specification says, an image is refused, or a tool does not start
    public Export open(ExportSpec spec) {
        var resources = new Resources();
        try {
            return serve(layer(spec, resources), resources);
        } catch (RuntimeException e) {
            try {
                resources.release();
            } catch (RuntimeException later) {
                e.addSuppressed(later);
            }
            throw e;
        }
    }

    /// Makes a qcow2 volume a writable export that runs until it is closed. A flush reaches the file, and QEMU's lock keeps every other program
    /// out of it. Where the file system can do that it is past the page cache, so that what is read back comes from the device.
    ///
    /// @param volume an image without backing, external data or encryption; clusters that a killed writer left unused are freed
    /// @throws FaultException when it is none, is damaged, or another program has it open
    public Export openVolume(Path volume) {
        var opened = new Qcow2Volume(volume);
        opened.requireSelfContained();
        opened.check(supervisor);
        var resources = new Resources();
        try {
            return new Export(servers.volume(opened, resources), resources);
        } catch (RuntimeException e) {
            resources.release();
            throw e;
        }
    }

    /// Whether the tables of a qcow2 volume that nobody has open are without an error; clusters that nothing leads to are freed.
    ///
    /// @throws FaultException `VOLUME_DAMAGED`; `VOLUME_LOCKED` when a program has it open
    public void checkVolume(Path volume) {
        new Qcow2Volume(volume).check(supervisor);
    }

    /// One level of a specification, checked, with no more started than it takes to name it.
    ///
    /// @param bytes for a look at its bytes; `null` where it must be served for that
    /// @param part where it is a run of bytes of one file
    /// @param uri where it is served already
    private record Layer(QemuNode node, @Nullable ByteWindow bytes, @Nullable FilePart part, @Nullable URI uri) {}

    private record FilePart(String path, long offset, long length, boolean whole) {}

    private Layer layer(ExportSpec spec, Resources resources) {
        return switch (spec) {
            case ExportSpec.File(var path, var identity) -> file(Path.of(path), identity, resources);
            case ExportSpec.Range range -> part(range, resources);
            case ExportSpec.Format(var inner, var format) -> disk(layer(inner, resources), format, resources);
            case ExportSpec.VmdkExtents(var extents) -> served(extents(extents, resources));
            case ExportSpec.Unpacked unpacked -> file(unpacker.require(unpacked, () -> unpacked.parts().stream()
                    .map(part -> bytes(layer(part, resources), resources)).toList()), null, resources);
            case ExportSpec.Overlay(var base, var name) -> overlay(workVolume.resolve(name), base, resources);
            case ExportSpec.Nbd(var uri) -> served(uri);
            case ExportSpec.Http http -> served(servers.remote(HttpServer.of(http, supervisor, secrets, resources.undo::push), resources));
            case ExportSpec.Ssh ssh -> served(servers.remote(SshServer.of(ssh, secrets, resources.undo::push), resources));
            case ExportSpec.Vddk vddk -> served(servers.remote(VddkServer.of(vddk, secrets, resources.undo::push), resources));
            case ExportSpec.Nbdkit plugin ->
                served(servers.nbdkit(NbdkitServer.local(plugin.filters(), plugin.plugin(), arguments(plugin, resources)), resources));
        };
    }

    private static Layer file(Path path, @Nullable FileIdentity identity, Resources resources) {
        var bytes = fileWindow(path, identity);
        if (identity != null) {
            resources.checks.add(() -> requireIdentity(path, identity));
        }
        return new Layer(QemuNode.file(path), bytes, new FilePart(path.toString(), 0, bytes.length(), true), null);
    }

    private Layer part(ExportSpec.Range range, Resources resources) {
        var whole = layer(range.inner(), resources);
        var bytes = ByteWindow.part(bytes(whole, resources), range.offset(), range.length());
        var of = whole.part();
        if (of == null && (range.offset() % SECTOR != 0 || range.length() % SECTOR != 0)) { // QEMU's parts are whole sectors
            var arguments = List.of("uri=" + serve(whole, resources).uri(), "offset=" + range.offset(), "range=" + range.length());
            return served(servers.nbdkit(NbdkitServer.local(List.of("offset"), "nbd", arguments), resources));
        }
        return new Layer(QemuNode.part(whole.node(), range.offset(), range.length()), bytes,
                of == null ? null : new FilePart(of.path(), of.offset() + range.offset(), range.length(), false), null);
    }

    private Layer disk(Layer image, DiskFormat format, Resources resources) {
        if (format == DiskFormat.RAW) {
            return image;
        }
        var bytes = bytes(image, resources);
        ImageHeaders.requireSelfContained(bytes, format);
        ImageTables.requireInside(bytes, format, image.part() != null);
        if (format == DiskFormat.VHD) { // an overlay's backing takes no words for its size
            return served(servers.qemuNbd(QemuNode.vhd(image.node()), resources));
        }
        return new Layer(QemuNode.image(format.qemuDriver(), image.node()), null, null, null);
    }

    /// Served at once: an overlay's backing takes no extents.
    private URI extents(List<VmdkExtent> extents, Resources resources) {
        var split = new SplitVmdk(folder, "v" + splitDisks.incrementAndGet(), resources.undo::push);
        var parts = new ArrayList<SplitVmdk.Part>();
        for (var extent : extents) {
            parts.add(part(extent, split, parts.size(), resources));
        }
        var uri = servers.qemuNbd(split.node(parts), resources);
        var sizeBytes = extents.stream().mapToLong(VmdkExtent::sizeBytes).sum();
        var window = new NbdWindow(uri);
        resources.undo.push(window::close);
        if (window.length() != sizeBytes) {
            throw new FaultException(ExportFault.IMAGE_DAMAGED, "a disk in " + extents.size() + " files was refused",
                    "QEMU reads " + window.length() + " bytes of it, and its descriptor has " + sizeBytes);
        }
        return uri;
    }

    private SplitVmdk.Part part(VmdkExtent extent, SplitVmdk split, int number, Resources resources) {
        return switch (extent) {
            case VmdkExtent.Flat flat -> flat(flat, resources);
            case VmdkExtent.Sparse sparse -> sparse(sparse, resources);
            case VmdkExtent.Zero zero ->
                new SplitVmdk.Part(false, split.zeroes(number, zero.sizeBytes()), 0, zero.sizeBytes(), zero.sizeBytes());
        };
    }

    private SplitVmdk.Part flat(VmdkExtent.Flat extent, Resources resources) {
        var part = requireFile(layer(extent.file(), resources), extent.file());
        requirePart(part, extent.offset(), extent.sizeBytes());
        return new SplitVmdk.Part(false, Path.of(part.path()), part.offset() + extent.offset(), extent.sizeBytes(), extent.sizeBytes());
    }

    private SplitVmdk.Part sparse(VmdkExtent.Sparse extent, Resources resources) {
        var layer = layer(extent.file(), resources);
        ImageHeaders.requireSparseExtent(bytes(layer, resources), extent.sizeBytes());
        ImageTables.requireInside(bytes(layer, resources), DiskFormat.VMDK, layer.part() != null);
        var part = requireFile(layer, extent.file());
        return new SplitVmdk.Part(true, Path.of(part.path()), part.offset(), part.length(), extent.sizeBytes());
    }

    private static FilePart requireFile(Layer layer, ExportSpec spec) {
        var part = layer.part();
        if (part == null) {
            throw new FaultException(ExportFault.IMAGE_NOT_SUPPORTED, "a disk in several files was refused",
                    "its extent " + spec + " is no file of this machine");
        }
        return part;
    }

    private static void requirePart(FilePart part, long offset, long length) {
        if (offset < 0 || length < 0 || offset > part.length() - length) {
            throw new FaultException(ExportFault.IMAGE_TRUNCATED, "the extent " + part.path() + " was refused",
                    "it has only " + part.length() + " bytes, and " + length + " from " + offset + " were to be read");
        }
    }

    private Layer overlay(Path file, ExportSpec base, Resources resources) {
        ImageHeaders.requirePlainOverlay(fileWindow(file, null));
        return new Layer(QemuNode.overlay(QemuNode.file(file), layer(base, resources).node()), null, null, null);
    }

    private Layer served(URI uri) {
        return new Layer(NbdAddress.of(uri).node(), null, null, uri);
    }

    private ByteWindow bytes(Layer layer, Resources resources) {
        if (layer.bytes() != null) {
            return layer.bytes();
        }
        var window = new NbdWindow(serve(layer, resources).uri());
        resources.undo.push(window::close);
        return window;
    }

    private Export serve(Layer layer, Resources resources) {
        var uri = layer.uri();
        var part = layer.part();
        if (uri == null && part != null) {
            var arguments = new ArrayList<>(List.of("file=" + part.path()));
            if (!part.whole()) {
                arguments.add("offset=" + part.offset());
                arguments.add("range=" + part.length());
            }
            uri = servers.nbdkit(NbdkitServer.local(part.whole() ? List.of() : List.of("offset"), "file", arguments), resources);
        } else if (uri == null) {
            uri = servers.qemuNbd(layer.node(), resources);
        }
        return new Export(uri, resources);
    }

    private static ByteWindow fileWindow(Path path, @Nullable FileIdentity identity) {
        if (!Files.exists(path) || Files.isDirectory(path)) {
            throw new FaultException(ExportFault.SOURCE_FILE_MISSING, path + " could not be opened", "there is no such file");
        }
        if (identity != null) {
            requireIdentity(path, identity);
        }
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return new ByteWindow.OfFile(path, channel.size());
        } catch (IOException e) {
            throw new FaultException(ExportFault.SOURCE_FILE_UNREADABLE, path + " could not be opened", e);
        }
    }

    private static void requireIdentity(Path path, FileIdentity expected) {
        FileIdentity found;
        try {
            found = FileIdentity.read(path);
        } catch (IOException e) {
            throw new FaultException(ExportFault.SOURCE_FILE_MISSING, path + " could not be looked at", e);
        }
        if (!found.equals(expected)) {
            throw new FaultException(ExportFault.SOURCE_FILE_CHANGED, path + " is not what it was",
                    !found.fileKey().equals(expected.fileKey())
                            ? "another file has its name now"
                            : "it had " + expected.sizeBytes() + " bytes, written to last at " + time(expected) + ", and has "
                                    + found.sizeBytes() + ", of "
                                    + time(found));
        }
    }

    private static Instant time(FileIdentity file) {
        return Instant.EPOCH.plusNanos(file.modifiedNanos());
    }

    private List<String> arguments(ExportSpec.Nbdkit plugin, Resources resources) {
        var all = new ArrayList<String>();
        new TreeMap<>(plugin.arguments()).forEach((name, value) -> all.add(name + "=" + value));
        for (var secret : new TreeMap<>(plugin.secrets()).entrySet()) {
            var use = "the argument " + secret.getKey() + " of nbdkit";
            all.add(secret.getKey() + "=+" + secrets.of(() -> secrets.line(secret.getValue(), use) + "\n", resources.undo::push));
        }
        return all;
    }

    static FaultException translated(ChildFailure failure, ExportFault otherwise, String what) {
        var code = failure.reason() == ChildFailure.Reason.MISSING ? ExportFault.EXPORT_TOOL_MISSING : otherwise;
        return new FaultException(code, what, failure);
    }

    static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            System.getLogger(Exports.class.getName()).log(System.Logger.Level.WARNING, file + " stays behind", e);
        }
    }

    /// Removes the private folder; exports that are still open lose their sockets, so close them first.
    @Override
    public void close() {
        try (var left = Files.list(folder)) {
            left.toList().forEach(Exports::delete);
        } catch (IOException e) {
            System.getLogger(Exports.class.getName()).log(System.Logger.Level.WARNING, folder + " stays behind", e);
        }
        delete(folder);
    }
}
