package io.godwit.provider.ova;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What lies beside an OVF in a folder. Links are not followed: who may write into the folder need not be who may read the rest of this machine.
final class FolderFiles implements PackageFiles {
    private final Path folder;
    private final String base;
    private final PackageFile ovf;

    private FolderFiles(Path folder, String base, PackageFile ovf) {
        this.folder = folder;
        this.base = base;
        this.ovf = ovf;
    }

    static FolderFiles of(Path ovf) throws IOException {
        var folder = ovf.toAbsolutePath().getParent();
        var name = String.valueOf(ovf.getFileName());
        return new FolderFiles(folder == null ? Path.of("/") : folder, name.substring(0, name.length() - 4), file(ovf, name));
    }

    @Override
    public PackageFile ovf() {
        return ovf;
    }

    @Override
    public Optional<PackageFile> manifest() throws IOException {
        return find(base + ".mf");
    }

    @Override
    public boolean signed() {
        return Files.isRegularFile(folder.resolve(base + ".cert"), LinkOption.NOFOLLOW_LINKS);
    }

    @Override
    public boolean terminated() {
        return true;
    }

    /// Each part of the path must be itself, no link.
    @Override
    public Optional<PackageFile> find(String name) throws IOException {
        var parts = List.of(name.split("/", -1));
        if (parts.contains("..") || parts.contains("") || name.indexOf('\0') >= 0) {
            return Optional.empty();
        }
        var path = folder;
        try {
            for (var part : parts) {
                path = path.resolve(part);
                if (Files.isSymbolicLink(path)) {
                    return Optional.empty();
                }
            }
        } catch (InvalidPathException e) {
            return Optional.empty();
        }
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) ? Optional.of(file(path, name)) : Optional.empty();
    }

    private static PackageFile file(Path path, String name) throws IOException {
        var identity = FileIdentity.read(path);
        return new PackageFile(name, identity.sizeBytes(), new ExportSpec.File(path.toString(), identity));
    }

    @Override
    public byte[] read(PackageFile file, long offset, int length) throws IOException {
        var path = Path.of(((ExportSpec.File) file.location()).path());
        try (var bytes = FileBytes.openItself(path, path.toString())) {
            return bytes.read(offset, length);
        }
    }

    @Override
    public void close() {
        // nothing is kept open
    }
}
