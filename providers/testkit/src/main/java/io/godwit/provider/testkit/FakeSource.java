package io.godwit.provider.testkit;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.SideTask;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.Inventory.SourceNetwork;
import io.godwit.model.inventory.Inventory.SourceStorage;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.model.migration.SourceView;
import io.godwit.provider.PowerControl;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SpiFault;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;

/// A source in memory, with or without power control.
public final class FakeSource implements SourceProvider {
    private final Map<String, SourceVm> vms = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<String, Integer> generations = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<String> powerLog = new CopyOnWriteArrayList<>();
    private final Calls calls;
    private final boolean powerControl;
    private boolean manifest = true;
    private boolean deaf;

    public FakeSource() {
        this(Calls.AT_ONCE, false);
    }

    public FakeSource(Calls calls, boolean powerControl) {
        this.calls = calls;
        this.powerControl = powerControl;
    }

    /// Adds a VM with disks of these sizes, a card in `net-0`, stopped unless there is power control.
    public FakeSource add(String id, String name, long... diskBytes) {
        var disks = new ArrayList<SourceDisk>();
        for (int i = 0; i < diskBytes.length; i++) {
            disks.add(new SourceDisk("disk-" + i, name + "-" + i + ".vmdk", diskBytes[i], "store-0", "scsi"));
        }
        put(new SourceVm(id, name, "", powerControl ? PowerState.ON : PowerState.OFF, new CpuTopology(1, 2, 1), 1L << 30, Firmware.BIOS,
                "debian12_64Guest", "Debian GNU/Linux 12", disks, List.of(new SourceNic("nic-0", "net-0", "", "vmxnet3")), List.of()));
        return this;
    }

    /// Adds or replaces a VM; its identity is ours.
    public void put(SourceVm vm) {
        var generation = generations.merge(vm.id(), 1, Integer::sum);
        vms.put(vm.id(), new SourceVm(vm.id(), vm.name(), vm.id() + "/" + generation, vm.power(), vm.cpu(), vm.memoryBytes(), vm.firmware(),
                vm.guestOs(), vm.guestOsName(), vm.disks(), vm.nics(), vm.concerns(), vm.host(), vm.appliance()));
    }

    public void remove(String vmId) {
        vms.remove(vmId);
    }

    /// Whether guests ignore that they are asked to shut down.
    public void deaf(boolean now) {
        deaf = now;
    }

    /// Whether there is a manifest to check.
    public FakeSource manifest(boolean there) {
        manifest = there;
        return this;
    }

    public void changeBytes(String vmId) {
        put(requireVm(vmId));
    }

    /// Every change of power: `off <vm>`, `on <vm>`.
    public List<String> powerLog() {
        return List.copyOf(powerLog);
    }

    @Override
    public Inventory inventory() {
        return new Inventory(Instant.EPOCH, List.copyOf(vms.values()), List.of(new SourceNetwork("net-0", "VM Network")),
                List.of(new SourceStorage("store-0", "datastore1")), List.of());
    }

    @Override
    public SourceVm requireVm(String vmId) {
        var vm = vms.get(vmId);
        if (vm == null) {
            throw new FaultException(SpiFault.VM_NOT_FOUND, "VM " + vmId, "the fake has " + vms.keySet());
        }
        return vm;
    }

    private SourceVm requireVm(String vmId, String identity) {
        var vm = requireVm(vmId);
        if (!vm.identity().equals(identity)) {
            throw new FaultException(SpiFault.SOURCE_CHANGED, "VM " + vmId, "it is " + vm.identity() + " and no longer " + identity);
        }
        return vm;
    }

    @Override
    public ExportSpec locate(String vmId, String identity, String diskKey, SourceView view) {
        var vm = requireVm(vmId, identity);
        var disk = vm.disks().stream().filter(each -> each.key().equals(diskKey)).findFirst().orElseThrow(
                () -> new FaultException(SpiFault.VM_NOT_FOUND, "disk " + diskKey + " of VM " + vmId, "it has no such disk"));
        return new ExportSpec.Format(file(vm, disk), DiskFormat.VMDK);
    }

    private static ExportSpec.File file(SourceVm vm, SourceDisk disk) {
        return new ExportSpec.File("/fake/" + vm.id() + "/" + disk.name(), new FileIdentity(disk.capacityBytes(), 0, vm.identity()));
    }

    @Override
    public List<SideTask> sideTasks(String vmId, String identity) {
        var vm = requireVm(vmId, identity);
        return manifest
                ? List.of(new SideTask.CheckDigests("manifest",
                        vm.disks().stream().map(disk -> new SideTask.DigestedRange(disk.name(), file(vm, disk), "SHA-256", "00")).toList()))
                : List.of();
    }

    @Override
    public Optional<PowerControl> power() {
        return powerControl ? Optional.of(new FakePower()) : Optional.empty();
    }

    @Override
    public void close() {}

    private final class FakePower implements PowerControl {
        @Override
        public PowerState stateOf(String vmId) {
            return requireVm(vmId).power();
        }

        @Override
        public void shutDown(String vmId, String identity) {
            if (!deaf) {
                turn(vmId, identity, PowerState.OFF);
            }
        }

        @Override
        public void powerOff(String vmId, String identity) {
            turn(vmId, identity, PowerState.OFF);
        }

        @Override
        public void powerOn(String vmId, String identity) {
            turn(vmId, identity, PowerState.ON);
        }

        private void turn(String vmId, String identity, PowerState to) {
            calls.<Boolean>change("power " + to + " " + vmId, () -> {
                var vm = requireVm(vmId, identity);
                if (vm.power() == to) {
                    return false;
                }
                powerLog.add(to.name().toLowerCase(java.util.Locale.ROOT) + " " + vmId);
                vms.put(vmId, new SourceVm(vm.id(), vm.name(), vm.identity(), to, vm.cpu(), vm.memoryBytes(), vm.firmware(), vm.guestOs(),
                        vm.guestOsName(), vm.disks(), vm.nics(), vm.concerns(), vm.host(), vm.appliance()));
                return true;
            });
        }
    }
}
