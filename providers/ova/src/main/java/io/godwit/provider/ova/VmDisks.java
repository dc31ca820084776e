package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;

import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Appliance.Controller;
import io.godwit.model.inventory.Concern.Severity;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfDisk;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The disks of a VM, in boot order.
///
/// @param images by the keys of the disks
record VmDisks(List<SourceDisk> disks, Map<String, DiskImage> images, List<Controller> controllers) {
    static VmDisks read(OvaPackage ova, OvfSystem system, String storageId, String what, Concerns concerns) {
        return new Reader(ova, system, storageId, what, concerns).read();
    }

    private static final class Reader {
        private static final int OTHER_MEANS_UNIT = Integer.MAX_VALUE;

        private final OvaPackage ova;
        private final OvfSystem system;
        private final String storageId;
        private final String what;
        private final Concerns concerns;
        private final Map<String, OvfItem> controllers = new LinkedHashMap<>();

        Reader(OvaPackage ova, OvfSystem system, String storageId, String what, Concerns concerns) {
            this.ova = ova;
            this.system = system;
            this.storageId = storageId;
            this.what = what;
            this.concerns = concerns;
            system.items().stream().filter(DiskControllers::isOne).filter(item -> !item.instanceId().isEmpty())
                    .forEach(item -> controllers.put(item.instanceId(), item));
        }

        VmDisks read() {
            var order = Comparator.comparingInt(this::bootPosition).thenComparingInt(Attached::busRank)
                    .thenComparingLong(Attached::controllerAddress).thenComparingLong(Attached::unit);
            var attached = system.items().stream().filter(item -> item.type() == OvfItem.DISK).map(this::attached).sorted(order).toList();
            var disks = new ArrayList<SourceDisk>();
            var images = new HashMap<String, DiskImage>();
            var used = new HashSet<String>();
            for (var each : attached) {
                var key = "disk-" + disks.size();
                var disk = ova.ovf().diskOf(each.item());
                var image = image(each.item(), disk, used);
                var name = disk.flatMap(ova.ovf()::fileOf).map(OvfFile::href).or(() -> disk.map(OvfDisk::id))
                        .orElse(each.item().hostResource());
                note(image, name);
                disks.add(new SourceDisk(key, name, capacityBytes(image, disk), storageId, each.bus()));
                images.put(key, image);
            }
            if (disks.isEmpty()) {
                concerns.note("ova.disks.none", Severity.CRITICAL, "The VM has no disk", "There is nothing to migrate.");
            }
            noteBootDisk(disks);
            return new VmDisks(List.copyOf(disks), Map.copyOf(images), usedControllers());
        }

        private void noteBootDisk(List<SourceDisk> disks) {
            var known = !system.bootOrder().isEmpty() || ova.ovf().disks().values().stream().anyMatch(OvfDisk::boot);
            if (disks.size() > 1 && !known && disks.stream().map(SourceDisk::bus).distinct().count() > 1) {
                concerns.information("ova.boot.order.assumed", "Boot disk assumed", "The disks hang on different buses and the OVF has "
                        + "no boot order: " + disks.getFirst().name() + " is taken for the boot disk.");
            }
        }

        /// Also of a disk that cannot be used; without even a size the VM makes no sense.
        private static long capacityBytes(DiskImage image, Optional<OvfDisk> disk) {
            return switch (image) {
                case DiskImage.Usable usable -> usable.capacityBytes();
                case DiskImage.Unusable(var fault) -> disk.map(each -> OvfUnits.bytes(each.capacity(), each.units()))
                        .filter(bytes -> bytes.isPresent()).map(bytes -> bytes.getAsLong()).orElseThrow(() -> new FaultException(fault));
            };
        }

        private void note(DiskImage image, String name) {
            switch (image) {
                case DiskImage.Unusable(var fault) -> noteDisk(fault);
                case DiskImage.Usable(var source, _, _) when PackedImage.mayBeLarger(source) ->
                    concerns.information("ova.disk.unpacked.size", "A compressed disk may need more space than is reserved",
                            TarIndex.printable(name) + ": gzip tells sizes without whole times of 4 GiB. At least " + source.unpackedBytes()
                                    + " bytes are reserved for the unpacked image in the work volume; it may take more.");
                case DiskImage.Usable _ -> {
                    // nothing to say
                }
            }
        }

        /// One concern per reason and disk; the same fault stops whoever asks for the disk.
        private void noteDisk(Fault fault) {
            concerns.note(fault.code().toLowerCase(Locale.ROOT).replace('_', '.'), Severity.CRITICAL, "A disk cannot be migrated",
                    fault.what() + ": " + fault.why() + ". " + fault.remedy());
        }

        private DiskImage image(OvfItem item, Optional<OvfDisk> disk, Set<String> used) {
            if (disk.isEmpty()) {
                return new DiskImage.Unusable(Fault.of(OVA_OVF_INVALID, what + " has a disk that cannot be found",
                        "its HostResource '" + TarIndex.printable(item.hostResource()) + "' names no disk of the OVF"));
            }
            var id = disk.get().id();
            if (!used.add(id)) {
                return new DiskImage.Unusable(Fault.of(OVA_OVF_INVALID, what + " contradicts itself",
                        "it has the disk " + TarIndex.printable(id) + " twice"));
            }
            return ova.disks().getOrDefault(id, new DiskImage.Unusable(
                    Fault.of(OVA_OVF_INVALID, what + " has a disk that cannot be found",
                            "the package has no disk " + TarIndex.printable(id))));
        }

        /// @param bus as [SourceDisk] names it
        private record Attached(OvfItem item, String bus, long controllerAddress, long unit) {
            /// Where a disk to boot from is most likely, first.
            int busRank() {
                return List.of("scsi", "virtio", "sata", "nvme", "ide").indexOf(bus);
            }
        }

        private Attached attached(OvfItem item) {
            var controller = Optional.ofNullable(controllers.get(item.parent()));
            var named = ova.ovf().diskOf(item).flatMap(OvfDisk::bus);
            if (controller.isEmpty() && named.isEmpty()) {
                concerns.warning("ova.disk.controller.unknown", "A disk's controller is unknown",
                        "The OVF attaches " + item.name() + " to no controller that it describes; SCSI is assumed.");
            }
            return new Attached(item, controller.map(DiskControllers::bus).or(() -> named.map(DiskControllers::ovirtBus)).orElse("scsi"),
                    OvfItem.wholeNumber(controller.map(OvfItem::address).orElse("")).orElse(OTHER_MEANS_UNIT),
                    OvfItem.wholeNumber(item.unit()).orElse(OTHER_MEANS_UNIT));
        }

        private int bootPosition(Attached disk) {
            var position = system.bootOrder().indexOf(disk.item().instanceId());
            if (position < 0 && ova.ovf().diskOf(disk.item()).filter(OvfDisk::boot).isPresent()) {
                return 0;
            }
            return position < 0 ? Integer.MAX_VALUE : position;
        }

        private List<Controller> usedControllers() {
            var unknown = controllers.values().stream().filter(item -> !DiskControllers.isKnown(item)).map(OvfItem::subType).distinct()
                    .map(TarIndex::printable).toList();
            if (!unknown.isEmpty()) {
                concerns.information("ova.controller.unknown", "A controller's model is unknown",
                        String.join(", ", unknown) + ": the bus is taken from the kind of controller.");
            }
            return controllers.values().stream()
                    .map(item -> new Controller(DiskControllers.bus(item), TarIndex.printable(item.subType()))).toList();
        }
    }
}
