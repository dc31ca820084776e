package io.godwit.provider.local;

import io.godwit.model.inventory.SourceVm.Firmware;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.VmRequest;
import io.godwit.provider.VmRequest.Nic;
import java.nio.file.Path;

/// The VM as a libvirt domain: what `virsh define` takes. The same request gives the same text.
final class LibvirtXml {
    private static final String NAMESPACE = "https://godwit.io/xmlns/libvirt/1";

    private LibvirtXml() {}

    static String of(VmMigrationId owner, VmRequest vm) {
        var domain = new Xml("domain").with("type", "kvm").add("name", vm.name()).add("uuid", vm.uuid());
        if (!vm.guestOsName().isEmpty()) {
            domain.add("title", vm.guestOsName().replace('\n', ' '));
        }
        domain.add("description", "Migrated by Godwit from " + vm.sourceDescription())
                .add(new Xml("metadata").add(new Xml("godwit:migrated").with("xmlns:godwit", NAMESPACE).with("vmMigration", owner.value())))
                .add(new Xml("memory").with("unit", "bytes").text(Long.toString(vm.memoryBytes())))
                .add("vcpu", Integer.toString(vm.cpu().cpus()))
                .add(os(vm))
                .add(features(vm.firmware()))
                .add(new Xml("cpu").with("mode", "host-model")
                        .add(new Xml("topology").with("sockets", Integer.toString(vm.cpu().sockets()))
                                .with("cores", Integer.toString(vm.cpu().coresPerSocket()))
                                .with("threads", Integer.toString(vm.cpu().threadsPerCore()))))
                .add(new Xml("clock").with("offset", "utc"))
                .add(devices(vm));
        return domain.toString();
    }

    private static Xml os(VmRequest vm) {
        var os = new Xml("os");
        if (vm.firmware().uefi()) {
            os.with("firmware", "efi");
        }
        os.add(new Xml("type").with("arch", "x86_64").with("machine", vm.machine().equals("q35") ? "q35" : "pc").text("hvm"));
        if (vm.firmware().uefi()) {
            var secure = vm.firmware().secureBoot() ? "yes" : "no";
            os.add(new Xml("firmware").add(new Xml("feature").with("enabled", secure).with("name", "enrolled-keys"))
                    .add(new Xml("feature").with("enabled", secure).with("name", "secure-boot")));
            if (vm.firmware().secureBoot()) {
                os.add(new Xml("loader").with("secure", "yes"));
            }
        }
        return os;
    }

    private static Xml features(Firmware firmware) {
        var features = new Xml("features").add(new Xml("acpi")).add(new Xml("apic"));
        if (firmware.secureBoot()) {
            features.add(new Xml("smm").with("state", "on"));
        }
        return features;
    }

    private static Xml devices(VmRequest vm) {
        var devices = new Xml("devices");
        for (int i = 0; i < vm.disks().size(); i++) {
            var format = VolumeFormat.of(Path.of(vm.disks().get(i).ref()));
            devices.add(new Xml("disk").with("type", "file").with("device", "disk")
                    .add(new Xml("driver").with("name", "qemu").with("type", format.word()).with("discard", "unmap"))
                    .add(new Xml("source").with("file", vm.disks().get(i).ref()))
                    .add(new Xml("target").with("dev", device(vm.diskBus(), i)).with("bus", vm.diskBus()))
                    .add(new Xml("boot").with("order", Integer.toString(i + 1))));
        }
        if (vm.diskBus().equals("scsi")) {
            devices.add(new Xml("controller").with("type", "scsi").with("index", "0").with("model", "virtio-scsi"));
        }
        vm.nics().forEach(nic -> nic(devices, nic, vm.nicModel()));
        devices.add(new Xml("serial").with("type", "pty").add(new Xml("target").with("port", "0")))
                .add(new Xml("console").with("type", "pty").add(new Xml("target").with("type", "serial").with("port", "0")))
                .add(new Xml("channel").with("type", "unix")
                        .add(new Xml("target").with("type", "virtio").with("name", "org.qemu.guest_agent.0")))
                .add(new Xml("graphics").with("type", "vnc").with("listen", "127.0.0.1"))
                .add(new Xml("video").add(new Xml("model").with("type", "vga")))
                .add(new Xml("rng").with("model", "virtio").add(new Xml("backend").with("model", "random").text("/dev/urandom")));
        if (vm.firmware().tpm()) {
            devices.add(new Xml("tpm").with("model", "tpm-crb").add(new Xml("backend").with("type", "emulator").with("version", "2.0")));
        }
        return devices;
    }

    private static void nic(Xml devices, Nic nic, String model) {
        var card = switch (nic.network()) {
            case NetworkTarget.Named(var name) -> card(nic, "network").add(new Xml("source").with("network", name));
            case NetworkTarget.Multus(var _, var name) -> card(nic, "network").add(new Xml("source").with("network", name));
            case NetworkTarget.Pod _ -> card(nic, "user"); // behind NAT, like a pod's
            case NetworkTarget.Ignored _ -> null;
        };
        if (card != null) {
            devices.add(card.add(new Xml("model").with("type", model)));
        }
    }

    private static Xml card(Nic nic, String type) {
        var card = new Xml("interface").with("type", type);
        return nic.mac().isEmpty() ? card : card.add(new Xml("mac").with("address", nic.mac()));
    }

    /// `vda`, ..., `vdz`, `vdaa`, ...
    private static String device(String bus, int index) {
        var letters = new StringBuilder();
        for (int i = index; i >= 0; i = i / 26 - 1) {
            letters.insert(0, (char) ('a' + i % 26));
        }
        return (bus.equals("virtio") ? "vd" : "sd") + letters;
    }
}
