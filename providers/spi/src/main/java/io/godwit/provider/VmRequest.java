package io.godwit.provider;

import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.provider.DestinationProvider.Volume;
import java.util.List;

/// The VM to create.
///
/// @param uuid stable over retries
/// @param namespace where the destination has namespaces
/// @param disks in boot order
/// @param diskBus `virtio`, `scsi`, `sata`: what the guest can boot from now
/// @param nicModel `virtio`, `e1000e`, ...
/// @param nics those that are not ignored
/// @param machine `q35`, `i440fx`
/// @param guestOsName for people; may be empty
/// @param sourceDescription where it came from, for the annotation
public record VmRequest(String name, String uuid, String namespace, CpuTopology cpu, long memoryBytes, Firmware firmware,
        List<Volume> disks,
        String diskBus, String nicModel, List<Nic> nics, String machine, String guestOsName, String sourceDescription) {
    /// A network card.
    ///
    /// @param mac lower case with colons; empty = a new one
    public record Nic(String mac, NetworkTarget network) {}
}
