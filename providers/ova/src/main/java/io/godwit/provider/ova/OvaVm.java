package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;
import static java.util.stream.Collectors.joining;

import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Concern.Severity;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.CpuTopology;
import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.provider.ova.OvaFolder.Entry;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfItem;
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
import java.util.OptionalLong;
import java.util.Set;
import java.util.function.Predicate;

/// A VM of a package.
///
/// @param disks images by the keys of the VM's disks
record OvaVm(SourceVm vm, Map<String, DiskImage> disks) {
    /// Network of the cards that the OVF connects to none.
    static final String UNCONNECTED = "unconnected";

    private static final int MAX_CPUS = 4_096;
    private static final long MIN_MEMORY_BYTES = 1 << 20;
    private static final long MAX_MEMORY_BYTES = 1L << 47;
    private static final int OTHER_MEANS_UNIT = Integer.MAX_VALUE;

    /// Reads one of the package's VMs; a fault where its hardware makes no sense.
    static OvaVm read(OvaPackage ova, Entry file, OvfSystem system) {
        return new Reader(ova, file, system).read();
    }

    /// Its file's id, with the system's id where the file holds several.
    static String id(OvaPackage ova, Entry file, OvfSystem system) {
        return ova.ovf().systems().size() == 1 ? file.id() : file.id() + "#" + system.id();
    }

    /// Makes one of what the OVF says, and notes down what a person should know of it.
    private static final class Reader {
        private static final Set<Integer> CONTROLLERS = Set.of(OvfItem.IDE, OvfItem.SCSI, OvfItem.OTHER_STORAGE);
        /// What each VM has, or what has no meaning for the guest's data.
        private static final Set<Integer> UNIMPORTANT = Set.of(OvfItem.PROCESSOR, OvfItem.MEMORY, OvfItem.ETHERNET, OvfItem.DISK,
                OvfItem.FLOPPY, OvfItem.CD, OvfItem.DVD, OvfItem.SERIAL, OvfItem.PARALLEL, OvfItem.USB, OvfItem.GRAPHICS);

        private final OvaPackage ova;
        private final Entry file;
        private final OvfSystem system;
        private final String what;
        private final List<Concern> concerns = new ArrayList<>();

        Reader(OvaPackage ova, Entry file, OvfSystem system) {
            this.ova = ova;
            this.file = file;
            this.system = system;
            this.what = "the VM " + TarIndex.printable(nameOf(file, system)) + " of the OVA " + ova.path();
        }

        private static String nameOf(Entry file, OvfSystem system) {
            return system.name().isEmpty() ? file.path().getFileName().toString().replaceFirst("(?i)\\.ova$", "") : system.name();
        }

        OvaVm read() {
            var cpu = cpu();
            var memoryBytes = memoryBytes();
            var firmware = firmware();
            var images = new LinkedHashMap<String, DiskImage>();
            var disks = disks(images);
            var nics = nics();
            noteHardware();
            notePackage(images);
            var guestOs = system.osType().isEmpty() && !system.osId().isEmpty() ? "cim:" + system.osId() : system.osType();
            return new OvaVm(new SourceVm(id(ova, file, system), nameOf(file, system), ova.identity(), PowerState.OFF, cpu, memoryBytes,
                    firmware, guestOs,
                    system.osName(), disks, nics, List.copyOf(concerns)), Map.copyOf(images));
        }

        private void note(String id, Severity severity, String label, String assessment) {
            concerns.add(new Concern(id, severity, label, assessment));
        }

        private Optional<OvfItem> only(int type) {
            return system.items().stream().filter(item -> item.type() == type).findFirst();
        }

        private CpuTopology cpu() {
            var item = only(OvfItem.PROCESSOR);
            if (item.isEmpty()) {
                note("ova.cpu.missing", Severity.WARNING, "Number of CPUs not given", "The OVF has no processor; the VM gets one CPU.");
                return new CpuTopology(1, 1, 1);
            }
            var cpus = wholeNumber(item.get().quantity());
            if (cpus.isEmpty() || cpus.getAsLong() < 1 || cpus.getAsLong() > MAX_CPUS) {
                throw OVA_OVF_INVALID.because(what + " has no usable number of CPUs",
                        "the OVF says '" + TarIndex.printable(item.get().quantity()) + "'");
            }
            var count = (int) cpus.getAsLong();
            var cores = wholeNumber(item.get().coresPerSocket()).orElse(0); // 0: vSphere 8 decides at power-on
            if (cores > 0 && count % cores == 0) {
                return new CpuTopology((int) (count / cores), (int) cores, 1);
            }
            if (cores > 0) {
                note("ova.cpu.topology", Severity.WARNING, "CPU topology contradicts itself", "The OVF has " + count + " CPUs with " + cores
                        + " cores per socket; the VM gets one core per socket.");
            }
            return new CpuTopology(count, 1, 1);
        }

        private long memoryBytes() {
            var item = only(OvfItem.MEMORY).orElseThrow(
                    () -> OVA_OVF_INVALID.because(what + " has no usable amount of memory", "the OVF has no memory item"));
            // VMware reads an amount without units as megabytes
            var bytes = OvfUnits.bytes(item.quantity(), item.units().isEmpty() ? "byte * 2^20" : item.units());
            if (bytes.isEmpty() || bytes.getAsLong() < MIN_MEMORY_BYTES || bytes.getAsLong() > MAX_MEMORY_BYTES) {
                throw OVA_OVF_INVALID.because(what + " has no usable amount of memory", "the OVF says '"
                        + TarIndex.printable(item.quantity()) + "' in '" + TarIndex.printable(item.units()) + "'");
            }
            return bytes.getAsLong();
        }

        private Firmware firmware() {
            var uefi = "efi".equalsIgnoreCase(system.config().get("firmware"));
            var secureBoot = system.isSet("uefi.secureboot.enabled") || system.isSet("bootoptions.efisecurebootenabled");
            var tpm = system.items().stream().anyMatch(item -> item.subType().toLowerCase(Locale.ROOT).contains("vtpm"));
            if (uefi) {
                note("ova.uefi.nvram", Severity.INFORMATION, "UEFI variables are made anew",
                        "Boot entries that the guest stored in its NVRAM are not taken over; it boots by the default path of its EFI partition.");
            }
            if (secureBoot) {
                note("ova.secureboot", Severity.WARNING, "Secure Boot is on",
                        "Keys that were enrolled at the source are not taken over: a guest signed by none of the usual keys does not boot.");
            }
            if (tpm) {
                note("ova.tpm", Severity.WARNING, "The VM has a TPM",
                        "The package does not hold what is in the TPM: have the recovery key of an encrypted disk at hand.");
            }
            return new Firmware(uefi, uefi && secureBoot, tpm);
        }

        private List<SourceDisk> disks(Map<String, DiskImage> images) {
            var attached = attachedDisks();
            var order = Comparator.comparingInt(this::bootPosition).thenComparingInt(Attached::busRank)
                    .thenComparingLong(Attached::controllerAddress).thenComparingLong(Attached::unit);
            var disks = new ArrayList<SourceDisk>();
            var used = new HashSet<String>();
            for (var each : attached.stream().sorted(order).toList()) {
                var key = "disk-" + disks.size();
                var image = image(each.item(), used);
                var diskId = diskId(each.item());
                var name = Optional.ofNullable(ova.ovf().disks().get(diskId)).flatMap(disk -> disk.fileId().map(ova.ovf().files()::get))
                        .map(OvfDescriptor.OvfFile::href).orElse(diskId);
                if (image instanceof DiskImage.Unusable(var fault)) {
                    noteDisk(fault);
                }
                var capacityBytes = capacityBytes(image, diskId);
                images.put(key, image);
                disks.add(new SourceDisk(key, name, capacityBytes, file.storageId(), each.bus()));
            }
            if (disks.isEmpty()) {
                note("ova.disks.none", Severity.CRITICAL, "The VM has no disk", "There is nothing to migrate.");
            }
            if (disks.size() > 1 && system.bootOrder().isEmpty() && disks.stream().map(SourceDisk::bus).distinct().count() > 1) {
                note("ova.boot.order.assumed", Severity.INFORMATION, "Boot disk assumed",
                        "The disks hang on different buses and the OVF has "
                                + "no boot order: " + disks.getFirst().name() + " is taken for the boot disk.");
            }
            return List.copyOf(disks);
        }

        /// Also of a disk that cannot be used; without even a size the VM makes no sense.
        private long capacityBytes(DiskImage image, String diskId) {
            return switch (image) {
                case DiskImage.Usable usable -> usable.capacityBytes();
                case DiskImage.Unusable(var fault) -> Optional.ofNullable(ova.ovf().disks().get(diskId))
                        .map(disk -> OvfUnits.bytes(disk.capacity(), disk.units())).filter(OptionalLong::isPresent)
                        .map(OptionalLong::getAsLong).orElseThrow(() -> new FaultException(fault));
            };
        }

        /// One concern per reason and disk; the same fault stops whoever asks for the disk.
        private void noteDisk(Fault fault) {
            note(fault.code().toLowerCase(Locale.ROOT).replace('_', '.'), Severity.CRITICAL, "A disk cannot be migrated",
                    fault.what() + ": " + fault.why() + ". " + fault.remedy());
        }

        private DiskImage image(OvfItem item, Set<String> used) {
            var diskId = diskId(item);
            var image = ova.disks().get(diskId);
            if (image == null) {
                return new DiskImage.Unusable(Fault.of(OVA_OVF_INVALID, what + " has a disk that cannot be found",
                        "its HostResource '" + TarIndex.printable(item.hostResource()) + "' names no disk of the OVF"));
            }
            if (!used.add(diskId)) {
                return new DiskImage.Unusable(
                        Fault.of(OVA_OVF_INVALID, what + " contradicts itself",
                                "it has the disk " + TarIndex.printable(diskId) + " twice"));
            }
            return image;
        }

        /// `ovf:/disk/vmdisk1`; the first drafts of OVF wrote `/disk/vmdisk1`.
        private static String diskId(OvfItem item) {
            return item.hostResource().replaceFirst("^(ovf:)?/disk/", "");
        }

        /// @param bus as [SourceDisk] names it
        private record Attached(OvfItem item, String bus, long controllerAddress, long unit) {
            /// Where a disk to boot from is most likely, first.
            int busRank() {
                return List.of("scsi", "virtio", "sata", "nvme", "ide").indexOf(bus);
            }
        }

        private List<Attached> attachedDisks() {
            var controllers = new HashMap<String, OvfItem>();
            system.items().stream().filter(item -> CONTROLLERS.contains(item.type()) && !item.instanceId().isEmpty())
                    .forEach(item -> controllers.put(item.instanceId(), item));
            var attached = new ArrayList<Attached>();
            for (var item : system.items()) {
                if (item.type() == OvfItem.DISK) {
                    var controller = Optional.ofNullable(controllers.get(item.parent()));
                    if (controller.isEmpty()) {
                        note("ova.disk.controller.unknown", Severity.WARNING, "A disk's controller is unknown", "The OVF attaches "
                                + TarIndex.printable(item.name()) + " to no controller that it describes; SCSI is assumed.");
                    }
                    attached.add(new Attached(item, controller.map(Reader::bus).orElse("scsi"),
                            wholeNumber(controller.map(OvfItem::address).orElse("")).orElse(OTHER_MEANS_UNIT),
                            wholeNumber(item.unit()).orElse(OTHER_MEANS_UNIT)));
                }
            }
            return attached;
        }

        private static String bus(OvfItem controller) {
            var subType = controller.subType().toLowerCase(Locale.ROOT);
            return switch (controller.type()) {
                case OvfItem.IDE -> "ide";
                case OvfItem.OTHER_STORAGE -> subType.contains("nvme") ? "nvme" : subType.startsWith("virtio") ? "virtio" : "sata";
                default -> "scsi";
            };
        }

        private int bootPosition(Attached disk) {
            var position = system.bootOrder().indexOf(disk.item().instanceId());
            return position < 0 ? Integer.MAX_VALUE : position;
        }

        private List<SourceNic> nics() {
            var nics = new ArrayList<SourceNic>();
            for (var item : system.items()) {
                if (item.type() != OvfItem.ETHERNET) {
                    continue;
                }
                var mac = item.address().toLowerCase(Locale.ROOT).replace('-', ':');
                if (!mac.matches("([0-9a-f]{2}:){5}[0-9a-f]{2}")) {
                    note("ova.nic.mac.missing", Severity.INFORMATION, "A network card gets a new MAC address",
                            "The OVF gives " + TarIndex.printable(item.name()) + " none. ovftool writes them with --exportFlags=mac.");
                    mac = "";
                }
                if (item.network().isEmpty()) {
                    note("ova.nic.unconnected", Severity.INFORMATION, "A network card is not connected", "The OVF connects "
                            + TarIndex.printable(item.name()) + " to no network; map the network '" + UNCONNECTED + "', or ignore it.");
                } else if (!ova.ovf().networks().contains(item.network().get())) {
                    note("ova.nic.network.unknown", Severity.WARNING, "A network is not described", "The OVF connects "
                            + TarIndex.printable(item.name()) + " to " + TarIndex.printable(item.network().get())
                            + ", which its list of networks does not have.");
                }
                nics.add(new SourceNic("nic-" + nics.size(), item.network().orElse(UNCONNECTED), mac,
                        item.subType().toLowerCase(Locale.ROOT)));
            }
            return List.copyOf(nics);
        }

        private void noteHardware() {
            var passedThrough = names(
                    item -> item.subType().toLowerCase(Locale.ROOT).contains("passthrough") && item.type() == OvfItem.OTHER);
            if (!passedThrough.isEmpty()) {
                note("ova.hardware.passthrough", Severity.WARNING, "Passed-through hardware is left behind", passedThrough);
            }
            var unknown = names(item -> !UNIMPORTANT.contains(item.type()) && !CONTROLLERS.contains(item.type())
                    && !(item.type() == OvfItem.OTHER && item.subType().toLowerCase(Locale.ROOT).startsWith("vmware.")));
            if (!unknown.isEmpty()) {
                note("ova.hardware.unknown", Severity.INFORMATION, "Unknown hardware is left behind", unknown);
            }
            if (ova.ovf().configuration().isPresent()) {
                note("ova.configuration.assumed", Severity.INFORMATION, "The default configuration is taken",
                        "The OVF offers several; this is " + TarIndex.printable(ova.ovf().configuration().get()) + ".");
            }
            if (system.wantsProperties()) {
                note("ova.properties.ignored", Severity.INFORMATION, "vApp properties are not passed on",
                        "The guest may ask for settings that its OVF would hand over at its first boot; it gets none.");
            }
        }

        private String names(Predicate<OvfItem> which) {
            return system.items().stream().filter(which)
                    .map(item -> TarIndex.printable(item.name().isEmpty() ? "type " + item.type() : item.name())).limit(20)
                    .collect(joining(", "));
        }

        private void notePackage(Map<String, DiskImage> images) {
            if (ova.digests().isEmpty()) {
                note("ova.manifest.missing", Severity.WARNING, "There is no manifest",
                        "Nothing shows that the package's bytes are those that were exported.");
            } else {
                images.values().stream().filter(DiskImage.Usable.class::isInstance).map(image -> ((DiskImage.Usable) image).member())
                        .filter(member -> ova.digests().stream().noneMatch(digest -> digest.member().equals(member)))
                        .forEach(member -> note("ova.digest.missing", Severity.WARNING, "A disk has no digest",
                                "The manifest does not list " + TarIndex.printable(member.name())
                                        + ": nothing shows that its bytes are those that were exported."));
            }
            for (var listed : ova.ovf().files().values()) {
                var member = ova.files().get(listed.id());
                if (member != null && listed.sizeBytes().isPresent() && listed.sizeBytes().getAsLong() != member.sizeBytes()) {
                    note("ova.file.size.differs", Severity.WARNING, "A file has another size than the OVF says",
                            TarIndex.printable(listed.href()) + " has " + member.sizeBytes() + " bytes, the OVF says "
                                    + listed.sizeBytes().getAsLong() + ".");
                }
            }
            if (ova.signed()) {
                note("ova.signature.unchecked", Severity.INFORMATION, "The signature is not checked",
                        "The package has a certificate; only the digests of its manifest are compared.");
            }
            if (!ova.terminated()) {
                note("ova.archive.unterminated", Severity.INFORMATION, "The archive has no end marker",
                        "All files that the OVF lists are complete, but the tar ends without the two empty blocks that end a tar.");
            }
        }

        private static OptionalLong wholeNumber(String text) {
            return text.matches("\\d{1,9}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
        }
    }
}
