package io.godwit.provider.local;

import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.provider.DestinationProvider.Volume;
import io.godwit.provider.VmRequest;
import io.godwit.provider.VmRequest.Nic;
import java.util.List;

/// VMs to define.
final class Vms {
    private Vms() {}

    static VmRequest web(List<Volume> disks) {
        return new VmRequest("web", "5f9f1d0c-9f7e-4a53-b4de-7b1a9f3f2d11", "", new CpuTopology(2, 2, 1), 512L << 20, Firmware.BIOS, disks,
                "virtio", "virtio", List.of(new Nic("52:54:00:00:00:01", new NetworkTarget.Named("default"))), "q35", "Debian GNU/Linux 12",
                "web.ova");
    }

    /// Everything at once: UEFI with secure boot and TPM, cards of all kinds, names that have to be quoted.
    static VmRequest hostile() {
        var disks = List.of(new Volume("disk_0", "/srv/pool/volumes/it's <web> & \"co\"-disk_0.raw", "i0", 1 << 20),
                new Volume("disk-1", "/srv/pool/volumes/b.raw", "i1", 1 << 20));
        return new VmRequest("It's <web> & \"co\": #1", "5f9f1d0c-9f7e-4a53-b4de-7b1a9f3f2d12", "shop", new CpuTopology(1, 4, 2),
                (3L << 30) + 4096,
                new Firmware(true, true, true), disks, "scsi", "e1000e",
                List.of(new Nic("52:54:00:00:00:02", new NetworkTarget.Pod()), new Nic("", new NetworkTarget.Multus("infra", "vlan7")),
                        new Nic("52:54:00:00:00:03", new NetworkTarget.Ignored())),
                "q35", "Windows: yes\u0001", "ds1/[x] & y: 'z'");
    }

    /// No card that is connected, BIOS, the old machine, SATA.
    static VmRequest lonely() {
        return new VmRequest("on", "5f9f1d0c-9f7e-4a53-b4de-7b1a9f3f2d13", "", new CpuTopology(1, 1, 1), 256L << 20,
                new Firmware(true, false, false),
                List.of(new Volume("disk-0", "/srv/pool/volumes/on-disk-0.raw", "i", 1 << 20)), "sata", "e1000e",
                List.of(new Nic("52:54:00:00:00:03", new NetworkTarget.Ignored())), "i440fx", "", "");
    }
}
