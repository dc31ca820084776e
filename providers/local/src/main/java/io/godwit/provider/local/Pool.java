package io.godwit.provider.local;

import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.DurableFile;
import io.godwit.protocol.JobCodec;
import io.godwit.protocol.KernelLock;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Where things are in a pool. What people see lies in `volumes` and `vms`; what we know of it in `.godwit/<owner>`.
///
/// @param root absolute
/// @param knowsBirth whether the file system tells when a file was made
record Pool(Path root, boolean knowsBirth) {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    /// Which node the pool belongs to.
    record Claim(String node) {}

    /// Opens the pool, and claims it for this node where nobody has.
    static Pool open(ProviderSettings settings) {
        var root = settings.localPath();
        try {
            var parent = root.getParent();
            if (!Files.isDirectory(root) && (parent == null || !Files.isDirectory(parent))) {
                throw new FaultException(SpiFault.PROVIDER_URL_INVALID, "there can be no pool at " + root, "its parent is no directory");
            }
            for (var folder : List.of("volumes", "vms", ".godwit")) {
                DurableFile.makeFolders(root.resolve(folder));
            }
            requireHardLinks(root);
            var pool = new Pool(root, knowsBirth(root.resolve(".godwit")));
            pool.claim(settings.node().id());
            return pool;
        } catch (IOException e) {
            throw LocalFault.translate("pool " + root + " cannot be used", e);
        }
    }

    private void claim(String node) throws IOException {
        var file = root.resolve(".godwit/pool.json");
        try (var _ = lock()) {
            var claimed = read(file, Claim.class);
            if (claimed.isEmpty()) {
                DurableFile.write(file, JobCodec.write(new Claim(node)));
            } else if (!claimed.get().node().equals(node)) {
                throw new FaultException(LocalFault.POOL_OF_ANOTHER_NODE, "pool " + root + " is not for node " + node,
                        "it belongs to node " + claimed.get().node());
            }
        }
    }

    /// Held for moments only, while names are given or counted.
    KernelLock lock() throws IOException {
        return KernelLock.take(root.resolve(".godwit/.lock"), PATIENCE)
                .orElseThrow(() -> new IOException("another process has held " + root.resolve(".godwit/.lock") + " for " + PATIENCE));
    }

    Path volumes() {
        return root.resolve("volumes");
    }

    Path vms() {
        return root.resolve("vms");
    }

    /// Two migrations of VMs of one name have two volumes.
    Path volume(VmMigrationId owner, String vmName, String diskKey, VolumeFormat format) {
        return volumes()
                .resolve(requireName(vmName) + "-" + requireName(diskKey) + "-" + requireName(owner.value()) + "." + format.word());
    }

    Path vm(String name) {
        return vms().resolve(requireName(name));
    }

    OwnerFolder owner(VmMigrationId id) {
        return new OwnerFolder(id, root.resolve(".godwit").resolve(requireName(id.value())));
    }

    /// All that have something here.
    List<OwnerFolder> owners() throws IOException {
        var owners = new ArrayList<OwnerFolder>();
        try (var entries = Files.newDirectoryStream(root.resolve(".godwit"), Files::isDirectory)) {
            for (var entry : entries) {
                owners.add(new OwnerFolder(new VmMigrationId(String.valueOf(entry.getFileName())), entry));
            }
        }
        return owners;
    }

    /// A name that can be one part of a path and part of no other.
    private static String requireName(String name) {
        if (name.isBlank() || name.length() > 100 || name.startsWith(".") || name.contains("/")
                || name.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
            throw new FaultException(LocalFault.VM_NAME_UNUSABLE, "no file can be named \"" + name.replaceAll("\\p{Cntrl}", "?") + "\"",
                    "it is empty or too long, or has a slash, a control character or a leading dot");
        }
        return name;
    }

    static <T> Optional<T> read(Path file, Class<T> type) throws IOException {
        try {
            return Optional.of(JobCodec.read(Files.readAllBytes(file), type, file.toString()));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static void requireHardLinks(Path root) throws IOException {
        var probe = root.resolve(".godwit/.probe-" + UUID.randomUUID());
        var link = root.resolve("volumes/." + probe.getFileName());
        try {
            Files.createFile(probe);
            Files.createLink(link, probe);
            try {
                Files.createLink(link, probe);
                throw new IOException("a second file took the name of the first");
            } catch (FileAlreadyExistsException e) {
                // as it should be
            }
        } catch (UnsupportedOperationException e) {
            throw new IOException("its file system has no hard links", e);
        } finally {
            Files.deleteIfExists(link);
            Files.deleteIfExists(probe);
        }
    }

    private static boolean knowsBirth(Path folder) throws IOException {
        var probe = Files.createTempFile(folder, ".probe", "");
        try {
            var past = FileTime.fromMillis(86_400_000);
            Files.setLastModifiedTime(probe, past);
            return !Files.readAttributes(probe, BasicFileAttributes.class).creationTime().equals(past); // Java gives the one for the other
        } finally {
            Files.deleteIfExists(probe);
        }
    }
}
