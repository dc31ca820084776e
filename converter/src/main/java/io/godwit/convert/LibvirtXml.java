package io.godwit.convert;

import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.disk.WorkerJob.MachineShape;
import java.nio.file.Path;
import java.util.List;

/// The VM as virt-v2v reads it with `-i libvirtxml`: disks in their order, each an overlay.
final class LibvirtXml {
    private LibvirtXml() {}

    /// The definition.
    ///
    /// @param overlays one per disk, in the same order
    static String of(MachineShape machine, List<DiskInput> disks, List<Path> overlays) {
        var xml = new StringBuilder();
        xml.append("<domain type='kvm'>\n");
        xml.append("  <name>").append(escaped(machine.name())).append("</name>\n");
        xml.append("  <uuid>").append(escaped(machine.uuid())).append("</uuid>\n");
        xml.append("  <memory unit='b'>").append(machine.memoryBytes()).append("</memory>\n");
        xml.append("  <vcpu>").append(machine.sockets() * machine.coresPerSocket() * machine.threadsPerCore()).append("</vcpu>\n");
        xml.append("  <cpu><topology sockets='").append(machine.sockets()).append("' cores='").append(machine.coresPerSocket())
                .append("' threads='").append(machine.threadsPerCore()).append("'/></cpu>\n");
        xml.append(machine.uefi() ? "  <os firmware='efi'>" : "  <os>").append("<type arch='x86_64'>hvm</type><boot dev='hd'/></os>\n");
        xml.append("  <features><acpi/><apic/></features>\n  <devices>\n");
        for (int i = 0; i < disks.size(); i++) {
            var bus = bus(disks.get(i).bus());
            xml.append("    <disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='")
                    .append(escaped(overlays.get(i).toString())).append("'/><target dev='").append(device(bus, disks, i)).append("' bus='")
                    .append(bus).append("'/></disk>\n");
        }
        for (var mac : machine.macAddresses()) {
            xml.append("    <interface type='network'><mac address='").append(escaped(mac))
                    .append("'/><source network='default'/></interface>\n");
        }
        return xml.append("  </devices>\n</domain>\n").toString();
    }

    private static String bus(String source) {
        return switch (source) {
            case "ide", "sata", "virtio" -> source;
            default -> "scsi";
        };
    }

    /// `sda`, `sdb`, ... counted per prefix, as the guest saw them.
    private static String device(String bus, List<DiskInput> disks, int index) {
        var prefix = prefix(bus);
        var before = disks.subList(0, index).stream().filter(disk -> prefix(bus(disk.bus())).equals(prefix)).count();
        return prefix + GuestDisks.letters((int) before);
    }

    private static String prefix(String bus) {
        return switch (bus) {
            case "ide" -> "hd";
            case "virtio" -> "vd";
            default -> "sd";
        };
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("'", "&apos;").replace("\"", "&quot;");
    }
}
