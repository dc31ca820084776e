package io.godwit.provider.ova;

import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Kinds and models of disk controllers, in the words of VMware, VirtualBox and oVirt.
final class DiskControllers {
    private static final Set<Integer> TYPES = Set.of(OvfItem.IDE, OvfItem.SCSI, OvfItem.OTHER_STORAGE);
    /// In lower case, as they begin.
    private static final List<String> MODELS = List.of("lsilogic", "buslogic", "virtualscsi", "vmware.sata", "vmware.nvme", "ahci", "nvme",
            "virtio", "piix", "ich6", "iscsi", "spapr");

    private DiskControllers() {}

    /// oVirt has display adapters of the number that is other storage elsewhere, and tells by an element of its own what they are.
    static boolean isOne(OvfItem item) {
        var device = item.text("Type");
        return TYPES.contains(item.type()) && (device.isEmpty() || device.equalsIgnoreCase("controller"));
    }

    /// Of no model is a known one too: many writers give none.
    static boolean isKnown(OvfItem controller) {
        return controller.subType().isEmpty() || MODELS.stream().anyMatch(controller.subType()::startsWith);
    }

    /// As [io.godwit.model.inventory.SourceVm.SourceDisk] names it.
    static String bus(OvfItem controller) {
        var model = controller.subType();
        return switch (controller.type()) {
            case OvfItem.IDE -> "ide";
            case OvfItem.OTHER_STORAGE -> otherBus(model);
            default -> model.startsWith("virtio") ? "virtio" : "scsi";
        };
    }

    private static String otherBus(String model) {
        if (model.contains("nvme")) {
            return "nvme";
        }
        if (model.startsWith("virtio")) {
            return "virtio";
        }
        return model.startsWith("lsilogic") || model.contains("scsi") ? "scsi" : "sata"; // VirtualBox may write its SAS controller so
    }

    /// Of an attribute `disk-interface`: `VirtIO`, `VirtIO_SCSI`, `IDE`, `SATA`, `SPAPR_VSCSI`.
    static String ovirtBus(String diskInterface) {
        return switch (diskInterface.toLowerCase(Locale.ROOT)) {
            case "virtio" -> "virtio";
            case "ide" -> "ide";
            case "sata" -> "sata";
            default -> "scsi";
        };
    }
}
