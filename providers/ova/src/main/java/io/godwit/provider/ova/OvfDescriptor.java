package io.godwit.provider.ova;

import io.godwit.model.inventory.Appliance.DeploymentOption;
import io.godwit.model.inventory.Appliance.Property;
import io.godwit.model.inventory.SourceVm.Firmware;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// An OVF envelope as written: what it says is in order of form, but need not make sense yet.
///
/// @param options sets of hardware to choose from; the hardware is that of the chosen one
record OvfDescriptor(Map<String, OvfFile> files, Map<String, OvfDisk> disks, List<String> networks, List<OvfSystem> systems,
        List<DeploymentOption> options) {

    /// A file of the package.
    ///
    /// @param compressed how, where it is: `gzip`
    /// @param chunkBytes where it is stored in pieces, under other names: the size of all but the last
    record OvfFile(String id, String href, OptionalLong sizeBytes, Optional<String> compressed, OptionalLong chunkBytes) {}

    /// A disk that systems may use.
    ///
    /// @param capacity as written, but for properties, which are replaced by their values
    /// @param format URI of the image's format
    /// @param volumeFormat oVirt's word for it, which counts more: its URI is that of VMDK for raw images
    /// @param bus that oVirt attaches it to
    /// @param boot whether oVirt boots from it
    record OvfDisk(String id, Optional<String> fileRef, String capacity, String units, Optional<String> format,
            Optional<String> volumeFormat, Optional<String> parentId, Optional<String> bus, boolean boot) {}

    /// A VM.
    ///
    /// @param config VMware's own settings, keys in lower case
    /// @param bootOrder instance ids of items
    /// @param wantsProperties whether its guest expects vApp properties
    /// @param family of virtual hardware, e.g. `vmx-19`
    /// @param virtualBoxMacs those of its cards as VirtualBox writes them, apart from the items
    /// @param alternatives number of its hardware sections, of which the first is taken
    record OvfSystem(String id, String name, String osId, String osType, String osName, List<OvfItem> items, Map<String, String> config,
            List<String> bootOrder, boolean wantsProperties, String family, int alternatives, Firmware firmware, String product,
            List<Property> properties, List<String> virtualBoxMacs) {}

    /// The file that a disk names: by its id, or, as oVirt writes it, by its path.
    Optional<OvfFile> fileOf(OvfDisk disk) {
        return disk.fileRef().flatMap(ref -> Optional.ofNullable(files.get(ref))
                .or(() -> files.values().stream().filter(file -> file.href().equals(ref)).findFirst()));
    }

    /// The disk that an item names: `ovf:/disk/vmdisk1`, `/disk/vmdisk1` in the first drafts of OVF, the path of its file in oVirt's form.
    Optional<OvfDisk> diskOf(OvfItem item) {
        var named = item.hostResource();
        return Optional.ofNullable(disks.get(named.replaceFirst("^(ovf:)?/disk/", "")))
                .or(() -> disks.values().stream().filter(disk -> disk.fileRef().filter(named::equals).isPresent()).findFirst());
    }

    Optional<DeploymentOption> chosen() {
        return options.stream().filter(DeploymentOption::chosen).findFirst();
    }
}
