package io.godwit.provider.ova;

import io.godwit.model.inventory.Appliance;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import io.godwit.provider.ova.Packages.Entry;
import java.util.Map;

/// A VM of a package.
///
/// @param disks images by the keys of the VM's disks
record OvaVm(SourceVm vm, Map<String, DiskImage> disks) {
    /// Reads one of the package's VMs; a fault where its hardware makes no sense.
    static OvaVm read(OvaPackage ova, Entry file, OvfSystem system) {
        var name = nameOf(file, system);
        var what = "the VM " + TarIndex.printable(name) + " of " + ova.where();
        var concerns = new Concerns();
        var compute = new VmCompute(system, what, concerns);
        var cpu = compute.cpu();
        var memoryBytes = compute.memoryBytes();
        var disks = VmDisks.read(ova, system, file.storageId(), what, concerns);
        var nics = new VmNics(ova.ovf(), system, concerns).read();
        new VmNotes(ova, system, concerns).note(disks.images().values());
        var guestOs = system.osType().isEmpty() && !system.osId().isEmpty() ? "cim:" + system.osId() : system.osType();
        var vm = new SourceVm(id(ova, file, system), name, ova.identity(), PowerState.OFF, cpu, memoryBytes, system.firmware(), guestOs,
                system.osName(), disks.disks(), nics, concerns.all());
        return new OvaVm(vm.appliance(new Appliance(system.product(), TarIndex.printable(system.family()), disks.controllers(),
                ova.ovf().options(), system.properties())), disks.images());
    }

    private static String nameOf(Entry file, OvfSystem system) {
        return system.name().isEmpty() ? file.place().fileName().replaceFirst("(?i)\\.(ova|ovf)$", "") : system.name();
    }

    /// Its file's id, with the system's id where the file holds several.
    static String id(OvaPackage ova, Entry file, OvfSystem system) {
        return ova.ovf().systems().size() == 1 ? file.id() : file.id() + "#" + system.id();
    }
}
