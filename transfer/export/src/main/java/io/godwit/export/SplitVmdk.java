package io.godwit.export;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A VMDK in several files as one node of QEMU: under a descriptor of our own, which names nothing but links of ours, so that no name that the package
/// gives is ever followed. Where in its file an extent lies is told to QEMU beside the descriptor, which has no word for it.
final class SplitVmdk {
    /// @param file that holds the extent, from `offset` on
    /// @param sizeBytes of the disk in it
    /// @param storedBytes of the file that are the extent's
    record Part(boolean sparse, Path file, long offset, long storedBytes, long sizeBytes) {}

    private final Path folder;
    private final String name;
    private final Consumer<Runnable> undo;

    /// @param folder private to this worker
    /// @param name of what is made there, unused before
    /// @param undo collects what is to be removed when the export is closed
    SplitVmdk(Path folder, String name, Consumer<Runnable> undo) {
        this.folder = folder;
        this.name = name;
        this.undo = undo;
    }

    QemuNode node(List<Part> parts) {
        var descriptor = new StringBuilder("""
                # Disk DescriptorFile
                version=1
                CID=fffffffe
                parentCID=ffffffff
                createType="%s"

                # Extent description
                """.formatted(parts.stream().anyMatch(Part::sparse) ? "twoGbMaxExtentSparse" : "twoGbMaxExtentFlat"));
        var windows = new ArrayList<String>();
        try {
            for (var part : parts) {
                var link = folder.resolve(name + "e" + windows.size());
                undo.accept(() -> Exports.delete(link));
                Files.createSymbolicLink(link, part.file().toAbsolutePath());
                descriptor.append("RW ").append(part.sizeBytes() / 512).append(part.sparse() ? " SPARSE \"" : " FLAT \"")
                        .append(link.getFileName())
                        .append(part.sparse() ? "\"\n" : "\" 0\n");
                windows.add("\"extents." + windows.size() + ".driver\":\"raw\",\"extents." + windows.size() + ".offset\":" + part.offset()
                        + ",\"extents." + windows.size() + ".size\":" + part.storedBytes());
            }
            var file = folder.resolve(name);
            undo.accept(() -> Exports.delete(file));
            Files.writeString(file, descriptor.append("\n# The Disk Data Base\n#DDB\n\n"));
            return QemuNode.extents(QemuNode.file(file), windows);
        } catch (IOException e) {
            throw new FaultException(ExportFault.EXPORT_NOT_STARTED,
                    "the descriptor of a disk in several files could not be made in " + folder, e);
        }
    }

    /// A file of nothing but zeroes: QEMU leaves out extents of the type ZERO, and with them their place on the disk (seen with 7.2).
    Path zeroes(int number, long sizeBytes) {
        var file = folder.resolve(name + "z" + number);
        undo.accept(() -> Exports.delete(file));
        try (var made = new RandomAccessFile(file.toFile(), "rw")) {
            made.setLength(sizeBytes);
            return file;
        } catch (IOException e) {
            throw new FaultException(ExportFault.EXPORT_NOT_STARTED, "a file of zeroes could not be made in " + folder, e);
        }
    }
}
