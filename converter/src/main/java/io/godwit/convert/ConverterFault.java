package io.godwit.convert;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.GODWIT;
import static io.godwit.model.fault.Blame.GUEST;
import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// What can go wrong inside a guest, or with what looks into it.
public enum ConverterFault implements FaultCode {
    // @formatter:off
    GUEST_NO_OPERATING_SYSTEM(lasting(GUEST,
            "No operating system was found on the disks of the VM.",
            "They hold data only, an installer, or a file system that libguestfs does not know.",
            "See whether the VM has an operating system on these disks; one without cannot be converted: migrate it with skipGuestConversion.")),
    GUEST_SEVERAL_SYSTEMS(lasting(USER,
            "More than one operating system was found, and the plan does not choose.",
            "The VM boots several systems, or a disk of another VM is attached.",
            "Name the system to convert, one of the devices listed: rootDisk in the plan, or `--root VM=DEVICE` of `godwit migrate` and `godwit plan create`.")),
    GUEST_ROOT_UNKNOWN(lasting(USER,
            "The plan's rootDisk is no operating system of this VM.",
            "The device is misspelt, or the VM's disks changed since.",
            "Set the plan's rootDisk (`--root VM=DEVICE` of `godwit migrate` and `godwit plan create`) to one of the devices listed.")),
    GUEST_ROOT_ELSEWHERE(lasting(GUEST,
            "virt-v2v would convert another file system than the one that was chosen.",
            "The guest's /etc/fstab names its root by a device name that fits another disk here.",
            "Name the root file system by its UUID in the guest's /etc/fstab: a device name fits another one too.")),
    GUEST_ENCRYPTED(lasting(GUEST,
            "A disk of the guest is encrypted, and its key is not known.",
            "LUKS or BitLocker in the guest, without a key in the plan.",
            "Give the plan the key (`--key VM=FILE` of `godwit migrate` and `godwit plan create`), decrypt the disks in the guest, or migrate it unconverted (skipGuestConversion, `--no-convert`).")),
    GUEST_KEY_WRONG(lasting(USER,
            "The plan has a key for an encrypted disk of the guest, and the key does not open it.",
            "The key is of another VM or device, its passphrase was changed, or its file has more than the passphrase in it.",
            "Try the key in the guest (cryptsetup open --test-passphrase DEVICE), cancel the migration, and make the plan anew, or run `godwit migrate` again, with the one that opens it.")),
    GUEST_NO_KERNEL(lasting(GUEST,
            "No kernel that could boot was found in the guest.",
            "/boot is on a disk that is missing, or was emptied; or the guest boots over the network.",
            "Install a kernel package in the guest, so that it lies in /boot and /lib/modules.")),
    GUEST_DISK_MISSING(lasting(SOURCE,
            "A volume group of the guest lacks a disk.",
            "The VM was exported without one of its disks.",
            "Export the VM with all of its disks: a volume group spans one that is not there.")),
    GUEST_NO_BOOT_LOADER(lasting(GUEST,
            "The guest's boot loader cannot be configured.",
            "Its configuration is damaged, or of a kind that virt-v2v does not know.",
            "Repair the guest's boot loader configuration on the source, and see it boot there.")),
    GUEST_NO_SPACE(lasting(GUEST,
            "A file system of the guest is too full for the conversion.",
            "Drivers and a new initrd need room, 10 to 100 MB on / and /boot, and free inodes.",
            "Free some hundred MiB on the guest's file systems, also on /boot, before the migration.")),
    GUEST_FILESYSTEM_DIRTY(lasting(GUEST,
            "A file system of the guest cannot be written safely.",
            "The guest was not shut down: it crashed, hibernates, or Windows fast startup is on.",
            "Start the guest, let it repair its file systems, and shut it down fully (no hibernation, no fast startup).")),
    GUEST_NOT_SUPPORTED(lasting(GUEST,
            "virt-v2v does not convert this operating system.",
            "It is too old, too new, or of another family.",
            "See virt-v2v's list of guests that it can convert; others can be migrated with skipGuestConversion.")),
    CONVERSION_FAILED(lasting(GUEST,
            "virt-v2v ended with an error that none of the others describes.",
            "Something in this guest that virt-v2v does not expect; its own words tell.",
            "Read virt-v2v's own words above and its log in the work volume.")),
    CONVERSION_REPORT_UNREADABLE(lasting(GODWIT,
            "virt-v2v ended well, and its report cannot be read.",
            "Its version writes another form.",
            "Report this with the conversion's log: this version of virt-v2v says something else than Godwit knows.")),
    INSPECTION_FAILED(lasting(GUEST,
            "libguestfs could not look into the guest's disks.",
            "A file system that is damaged, or one that it does not know; its own words tell.",
            "Read libguestfs's own words above and the inspection's log in the work volume.")),
    CONVERTER_NO_SPACE(passing(DESTINATION,
            "A conversion found no room on this machine.",
            "The work volume or the temporary folder is full: a conversion writes there what it changes.",
            "Free space on the work volume and in the temporary directory; the step is tried again by itself.")),
    CONVERTER_NO_MEMORY(passing(DESTINATION,
            "A conversion found no memory on this machine.",
            "Its appliance takes about 1.5 GiB; others took the rest, or a limit of the service is lower.",
            "Free memory, or lower the number of conversions at a time; the step is tried again by itself.")),
    CONVERTER_STALLED(passing(DESTINATION,
            "A conversion did nothing for a long time and was ended.",
            "The appliance hangs, or the machine is overloaded beyond measure.",
            "Nothing need be done: the conversion is tried again from the start; if it recurs, run libguestfs-test-tool on the worker's machine.")),
    CONVERTER_KILLED(passing(DESTINATION,
            "A conversion was killed.",
            "The kernel's out-of-memory killer most often.",
            "Look for the out-of-memory killer in the kernel log; the step is tried again by itself.")),
    CONVERTER_INTERRUPTED(passing(DESTINATION,
            "A conversion was told to stop.",
            "The migration was cancelled, or the worker was stopped.",
            "Nothing need be done: the job was told to stop.")),
    CONVERTER_MISSING(lasting(DESTINATION,
            "A program of the conversion is not on this machine.",
            "virt-v2v or libguestfs is not installed, or not on the PATH of the service.",
            "Install the named package on the worker's machine.")),
    CONVERTER_UNKNOWN(lasting(USER,
            "The setting names a converter that this worker does not have.",
            "It is misspelt, or not part of this release.",
            "Set godwit.converter to one that the worker has.")),
    CONVERTER_SETTING_INVALID(lasting(USER,
            "A setting of the converter cannot be understood.",
            "A duration or a number in a form that is not read.",
            "Correct the setting; durations are written as PT30M.")),
    APPLIANCE_NOT_STARTED(passing(DESTINATION,
            "libguestfs could not start its appliance.",
            "It finds no kernel that it may read, no memory or no room for the appliance, or QEMU does not run.",
            "Run libguestfs-test-tool on the worker's machine: libguestfs needs a kernel that it can read in /boot, and memory.")),
    WORK_VOLUME_UNWRITABLE(passing(DESTINATION,
            "Files of a job cannot be written to its work volume.",
            "It is full, read-only or no longer mounted.",
            "See whether the work volume is mounted, writable and not full.")),
    BOOT_CHECK_NOT_STARTED(passing(DESTINATION,
            "The guest could not be tried.",
            "QEMU did not start: an option that this version does not know, no memory, or a disk that is locked.",
            "Read QEMU's own words above; `godwit doctor` checks what it needs.")),
    BOOT_FIRMWARE_MISSING(lasting(DESTINATION,
            "A guest with UEFI cannot be tried.",
            "OVMF is not installed where it is looked for.",
            "Install OVMF (Debian: ovmf) on the worker's machine, or set godwit.converter.firmware to its folder."));
    // @formatter:on

    private final CatalogueEntry entry;

    ConverterFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
