package io.godwit.model.disk;

/// Format of a disk image, always told and never probed: a guest can write any header into its raw disk.
public enum DiskFormat {
    RAW("raw"), QCOW2("qcow2"), VMDK("vmdk"), VHD("vpc"), VHDX("vhdx");

    private final String qemuDriver;

    DiskFormat(String qemuDriver) {
        this.qemuDriver = qemuDriver;
    }

    /// Name of the block driver in QEMU.
    public String qemuDriver() {
        return qemuDriver;
    }
}
