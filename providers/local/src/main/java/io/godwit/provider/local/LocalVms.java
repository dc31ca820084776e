package io.godwit.provider.local;

import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.DurableFile;
import io.godwit.protocol.FileTree;
import io.godwit.protocol.JobCodec;
import io.godwit.provider.DestinationProvider.TargetVm;
import io.godwit.provider.SpiFault;
import io.godwit.provider.VmRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// VM definitions: a folder each, which gets its public name when it is whole. The owner's name lies in it and goes last.
final class LocalVms {
    /// What we know of a VM, in our own folder.
    record VmRecord(String name) {}

    /// What the VM's folder says.
    record Owner(VmMigrationId vmMigration) {}

    private static final String OWNER = ".owner.json";
    private static final String DOMAIN = "domain.xml";
    private static final String KUBEVIRT = "vm.yaml";
    private static final String BOOT = "boot";

    private final Pool pool;

    LocalVms(Pool pool) {
        this.pool = pool;
    }

    TargetVm ensure(VmMigrationId id, VmRequest request) {
        var owner = pool.owner(id);
        var folder = pool.vm(request.name());
        try (var _ = pool.lock()) {
            owner.make();
            var other = Pool.read(owner.vmRecord(), VmRecord.class).filter(record -> !record.name().equals(request.name()));
            if (other.isPresent() && isOurs(id, pool.vm(other.get().name()))) {
                throw new FaultException(SpiFault.OWNERSHIP_MISMATCH, "VM " + request.name() + " cannot be made",
                        id + " has made VM " + other.get().name() + " already");
            }
            DurableFile.write(owner.vmRecord(), JobCodec.write(new VmRecord(request.name())));
            if (!isOurs(id, folder)) {
                if (Files.exists(folder, LinkOption.NOFOLLOW_LINKS)) {
                    throw new FaultException(SpiFault.OWNERSHIP_MISMATCH, "VM " + folder + " cannot be made",
                            "we did not make what is there");
                }
                var fresh = owner.halfMade().resolve("vm-" + UUID.randomUUID());
                DurableFile.makeFolders(fresh);
                define(id, request, fresh);
                DurableFile.write(fresh.resolve(OWNER), JobCodec.write(new Owner(id)));
                Files.move(fresh, folder, StandardCopyOption.ATOMIC_MOVE);
                DurableFile.syncFolder(pool.vms());
            } else {
                define(id, request, folder);
            }
            return vm(folder, request.name());
        } catch (IOException e) {
            throw LocalFault.translate("VM " + folder + " cannot be made", e);
        }
    }

    private static void define(VmMigrationId id, VmRequest request, Path folder) throws IOException {
        DurableFile.write(folder.resolve(DOMAIN), LibvirtXml.of(id, request).getBytes(StandardCharsets.UTF_8));
        if (KubeVirtYaml.canBe(request)) {
            DurableFile.write(folder.resolve(KUBEVIRT), KubeVirtYaml.of(id, request).getBytes(StandardCharsets.UTF_8));
        }
    }

    Optional<TargetVm> find(VmMigrationId id) {
        try {
            var name = Pool.read(pool.owner(id).vmRecord(), VmRecord.class).map(VmRecord::name);
            return name.isPresent() && isOurs(id, pool.vm(name.get()))
                    ? Optional.of(vm(pool.vm(name.get()), name.get()))
                    : Optional.empty();
        } catch (IOException e) {
            throw LocalFault.translate("the VM of " + id + " cannot be looked at", e);
        }
    }

    /// Removes what we made; what people put beside it stays.
    void delete(VmMigrationId id) {
        var owner = pool.owner(id);
        try (var _ = pool.lock()) {
            var record = Pool.read(owner.vmRecord(), VmRecord.class);
            if (record.isEmpty()) {
                return;
            }
            var folder = pool.vm(record.get().name());
            if (isOurs(id, folder)) {
                FileTree.delete(folder.resolve(BOOT));
                for (var file : List.of(DOMAIN, KUBEVIRT, OWNER)) {
                    Files.deleteIfExists(folder.resolve(file));
                }
                removeIfEmpty(folder);
                DurableFile.syncFolder(pool.vms());
            }
            for (var half : OwnerFolder.list(owner.halfMade())) {
                if (String.valueOf(half.getFileName()).startsWith("vm-")) {
                    FileTree.delete(half);
                }
            }
            Files.deleteIfExists(owner.vmRecord());
            DurableFile.syncFolder(owner.path());
            owner.removeIfEmpty();
        } catch (IOException e) {
            throw LocalFault.translate("the VM of " + id + " cannot be removed", e);
        }
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // somebody keeps something there
        }
    }

    boolean taken(VmMigrationId id, String name) {
        var folder = pool.vm(name);
        try {
            return Files.exists(folder, LinkOption.NOFOLLOW_LINKS) && !isOurs(id, folder);
        } catch (IOException e) {
            throw LocalFault.translate("VM " + folder + " cannot be looked at", e);
        }
    }

    /// Where the boot check leaves what it saw.
    Path evidence(VmMigrationId id, String name) {
        var folder = pool.vm(name);
        try {
            if (!isOurs(id, folder)) {
                throw new FaultException(SpiFault.OWNERSHIP_MISMATCH, "VM " + folder + " cannot be started",
                        "we did not make what is there");
            }
            DurableFile.makeFolders(folder.resolve(BOOT));
            return folder.resolve(BOOT);
        } catch (IOException e) {
            throw LocalFault.translate("the folder for what the boot check of " + name + " sees cannot be made", e);
        }
    }

    private static boolean isOurs(VmMigrationId id, Path folder) throws IOException {
        return Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)
                && Pool.read(folder.resolve(OWNER), Owner.class).filter(owner -> owner.vmMigration().equals(id)).isPresent();
    }

    private static TargetVm vm(Path folder, String name) {
        return new TargetVm(name, folder.resolve(DOMAIN).toString());
    }
}
