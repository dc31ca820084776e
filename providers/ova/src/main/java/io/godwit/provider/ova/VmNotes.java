package io.godwit.provider.ova;

import static java.util.stream.Collectors.joining;

import io.godwit.model.inventory.Concern.Severity;
import io.godwit.provider.ova.OvaPackage.DiskImage;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.util.Collection;
import java.util.Set;
import java.util.function.Predicate;

/// What is said of a VM that is neither processor, memory, disk nor card, and of the package that it came in.
final class VmNotes {
    /// What each VM has, or what has no meaning for the guest's data.
    private static final Set<Integer> UNIMPORTANT = Set.of(OvfItem.PROCESSOR, OvfItem.MEMORY, OvfItem.ETHERNET, OvfItem.DISK,
            OvfItem.FLOPPY, OvfItem.CD, OvfItem.DVD, OvfItem.SERIAL, OvfItem.PARALLEL, OvfItem.USB, OvfItem.GRAPHICS, OvfItem.SOUND);
    private static final Set<Integer> MEDIA = Set.of(OvfItem.FLOPPY, OvfItem.CD, OvfItem.DVD);

    private final OvaPackage ova;
    private final OvfSystem system;
    private final Concerns concerns;

    VmNotes(OvaPackage ova, OvfSystem system, Concerns concerns) {
        this.ova = ova;
        this.system = system;
        this.concerns = concerns;
    }

    void note(Collection<DiskImage> images) {
        noteFirmware();
        noteHardware();
        noteChoices();
        noteDigests(images);
        notePackage();
    }

    private void noteFirmware() {
        if (system.firmware().uefi()) {
            concerns.information("ova.uefi.nvram", "UEFI variables are made anew",
                    "Boot entries that the guest stored in its NVRAM are not taken over; it boots by the default path of its EFI partition.");
        }
        if (system.firmware().secureBoot()) {
            concerns.warning("ova.secureboot", "Secure Boot is on",
                    "Keys that were enrolled at the source are not taken over: a guest signed by none of the usual keys does not boot.");
        }
        if (system.firmware().tpm()) {
            concerns.warning("ova.tpm", "The VM has a TPM",
                    "The package does not hold what is in the TPM: have the recovery key of an encrypted disk at hand.");
        }
    }

    private void noteHardware() {
        var passedThrough = names(item -> (item.type() == OvfItem.OTHER && item.subType().contains("passthrough"))
                || (item.type() == OvfItem.ETHERNET && item.subType().contains("sriov")));
        if (!passedThrough.isEmpty()) {
            concerns.warning("ova.hardware.passthrough", "Passed-through hardware is left behind", passedThrough);
        }
        var unknown = names(item -> !UNIMPORTANT.contains(item.type()) && !DiskControllers.isOne(item)
                && !(item.type() == OvfItem.OTHER && item.subType().startsWith("vmware."))
                && item.text("Type").isEmpty()); // oVirt's consoles, channels and the like
        if (!unknown.isEmpty()) {
            concerns.information("ova.hardware.unknown", "Unknown hardware is left behind", unknown);
        }
        var media = names(item -> MEDIA.contains(item.type()) && item.hostResource().matches(".*/(file|disk)/.*")); // VirtualBox lists them as disks
        if (!media.isEmpty()) {
            concerns.information("ova.media.left", "Media in the package are left behind", media);
        }
        if (system.alternatives() > 1) {
            concerns.information("ova.hardware.alternatives", "The first of several sets of hardware is taken",
                    "The OVF describes the VM's hardware " + system.alternatives() + " times, for different platforms; this is "
                            + (system.family().isEmpty() ? "the first" : TarIndex.printable(system.family())) + ".");
        }
    }

    private String names(Predicate<OvfItem> which) {
        return system.items().stream().filter(which).map(OvfItem::name).limit(20).collect(joining(", "));
    }

    private void noteChoices() {
        ova.ovf().chosen().ifPresent(option -> concerns.information("ova.configuration.assumed", "The default configuration is taken",
                "The OVF offers several; this is " + TarIndex.printable(option.id()) + "."));
        if (system.wantsProperties()) {
            concerns.information("ova.properties.ignored", "vApp properties are not passed on",
                    "The guest may ask for settings that its OVF would hand over at its first boot; it gets none.");
        }
    }

    private void noteDigests(Collection<DiskImage> images) {
        if (ova.digests().isEmpty()) {
            concerns.warning("ova.manifest.missing", "There is no manifest",
                    "Nothing shows that the package's bytes are those that were exported.");
            return;
        }
        images.stream().filter(DiskImage.Usable.class::isInstance).flatMap(image -> ((DiskImage.Usable) image).files().stream())
                .filter(member -> ova.digests().stream().noneMatch(digest -> digest.file().equals(member)))
                .forEach(member -> concerns.note("ova.digest.missing", Severity.WARNING, "A disk has no digest",
                        "The manifest does not list " + TarIndex.printable(member.name())
                                + ": nothing shows that its bytes are those that were exported."));
    }

    private void notePackage() {
        for (var listed : ova.ovf().files().values()) {
            var member = ova.files().get(listed.id());
            if (member != null && listed.compressed().isEmpty() && listed.sizeBytes().isPresent()
                    && listed.sizeBytes().getAsLong() != member.sizeBytes()) {
                concerns.warning("ova.file.size.differs", "A file has another size than the OVF says", TarIndex.printable(listed.href())
                        + " has " + member.sizeBytes() + " bytes, the OVF says " + listed.sizeBytes().getAsLong() + ".");
            }
        }
        if (ova.signed()) {
            concerns.information("ova.signature.unchecked", "The signature is not checked",
                    "The package has a certificate; only the digests of its manifest are compared.");
        }
        if (!ova.terminated()) {
            concerns.information("ova.archive.unterminated", "The archive has no end marker",
                    "All files that the OVF lists are complete, but the tar ends without the two empty blocks that end a tar.");
        }
    }
}
