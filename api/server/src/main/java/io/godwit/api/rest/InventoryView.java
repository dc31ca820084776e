package io.godwit.api.rest;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.godwit.model.inventory.Appliance;
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
    /// @param appliance what its package says of it besides; absent where it came in none
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record VmView(String id, String name, @OneOf("On Off Suspended") String powerState, CpuView cpu, long memoryBytes,
            FirmwareView firmware, String guestOs,
            String guestOsName, List<DiskView> disks, List<NicView> nics, List<ConcernView> concerns, @Nullable String host,
            @Nullable ApplianceView appliance) {

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
                    ConcernView.of(vm.concerns()), vm.host(), vm.appliance() == null ? null : ApplianceView.of(vm.appliance()));
        }
    }

    record CpuView(int sockets, int coresPerSocket, int threadsPerCore) {}

    record FirmwareView(boolean uefi, boolean secureBoot, boolean tpm) {}

    record DiskView(String key, String name, long capacityBytes, String storage, String bus) {}

    record NicView(String key, String network, String mac, String model) {}

    /// @param product name, vendor and version; empty where the package gives none
    /// @param hardware family of virtual hardware that it was made for; empty where the package gives none
    record ApplianceView(String product, String hardware, List<ControllerView> controllers, List<OptionView> deploymentOptions,
            List<PropertyView> properties) {

        static ApplianceView of(Appliance appliance) {
            return new ApplianceView(appliance.product(), appliance.family(),
                    appliance.controllers().stream().map(one -> new ControllerView(one.bus(), one.model())).toList(),
                    appliance.options().stream().map(one -> new OptionView(one.id(), one.label(), one.chosen())).toList(),
                    appliance.properties().stream().map(one -> new PropertyView(one.key(), one.type(), one.label(), one.value(),
                            one.settable(), one.secret())).toList());
        }
    }

    record ControllerView(String bus, String model) {}

    record OptionView(String id, String label, boolean chosen) {}

    /// @param value its default; absent where it has none, or is a secret
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record PropertyView(String key, String type, String label, @Nullable String value, boolean settable, boolean secret) {}

    record NamedView(String id, String name) {}

    record UnreadableView(String location, FaultView fault) {}

    /// @param category `Information`, `Warning` or `Critical`; a critical concern keeps the plan from starting
    record ConcernView(String id, @OneOf("Information Warning Critical") String category, String label, String assessment) {

        static List<ConcernView> of(List<Concern> concerns) {
            return concerns.stream().map(one -> new ConcernView(one.id(), switch (one.severity()) {
                case INFORMATION -> "Information";
                case WARNING -> "Warning";
                case CRITICAL -> "Critical";
            }, one.label(), one.assessment())).toList();
        }
    }
}
