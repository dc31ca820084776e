package io.godwit.provider.ova;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/// A piece of hardware: CIM's setting data of resources, of storage (`StorageItem`) and of Ethernet ports (`EthernetPortItem`), which name the
/// same things the same. Texts are empty where the OVF has none.
///
/// @param type CIM's number of the kind of hardware; 0 where there is none
record OvfItem(int type, XmlElement xml) {
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
    static final int SOUND = 35;

    static OvfItem of(XmlElement xml) {
        return new OvfItem((int) wholeNumber(xml.childText("ResourceType").orElse("")).orElse(0), xml);
    }

    /// What has at most nine digits and nothing else.
    static OptionalLong wholeNumber(String text) {
        return text.matches("\\d{1,9}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    String instanceId() {
        return text("InstanceID", "InstanceId");
    }

    /// In lower case.
    String subType() {
        return text("ResourceSubType").toLowerCase(Locale.ROOT);
    }

    /// For people.
    String name() {
        var name = text("ElementName", "Caption");
        return TarIndex.printable(name.isEmpty() ? "an item of type " + type : name);
    }

    String address() {
        return text("Address", "MACAddress");
    }

    String unit() {
        return text("AddressOnParent");
    }

    String parent() {
        return text("Parent");
    }

    String hostResource() {
        return text("HostResource");
    }

    Optional<String> network() {
        return xml.childText("Connection");
    }

    String quantity() {
        return text("VirtualQuantity");
    }

    String units() {
        return text("AllocationUnits");
    }

    /// The first of these that is there and not empty.
    String text(String... names) {
        for (var each : names) {
            var text = xml.childText(each);
            if (text.isPresent()) {
                return text.get();
            }
        }
        return "";
    }
}
