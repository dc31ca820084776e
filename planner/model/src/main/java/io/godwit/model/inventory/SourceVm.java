package io.godwit.model.inventory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// A VM as its source describes it.
///
/// @param id stable in its provider (a managed object id, a path in the package)
/// @param guestOs the source's identifier, e.g. `debian12_64Guest`; empty where it gives none
/// @param guestOsName for people; empty where the source gives none
/// @param host inside the source that it is on, as people name it there (an ESXi host); `null` where the source has none
/// @param appliance what its package says of it besides; `null` where it came in none
/// @param identity text that changes when the VM's bytes may have changed while it was stopped (for files: size, time, inode)
public record SourceVm(String id, String name, String identity, PowerState power, CpuTopology cpu, long memoryBytes, Firmware firmware,
        String guestOs, String guestOsName, List<SourceDisk> disks, List<SourceNic> nics, List<Concern> concerns,
        @Nullable String host, @Nullable Appliance appliance) {
    /// Of a source that has no hosts, or does not name them.
    public SourceVm(String id, String name, String identity, PowerState power, CpuTopology cpu, long memoryBytes, Firmware firmware,
            String guestOs, String guestOsName, List<SourceDisk> disks, List<SourceNic> nics, List<Concern> concerns) {
        this(id, name, identity, power, cpu, memoryBytes, firmware, guestOs, guestOsName, disks, nics, concerns, null, null);
    }

    public SourceVm on(String someHost) {
        return new SourceVm(id, name, identity, power, cpu, memoryBytes, firmware, guestOs, guestOsName, disks, nics, concerns, someHost,
                appliance);
    }

    public SourceVm appliance(Appliance other) {
        return new SourceVm(id, name, identity, power, cpu, memoryBytes, firmware, guestOs, guestOsName, disks, nics, concerns, host,
                other);
    }

    public enum PowerState {
        ON, OFF, SUSPENDED
    }

    /// Sockets × cores × threads, each at least 1.
    public record CpuTopology(int sockets, int coresPerSocket, int threadsPerCore) {
        public int cpus() {
            return sockets * coresPerSocket * threadsPerCore;
        }
    }

    public record Firmware(boolean uefi, boolean secureBoot, boolean tpm) {
        public static final Firmware BIOS = new Firmware(false, false, false);
    }

    /// A disk, in the order of the VM's bus positions; the first is the boot disk unless the source says otherwise.
    ///
    /// @param key unique in the VM, `[a-z0-9-]`, stable over inventories
    /// @param name for people, e.g. the file's name
    /// @param capacityBytes what the guest sees
    /// @param bus `scsi`, `ide`, `sata`, `nvme`, `virtio`
    public record SourceDisk(String key, String name, long capacityBytes, String storageId, String bus) {}

    /// A network card. `mac` is lower case with colons; empty where the source gives none.
    public record SourceNic(String key, String networkId, String mac, String model) {}
}
