package io.godwit.provider.ova;

import static io.godwit.provider.ova.OvaFault.OVA_OVF_INVALID;

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

/// An OVF envelope as written: what it says is in order of form, but need not make sense yet.
///
/// @param configuration the deployment option that the hardware is that of; empty where the OVF has no such choice
record OvfDescriptor(Map<String, OvfFile> files, Map<String, OvfDisk> disks, List<String> networks, List<OvfSystem> systems,
        Optional<String> configuration) {

    /// A file of the package.
    ///
    /// @param compressed how, where it is: `gzip`
    /// @param chunked whether it is stored in pieces, under other names
    record OvfFile(String id, String href, OptionalLong sizeBytes, Optional<String> compressed, boolean chunked) {}

    /// A disk that systems may use.
    record OvfDisk(String id, Optional<String> fileId, String capacity, String units, Optional<String> format, Optional<String> parentId) {}

    /// A VM.
    ///
    /// @param config VMware's own settings, keys in lower case
    /// @param bootOrder instance ids of items
    /// @param wantsProperties whether its guest expects vApp properties
    record OvfSystem(String id, String name, String osId, String osType, String osName, List<OvfItem> items, Map<String, String> config,
            List<String> bootOrder, boolean wantsProperties) {
        boolean isSet(String key) {
            return "true".equalsIgnoreCase(config.get(key));
        }
    }

    /// A piece of hardware. Texts are empty where the OVF has none.
    ///
    /// @param type CIM's number of the kind of hardware; 0 where there is none
    record OvfItem(String instanceId, int type, String subType, String name, String address, String unit, String parent,
            String hostResource, Optional<String> network, String quantity, String units, String coresPerSocket) {
        static final int OTHER = 1;
        static final int PROCESSOR = 3;
        static final int MEMORY = 4;
        static final int IDE = 5;
        static final int SCSI = 6;
        static final int ETHERNET = 10;
        static final int FLOPPY = 14;
        static final int CD = 15;
        static final int DVD = 16;
        static final int DISK = 17;
        static final int OTHER_STORAGE = 20;
        static final int SERIAL = 21;
        static final int PARALLEL = 22;
        static final int USB = 23;
        static final int GRAPHICS = 24;
    }

    /// Reads it; a fault where the XML is no OVF.
    ///
    /// @param what its name in faults
    static OvfDescriptor read(byte[] bytes, String what) {
        var envelope = XmlDocument.parse(bytes, what);
        if (!envelope.name().equals("Envelope")) {
            throw OVA_OVF_INVALID.because(what + " is not an OVF", "its root element is " + TarIndex.printable(envelope.name()));
        }
        var files = new LinkedHashMap<String, OvfFile>();
        for (var file : elements(envelope, "References", "File")) {
            var id = required(file, "id", what);
            var read = new OvfFile(id, required(file, "href", what), number(file.attribute("size")),
                    file.attribute("compression").filter(how -> !how.equalsIgnoreCase("identity")),
                    file.attribute("chunkSize").isPresent());
            if (files.put(id, read) != null) {
                throw OVA_OVF_INVALID.because(what + " contradicts itself", "it has two files of the id " + TarIndex.printable(id));
            }
        }
        var disks = new LinkedHashMap<String, OvfDisk>();
        for (var disk : elements(envelope, "DiskSection", "Disk")) {
            var id = required(disk, "diskId", what);
            var read = new OvfDisk(id, disk.attribute("fileRef"), disk.attribute("capacity").orElse(""),
                    disk.attribute("capacityAllocationUnits").orElse(""), disk.attribute("format"), disk.attribute("parentRef"));
            if (disks.put(id, read) != null) {
                throw OVA_OVF_INVALID.because(what + " contradicts itself", "it has two disks of the id " + TarIndex.printable(id));
            }
        }
        var networks = new LinkedHashSet<String>();
        elements(envelope, "NetworkSection", "Network").forEach(network -> network.attribute("name").ifPresent(networks::add));
        var configuration = configuration(envelope);
        var systems = new ArrayList<OvfSystem>();
        collectSystems(envelope, configuration, systems);
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
        return new OvfDescriptor(files, disks, List.copyOf(networks), List.copyOf(systems), configuration);
    }

    /// Systems may stand in collections of collections; the XML's depth is bounded.
    private static void collectSystems(XmlElement parent, Optional<String> configuration, List<OvfSystem> systems) {
        for (var child : parent.children()) {
            if (child.name().equals("VirtualSystem")) {
                systems.add(system(child, configuration));
            } else if (child.name().equals("VirtualSystemCollection")) {
                collectSystems(child, configuration, systems);
            }
        }
    }

    private static OvfSystem system(XmlElement system, Optional<String> configuration) {
        var os = system.child("OperatingSystemSection");
        var hardware = system.child("VirtualHardwareSection");
        var config = new HashMap<String, String>();
        for (var element : hardware.map(XmlElement::children).orElse(List.of())) {
            if (element.name().equals("Config") || element.name().equals("ExtraConfig")) {
                element.attribute("key").ifPresent(
                        key -> config.putIfAbsent(key.toLowerCase(Locale.ROOT), element.attribute("value").orElse("")));
            }
        }
        var id = system.attribute("id").orElse("");
        return new OvfSystem(id, system.childText("Name").orElse(id), os.flatMap(section -> section.attribute("id")).orElse(""),
                os.flatMap(section -> section.attribute("osType")).orElse(""),
                os.flatMap(section -> section.childText("Description")).orElse(""),
                hardware.map(section -> items(section, configuration)).orElse(List.of()), Map.copyOf(config),
                system.children("BootOrderSection").flatMap(section -> section.attribute("instanceId").stream()).toList(),
                hardware.flatMap(section -> section.attribute("transport")).isPresent());
    }

    /// Those of every configuration and those of this one; where both have an item of the same id, this one's.
    private static List<OvfItem> items(XmlElement hardware, Optional<String> configuration) {
        var items = new LinkedHashMap<String, OvfItem>();
        var ofThisOne = new HashSet<String>();
        var position = 0;
        for (var element : hardware.children()) {
            position++;
            var bound = element.attribute("bound").orElse("normal");
            var of = element.attribute("configuration");
            if (!List.of("Item", "StorageItem", "EthernetPortItem").contains(element.name()) || !bound.equals("normal")
                    || (of.isPresent() && !List.of(of.get().split("\\s+", -1)).contains(configuration.orElse("")))) {
                continue;
            }
            var item = item(element);
            // without an id an item still is one
            var key = item.instanceId().isEmpty() ? "position " + position : "id " + item.instanceId();
            if (of.isPresent() ? ofThisOne.add(key) : !ofThisOne.contains(key)) {
                items.put(key, item);
            }
        }
        return List.copyOf(items.values());
    }

    private static OvfItem item(XmlElement item) {
        return new OvfItem(item.childText("InstanceID").orElse(""), (int) number(item.childText("ResourceType"))
                .orElse(0), item.childText("ResourceSubType").orElse(""), item.childText("ElementName").orElse(""),
                item.childText("Address").orElse(""), item.childText("AddressOnParent").orElse(""), item.childText("Parent").orElse(""),
                item.childText("HostResource").orElse(""), item.childText("Connection"), item.childText("VirtualQuantity").orElse(""),
                item.childText("AllocationUnits").orElse(""), item.childText("CoresPerSocket").orElse(""));
    }

    private static Optional<String> configuration(XmlElement envelope) {
        var all = elements(envelope, "DeploymentOptionSection", "Configuration");
        return all.stream().filter(option -> option.attribute("default").filter(is -> is.equals("true") || is.equals("1")).isPresent())
                .findFirst().or(() -> all.stream().findFirst()).flatMap(option -> option.attribute("id"));
    }

    private static List<XmlElement> elements(XmlElement envelope, String section, String element) {
        return envelope.children(section).flatMap(found -> found.children(element)).toList();
    }

    private static String required(XmlElement element, String attribute, String what) {
        return element.attribute(attribute).orElseThrow(() -> OVA_OVF_INVALID.because(what + " cannot be used",
                "an element " + element.name() + " has no attribute " + attribute));
    }

    private static OptionalLong number(Optional<String> text) {
        return text.filter(digits -> digits.matches("\\d{1,18}")).map(digits -> OptionalLong.of(Long.parseLong(digits)))
                .orElse(OptionalLong.empty());
    }
}
