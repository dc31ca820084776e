package io.godwit.provider.local;

import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.VmRequest;
import io.godwit.provider.VmRequest.Nic;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.dataformat.yaml.YAMLMapper;
import tools.jackson.dataformat.yaml.YAMLWriteFeature;

/// The VM as a KubeVirt `VirtualMachine` (kubevirt.io/v1), off. Its volumes are `hostDisk`s, which is what files of a pool are to a node that
/// mounts it (KubeVirt's feature gate HostDisk). The same request gives the same text.
final class KubeVirtYaml {
    /// Every text in quotes: without them a MAC is a number, and a VM named `on` is true, to some readers.
    private static final YAMLMapper YAML = YAMLMapper.builder().disable(YAMLWriteFeature.WRITE_DOC_START_MARKER).build();

    private KubeVirtYaml() {}

    /// A `hostDisk` is taken for raw whatever it is (KubeVirt, pkg/virt-launcher/virtwrap/converter).
    static boolean canBe(VmRequest vm) {
        return vm.disks().stream().allMatch(disk -> VolumeFormat.of(Path.of(disk.ref())) == VolumeFormat.RAW);
    }

    static String of(VmMigrationId owner, VmRequest vm) {
        return YAML
                .writeValueAsString(map("apiVersion", "kubevirt.io/v1", "kind", "VirtualMachine", "metadata", metadata(owner, vm), "spec",
                        map("runStrategy", "Halted", "template",
                                map("metadata", map("labels", map("kubevirt.io/vm", label(vm.name()))), "spec",
                                        map("domain", domain(vm), "networks", networks(vm), "volumes", volumes(vm))))));
    }

    private static Map<String, Object> metadata(VmMigrationId owner, VmRequest vm) {
        var metadata = map("name", label(vm.name()));
        if (!vm.namespace().isEmpty()) {
            metadata.put("namespace", vm.namespace());
        }
        metadata.put("labels", map("app.kubernetes.io/managed-by", "godwit", "godwit.io/vm-migration", label(owner.value())));
        metadata.put("annotations",
                map("godwit.io/name", vm.name(), "godwit.io/source", vm.sourceDescription(), "godwit.io/guest-os", vm.guestOsName()));
        return metadata;
    }

    private static Map<String, Object> domain(VmRequest vm) {
        var features = map("acpi", map());
        var firmware = map("uuid", vm.uuid());
        if (vm.firmware().uefi()) {
            firmware.put("bootloader", map("efi", map("secureBoot", vm.firmware().secureBoot())));
            if (vm.firmware().secureBoot()) {
                features.put("smm", map("enabled", true));
            }
        } else {
            firmware.put("bootloader", map("bios", map()));
        }
        return map("machine", map("type", vm.machine().equals("q35") ? "q35" : "pc"), "cpu",
                map("sockets", vm.cpu().sockets(), "cores", vm.cpu().coresPerSocket(), "threads", vm.cpu().threadsPerCore()), "memory",
                map("guest", quantity(vm.memoryBytes())), "firmware", firmware, "features", features, "devices", devices(vm));
    }

    private static Map<String, Object> devices(VmRequest vm) {
        var disks = new ArrayList<>();
        for (int i = 0; i < vm.disks().size(); i++) {
            disks.add(map("name", label(vm.disks().get(i).diskKey()), "bootOrder", i + 1, "disk", map("bus", vm.diskBus())));
        }
        var interfaces = new ArrayList<>();
        var nics = connected(vm);
        for (int i = 0; i < nics.size(); i++) {
            var card = map("name", "net-" + i, "model", vm.nicModel());
            if (!nics.get(i).mac().isEmpty()) {
                card.put("macAddress", nics.get(i).mac());
            }
            card.put(nics.get(i).network() instanceof NetworkTarget.Pod ? "masquerade" : "bridge", map());
            interfaces.add(card);
        }
        // a VM without cards would be given one on the pod network
        var devices = map("disks", disks, "interfaces", interfaces, "autoattachPodInterface",
                nics.stream().anyMatch(nic -> nic.network() instanceof NetworkTarget.Pod), "rng", map());
        if (vm.firmware().tpm()) {
            devices.put("tpm", map("persistent", true));
        }
        return devices;
    }

    private static List<Object> networks(VmRequest vm) {
        var networks = new ArrayList<>();
        var nics = connected(vm);
        for (int i = 0; i < nics.size(); i++) {
            var network = map("name", "net-" + i);
            switch (nics.get(i).network()) {
                case NetworkTarget.Pod _ -> network.put("pod", map());
                case NetworkTarget.Multus(var namespace, var name) ->
                    network.put("multus", map("networkName", namespace.isEmpty() ? name : namespace + "/" + name));
                case NetworkTarget.Named(var name) -> network.put("multus", map("networkName", name));
                case NetworkTarget.Ignored _ -> throw new IllegalStateException("left out before");
            }
            networks.add(network);
        }
        return networks;
    }

    private static List<Nic> connected(VmRequest vm) {
        return vm.nics().stream().filter(nic -> !(nic.network() instanceof NetworkTarget.Ignored)).toList();
    }

    private static List<Object> volumes(VmRequest vm) {
        return vm.disks().stream()
                .<Object>map(disk -> map("name", label(disk.diskKey()), "hostDisk", map("path", disk.ref(), "type", "Disk"))).toList();
    }

    private static String quantity(long bytes) {
        return bytes % (1 << 20) == 0 ? (bytes >> 20) + "Mi" : Long.toString(bytes);
    }

    /// As Kubernetes names things: `[a-z0-9-]`, at most 63 characters.
    private static String label(String name) {
        var label = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+", "");
        label = (label.length() > 63 ? label.substring(0, 63) : label).replaceAll("-+$", "");
        return label.isEmpty() ? "vm" : label;
    }

    private static Map<String, Object> map(Object... keysAndValues) {
        var map = new LinkedHashMap<String, Object>();
        for (int i = 0; i < keysAndValues.length; i += 2) {
            map.put((String) keysAndValues[i], keysAndValues[i + 1]);
        }
        return map;
    }
}
