package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;

import io.godwit.model.inventory.Appliance.DeploymentOption;
import io.godwit.model.inventory.Appliance.Property;
import io.godwit.provider.ova.OvfDescriptor.OvfDisk;
import io.godwit.provider.ova.OvfDescriptor.OvfFile;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/// Reads an OVF of any version and writer: 1.0, 1.1, 2.0, the drafts before them, and oVirt's own form.
final class OvfReader {
    private static final long MAX_CHUNK_BYTES = 1L << 50;

    private final XmlElement envelope;
    private final String what;
    private final List<DeploymentOption> options;
    private final OvfProducts products;

    private OvfReader(XmlElement envelope, String what) {
        this.envelope = envelope;
        this.what = what;
        this.options = options(envelope);
        this.products = new OvfProducts(options.stream().filter(DeploymentOption::chosen).map(DeploymentOption::id).findFirst());
    }

    /// Reads it; a fault where the XML is no OVF.
    ///
    /// @param what its name in faults
    static OvfDescriptor read(byte[] bytes, String what) {
        var envelope = XmlDocument.parse(bytes, what);
        if (!envelope.name().equals("Envelope")) {
            throw OVA_OVF_INVALID.because(what + " is not an OVF", "its root element is " + TarIndex.printable(envelope.name()));
        }
        return new OvfReader(envelope, what).read();
    }

    private OvfDescriptor read() {
        var files = files();
        var disks = disks();
        var networks = new LinkedHashSet<String>();
        elements("NetworkSection", "Network").forEach(network -> network.attribute("name").ifPresent(networks::add));
        var systems = new ArrayList<OvfSystem>();
        collectSystems(envelope, List.of(), systems);
        if (systems.isEmpty()) {
            throw OVA_OVF_INVALID.because(what + " cannot be used", "it describes no virtual system");
        }
        var ids = new HashSet<String>();
        for (var system : systems) {
            if (systems.size() > 1 && (system.id().isEmpty() || !ids.add(system.id()))) {
                throw OVA_OVF_INVALID.because(what + " contradicts itself",
                        "it has several virtual systems whose ids do not tell them apart: " + TarIndex.printable(system.id()));
            }
        }
        return new OvfDescriptor(files, disks, List.copyOf(networks), List.copyOf(systems), options);
    }

    private Map<String, OvfFile> files() {
        var files = new LinkedHashMap<String, OvfFile>();
        for (var file : elements("References", "File")) {
            var id = required(file, "id");
            var compressed = file.attribute("compression").filter(how -> !how.equalsIgnoreCase("identity"));
            var read = new OvfFile(id, required(file, "href"), number(file.attribute("size")), compressed, chunkBytes(file));
            if (files.put(id, read) != null) {
                throw OVA_OVF_INVALID.because(what + " contradicts itself", "it has two files of the id " + TarIndex.printable(id));
            }
        }
        return files;
    }

    private OptionalLong chunkBytes(XmlElement file) {
        var said = file.attribute("chunkSize");
        var bytes = number(said);
        if (said.isPresent() && (bytes.isEmpty() || bytes.getAsLong() < 1 || bytes.getAsLong() > MAX_CHUNK_BYTES)) {
            throw OVA_OVF_INVALID.because(what + " cannot be used",
                    "the chunkSize of a file is '" + TarIndex.printable(said.get()) + "', not a number of bytes");
        }
        return bytes;
    }

    private Map<String, OvfDisk> disks() {
        var properties = products.values(envelope);
        var disks = new LinkedHashMap<String, OvfDisk>();
        for (var disk : elements("DiskSection", "Disk")) {
            var id = required(disk, "diskId");
            // oVirt's own form has whole gigabytes, rounded down, under another name: the image knows its size better
            var capacity = disk.attribute("capacity").map(text -> OvfProducts.replaced(text, properties)).orElse("");
            var read = new OvfDisk(id, disk.attribute("fileRef"), capacity, disk.attribute("capacityAllocationUnits").orElse(""),
                    disk.attribute("format"), disk.attribute("volume-format"), disk.attribute("parentRef"),
                    disk.attribute("disk-interface"), disk.is("boot"));
            if (disks.put(id, read) != null) {
                throw OVA_OVF_INVALID.because(what + " contradicts itself", "it has two disks of the id " + TarIndex.printable(id));
            }
        }
        return disks;
    }

    /// Systems may stand in collections of collections; the XML's depth is bounded.
    ///
    /// @param shared properties of the collections around
    private void collectSystems(XmlElement parent, List<Property> shared, List<OvfSystem> systems) {
        for (var child : parent.children()) {
            if (child.name().equals("VirtualSystem")) {
                systems.add(system(child, shared));
            } else if (child.name().equals("VirtualSystemCollection")) {
                var all = new ArrayList<>(shared);
                all.addAll(products.properties(child));
                collectSystems(child, all, systems);
            }
        }
    }

    private OvfSystem system(XmlElement system, List<Property> shared) {
        var os = system.child("OperatingSystemSection");
        var hardware = system.child("VirtualHardwareSection");
        var config = new HashMap<String, String>();
        for (var element : hardware.map(XmlElement::children).orElse(List.of())) {
            if (element.name().equals("Config") || element.name().equals("ExtraConfig")) {
                element.attribute("key").ifPresent(
                        key -> config.putIfAbsent(key.toLowerCase(Locale.ROOT), element.attribute("value").orElse("")));
            }
        }
        var items = hardware.map(this::items).orElse(List.of());
        var properties = new ArrayList<>(products.properties(system));
        properties.addAll(shared);
        var id = system.attribute("id").orElse("");
        return new OvfSystem(id, system.childText("Name").orElse(id), os.flatMap(section -> section.attribute("id")).orElse(""),
                os.flatMap(section -> section.attribute("osType")).orElse(""),
                os.flatMap(section -> section.childText("Description")).orElse(""), items, Map.copyOf(config),
                system.children("BootOrderSection").flatMap(section -> section.attribute("instanceId").stream()).toList(),
                hardware.flatMap(section -> section.attribute("transport")).isPresent(),
                hardware.flatMap(section -> section.child("System")).flatMap(section -> section.childText("VirtualSystemType")).orElse(""),
                (int) system.children("VirtualHardwareSection").count(), OvfFirmware.of(system, config, items), OvfProducts.product(system),
                List.copyOf(properties), virtualBoxMacs(system));
    }

    private static List<String> virtualBoxMacs(XmlElement system) {
        return system.child("Machine").stream().flatMap(XmlElement::all)
                .filter(element -> element.name().equals("Adapter") && element.is("enabled"))
                .map(adapter -> adapter.attribute("MACAddress").orElse("")).toList();
    }

    /// Those of every configuration and those of this one; where both have an item of the same id, this one's.
    private List<OvfItem> items(XmlElement hardware) {
        var configuration = options.stream().filter(DeploymentOption::chosen).map(DeploymentOption::id).findFirst().orElse("");
        var items = new LinkedHashMap<String, OvfItem>();
        var ofThisOne = new HashSet<String>();
        var position = 0;
        for (var element : hardware.children()) {
            position++;
            var bound = element.attribute("bound").orElse("normal");
            var of = element.attribute("configuration");
            if (!List.of("Item", "StorageItem", "EthernetPortItem").contains(element.name()) || !bound.equals("normal")
                    || (of.isPresent() && !List.of(of.get().split("\\s+", -1)).contains(configuration))) {
                continue;
            }
            var item = OvfItem.of(element);
            // without an id an item still is one
            var key = item.instanceId().isEmpty() ? "position " + position : "id " + item.instanceId();
            if (of.isPresent() ? ofThisOne.add(key) : !ofThisOne.contains(key)) {
                items.put(key, item);
            }
        }
        return List.copyOf(items.values());
    }

    /// The default counts, else the first.
    private static List<DeploymentOption> options(XmlElement envelope) {
        var all = envelope.children("DeploymentOptionSection").flatMap(section -> section.children("Configuration"))
                .filter(option -> option.attribute("id").isPresent()).toList();
        var chosen = all.stream().filter(option -> option.is("default")).findFirst().or(() -> all.stream().findFirst());
        return all.stream().map(option -> new DeploymentOption(option.attribute("id").orElse(""), option.childText("Label").orElse(""),
                Optional.of(option).equals(chosen))).toList();
    }

    private List<XmlElement> elements(String section, String element) {
        return envelope.children(section).flatMap(found -> found.children(element)).toList();
    }

    private String required(XmlElement element, String attribute) {
        return element.attribute(attribute).orElseThrow(() -> OVA_OVF_INVALID.because(what + " cannot be used",
                "an element " + element.name() + " has no attribute " + attribute));
    }

    private static OptionalLong number(Optional<String> text) {
        return text.filter(digits -> digits.matches("\\d{1,18}")).map(digits -> OptionalLong.of(Long.parseLong(digits)))
                .orElse(OptionalLong.empty());
    }
}
