package io.godwit.convert;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// What can go wrong inside a guest, or with what looks into it.
public enum ConverterFault implements FaultCode {
    // @formatter:off
    GUEST_NO_OPERATING_SYSTEM(Blame.GUEST, false, "See whether the VM has an operating system on these disks; one without cannot be converted: migrate it with skipGuestConversion."),
    GUEST_SEVERAL_SYSTEMS(Blame.USER, false, "Name the system to convert in the plan: rootDisk is one of the devices listed."),
    GUEST_ROOT_UNKNOWN(Blame.USER, false, "Set the plan's rootDisk to one of the devices listed."),
    GUEST_ROOT_ELSEWHERE(Blame.GUEST, false, "Name the root file system by its UUID in the guest's /etc/fstab: a device name fits another one too."),
    GUEST_ENCRYPTED(Blame.GUEST, false, "Decrypt the disks in the guest before the migration, or migrate it with skipGuestConversion."),
    GUEST_NO_KERNEL(Blame.GUEST, false, "Install a kernel package in the guest, so that it lies in /boot and /lib/modules."),
    GUEST_DISK_MISSING(Blame.SOURCE, false, "Export the VM with all of its disks: a volume group spans one that is not there."),
    GUEST_NO_BOOT_LOADER(Blame.GUEST, false, "Repair the guest's boot loader configuration on the source, and see it boot there."),
    GUEST_NO_SPACE(Blame.GUEST, false, "Free some hundred MiB on the guest's file systems, also on /boot, before the migration."),
    GUEST_FILESYSTEM_DIRTY(Blame.GUEST, false, "Start the guest, let it repair its file systems, and shut it down fully (no hibernation, no fast startup)."),
    GUEST_NOT_SUPPORTED(Blame.GUEST, false, "See virt-v2v's list of guests that it can convert; others can be migrated with skipGuestConversion."),
    CONVERSION_FAILED(Blame.GUEST, false, "Read virt-v2v's own words above and its log in the work volume."),
    CONVERSION_REPORT_UNREADABLE(Blame.GODWIT, false, "Report this with the conversion's log: this version of virt-v2v says something else than Godwit knows."),
    INSPECTION_FAILED(Blame.GUEST, false, "Read libguestfs's own words above and the inspection's log in the work volume."),
    CONVERTER_NO_SPACE(Blame.DESTINATION, true, "Free space on the work volume and in the temporary directory; the step is tried again by itself."),
    CONVERTER_NO_MEMORY(Blame.DESTINATION, true, "Free memory, or lower the number of conversions at a time; the step is tried again by itself."),
    CONVERTER_STALLED(Blame.DESTINATION, true, "Nothing need be done: the conversion is tried again from the start; if it recurs, run libguestfs-test-tool on the worker's machine."),
    CONVERTER_KILLED(Blame.DESTINATION, true, "Look for the out-of-memory killer in the kernel log; the step is tried again by itself."),
    CONVERTER_INTERRUPTED(Blame.DESTINATION, true, "Nothing need be done: the job was told to stop."),
    CONVERTER_MISSING(Blame.DESTINATION, false, "Install the named package on the worker's machine."),
    CONVERTER_UNKNOWN(Blame.USER, false, "Set godwit.converter to one that the worker has."),
    CONVERTER_SETTING_INVALID(Blame.USER, false, "Correct the setting; durations are written as PT30M."),
    APPLIANCE_NOT_STARTED(Blame.DESTINATION, true, "Run libguestfs-test-tool on the worker's machine: libguestfs needs a kernel that it can read in /boot, and memory."),
    WORK_VOLUME_UNWRITABLE(Blame.DESTINATION, true, "See whether the work volume is mounted, writable and not full."),
    BOOT_CHECK_NOT_STARTED(Blame.DESTINATION, true, "Read QEMU's own words above; `godwit doctor` checks what it needs."),
    BOOT_FIRMWARE_MISSING(Blame.DESTINATION, false, "Install OVMF (Debian: ovmf) on the worker's machine, or set godwit.converter.firmware to its folder.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    ConverterFault(Blame blame, boolean retryable, String remedy) {
        this.blame = blame;
        this.retryable = retryable;
        this.remedy = remedy;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    @Override
    public boolean retryable() {
        return retryable;
    }

    @Override
    public String remedy() {
        return remedy;
    }
}
