package io.godwit.model.disk;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What inspection found inside a VM's disks.
///
/// @param systems one per root file system
/// @param encryptedDevices devices that hold LUKS or BitLocker
public record GuestReport(List<GuestSystem> systems, List<GuestFilesystem> filesystems, List<String> encryptedDevices) {
    /// An operating system.
    ///
    /// @param rootDevice as libguestfs names it, e.g. `/dev/sda1`, `/dev/vg/root`
    /// @param type `linux`, `windows`, ...
    /// @param distribution libguestfs's name, e.g. `debian`, `rhel`, `windows`; `unknown` where it knows none
    /// @param virtioDrivers whether the installed kernels can drive virtio disks; `null` = could not be told
    public record GuestSystem(String rootDevice, String type, String distribution, String productName, int majorVersion, int minorVersion,
            String architecture, String hostname, List<String> kernels, @Nullable Boolean virtioDrivers) {}

    /// A file system, or what else the device holds.
    ///
    /// @param type as libguestfs names it: `ext4`, `ntfs`, `crypto_LUKS`, `unknown`
    public record GuestFilesystem(String device, String type, @Nullable String uuid, @Nullable String label) {}
}
