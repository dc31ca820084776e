package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.SourceVm;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a source held at one time.
///
/// @param unreadable what should be a VM and could not be read
record InventoryView(Instant readAt, List<VmView> vms, List<NamedView> networks, List<NamedView> storages,
        List<UnreadableView> unreadable) {

    static InventoryView of(Inventory inventory) {
        return new InventoryView(inventory.readAt(), inventory.vms().stream().map(VmView::of).toList(),
                inventory.networks().stream().map(one -> new NamedView(one.id(), one.name())).toList(),
                inventory.storages().stream().map(one -> new NamedView(one.id(), one.name())).toList(),
                inventory.unreadable().stream().map(one -> new UnreadableView(one.location(), FaultView.of(one.fault()))).toList());
    }

    /// @param powerState `On`, `Off` or `Suspended`
    /// @param host inside the source that it is on; absent where the source has none
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record VmView(String id, String name, String powerState, CpuView cpu, long memoryBytes, FirmwareView firmware, String guestOs,
            String guestOsName, List<DiskView> disks, List<NicView> nics, List<ConcernView> concerns, @Nullable String host) {

        static VmView of(SourceVm vm) {
            var power = switch (vm.power()) {
                case ON -> "On";
                case OFF -> "Off";
                case SUSPENDED -> "Suspended";
            };
            var cpu = new CpuView(vm.cpu().sockets(), vm.cpu().coresPerSocket(), vm.cpu().threadsPerCore());
            var firmware = new FirmwareView(vm.firmware().uefi(), vm.firmware().secureBoot(), vm.firmware().tpm());
            return new VmView(vm.id(), vm.name(), power, cpu, vm.memoryBytes(), firmware, vm.guestOs(), vm.guestOsName(),
                    vm.disks().stream()
                            .map(disk -> new DiskView(disk.key(), disk.name(), disk.capacityBytes(), disk.storageId(), disk.bus()))
                            .toList(),
                    vm.nics().stream().map(nic -> new NicView(nic.key(), nic.networkId(), nic.mac(), nic.model())).toList(),
                    ConcernView.of(vm.concerns()), vm.host());
        }
    }

    record CpuView(int sockets, int coresPerSocket, int threadsPerCore) {}

    record FirmwareView(boolean uefi, boolean secureBoot, boolean tpm) {}

    record DiskView(String key, String name, long capacityBytes, String storage, String bus) {}

    record NicView(String key, String network, String mac, String model) {}

    record NamedView(String id, String name) {}

    record UnreadableView(String location, FaultView fault) {}

    /// @param category `Information`, `Warning` or `Critical`; a critical concern keeps the plan from starting
    record ConcernView(String id, String category, String label, String assessment) {

        static List<ConcernView> of(List<Concern> concerns) {
            return concerns.stream().map(one -> new ConcernView(one.id(), switch (one.severity()) {
                case INFORMATION -> "Information";
                case WARNING -> "Warning";
                case CRITICAL -> "Critical";
            }, one.label(), one.assessment())).toList();
        }
    }
}
