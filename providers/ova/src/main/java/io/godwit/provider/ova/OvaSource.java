package io.godwit.provider.ova;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.SideTask.DigestedRange;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.Inventory.SourceNetwork;
import io.godwit.model.inventory.Inventory.SourceStorage;
import io.godwit.model.inventory.Inventory.Unreadable;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.migration.SourceView;
import io.godwit.provider.PowerControl;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SpiFault;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.Packages.Entry;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/// OVA files as a source. Holds nothing open and remembers nothing: each question reads the file's headers again.
final class OvaSource implements SourceProvider {
    private final Packages packages;
    private final Duration inventoryBudget;

    OvaSource(Packages packages, Duration inventoryBudget) {
        this.packages = packages;
        this.inventoryBudget = inventoryBudget;
    }

    @Override
    public Inventory inventory() {
        var started = System.nanoTime();
        var listing = packages.list();
        var vms = new ArrayList<SourceVm>();
        var unreadable = new ArrayList<>(listing.unreadable());
        var networks = new TreeMap<String, SourceNetwork>();
        var storages = new LinkedHashMap<String, SourceStorage>();
        for (var file : listing.files()) {
            if (System.nanoTime() - started > inventoryBudget.toNanos()) {
                unreadable
                        .add(new Unreadable(file.place().address(),
                                Fault.of(OvaFault.OVA_INVENTORY_TIMEOUT, file.place().where() + " was not read",
                                        "reading the files before it took longer than " + inventoryBudget.toSeconds() + " s")));
                continue;
            }
            storages.putIfAbsent(file.storageId(), new SourceStorage(file.storageId(), file.storageName()));
            try {
                var ova = OvaPackage.read(file.place());
                ova.ovf().networks().forEach(name -> networks.put(name, new SourceNetwork(name, name)));
                for (var system : ova.ovf().systems()) {
                    try {
                        vms.add(OvaVm.read(ova, file, system).vm());
                    } catch (FaultException e) {
                        unreadable.add(new Unreadable(OvaVm.id(ova, file, system), e.fault()));
                    }
                }
            } catch (FaultException e) {
                unreadable.add(new Unreadable(file.id(), e.fault()));
            }
        }
        vms.stream().flatMap(vm -> vm.nics().stream()).map(SourceVm.SourceNic::networkId)
                .forEach(name -> networks.putIfAbsent(name, new SourceNetwork(name, name)));
        return new Inventory(Instant.now(), List.copyOf(vms), List.copyOf(networks.values()), List.copyOf(storages.values()),
                List.copyOf(unreadable));
    }

    @Override
    public SourceVm requireVm(String vmId) {
        var file = requireFile(vmId);
        return requireVm(OvaPackage.read(file.place()), file, vmId).vm();
    }

    @Override
    public ExportSpec locate(String vmId, String identity, String diskKey, SourceView view) {
        if (!(view instanceof SourceView.Stopped)) {
            throw new IllegalArgumentException("an OVA's VM is never running, so it has no view " + view);
        }
        var file = requireFile(vmId);
        var ova = requireUnchanged(vmId, identity, file);
        return switch (requireVm(ova, file, vmId).disks().get(diskKey)) {
            case DiskImage.Usable(var source, _, _) -> source;
            case DiskImage.Unusable(var fault) -> throw new FaultException(fault);
            case null -> throw OvaFault.OVA_DISK_NOT_FOUND.because("the disk " + TarIndex.printable(diskKey) + " was not found",
                    "the VM " + TarIndex.printable(vmId) + " of " + ova.where() + " has no disk of that key");
        };
    }

    @Override
    public List<SideTask> sideTasks(String vmId, String identity) {
        var ova = requireUnchanged(vmId, identity, requireFile(vmId));
        var ranges = ova.digests().stream().map(digest -> new DigestedRange(digest.file().name(), digest.file().location(),
                digest.algorithm(), digest.hex())).toList();
        return ranges.isEmpty() ? List.of() : List.of(new SideTask.CheckDigests("manifest", ranges));
    }

    @Override
    public Optional<PowerControl> power() {
        return Optional.empty();
    }

    @Override
    public void close() {
        // nothing is open
    }

    /// Ids are looked up among the files that are there, never made into a path.
    private Entry requireFile(String vmId) {
        return packages.list().findByVmId(vmId).orElseThrow(() -> notFound(vmId, "there is no such OVA file any more"));
    }

    private static OvaVm requireVm(OvaPackage ova, Entry file, String vmId) {
        return ova.ovf().systems().stream().filter(system -> OvaVm.id(ova, file, system).equals(vmId)).findFirst()
                .map(system -> OvaVm.read(ova, file, system))
                .orElseThrow(() -> notFound(vmId, ova.where() + " holds no VM of that id"));
    }

    private static FaultException notFound(String vmId, String why) {
        return new FaultException(SpiFault.VM_NOT_FOUND, "the VM " + TarIndex.printable(vmId) + " was not found", why);
    }

    private static OvaPackage requireUnchanged(String vmId, String identity, Entry file) {
        var place = file.place();
        try {
            var now = place.version();
            // before the file is parsed: a file that was replaced by something broken was replaced in the first place
            if (!OvaPackage.mayBeOf(now, identity)) {
                throw changed(vmId, file,
                        "it is " + now + " (size, time of change and number of the file); the VM was read as " + identity);
            }
        } catch (NoSuchFileException e) {
            throw notFound(vmId, place.where() + " is gone");
        } catch (IOException e) {
            throw OvaFault.OVA_UNREADABLE.because(place.where() + " cannot be read", e);
        }
        var ova = OvaPackage.read(place);
        if (!ova.identity().equals(identity)) {
            throw changed(vmId, file,
                    "its OVF, its manifest or its files are other ones: it is " + ova.identity() + ", the VM was read as " + identity);
        }
        return ova;
    }

    private static FaultException changed(String vmId, Entry file, String why) {
        return new FaultException(SpiFault.SOURCE_CHANGED,
                file.place().where() + " of the VM " + TarIndex.printable(vmId) + " is no longer the file that was read", why);
    }
}
