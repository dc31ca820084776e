package io.godwit.provider.ova;

import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.provider.ova.OvfDescriptor.OvfSystem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// The network cards of a VM.
final class VmNics {
    /// Network of the cards that the OVF connects to none.
    static final String UNCONNECTED = "unconnected";
    private static final Set<String> MODELS = Set.of("vmxnet3", "vmxnet2", "vmxnet", "e1000", "e1000e", "pcnet32", "pcnet", "flexible",
            "rtl8139", "virtio");
    /// What VirtualBox and oVirt (by number) call them.
    private static final Map<String, String> SYNONYMS = Map.ofEntries(Map.entry("virtio-net", "virtio"), Map.entry("virtionet", "virtio"),
            Map.entry("am79c970a", "pcnet"), Map.entry("am79c973", "pcnet"), Map.entry("82540em", "e1000"), Map.entry("82543gc", "e1000"),
            Map.entry("82545em", "e1000"), Map.entry("0", "rtl8139"), Map.entry("1", "rtl8139"), Map.entry("2", "e1000"),
            Map.entry("3", "virtio"), Map.entry("6", "e1000e"), Map.entry("pv", "virtio"));

    private final OvfDescriptor ovf;
    private final OvfSystem system;
    private final Concerns concerns;

    VmNics(OvfDescriptor ovf, OvfSystem system, Concerns concerns) {
        this.ovf = ovf;
        this.system = system;
        this.concerns = concerns;
    }

    List<SourceNic> read() {
        var cards = system.items().stream().filter(item -> item.type() == OvfItem.ETHERNET).toList();
        var macs = system.virtualBoxMacs().size() == cards.size() ? system.virtualBoxMacs() : List.<String>of();
        var nics = new ArrayList<SourceNic>();
        for (var item : cards) {
            noteNetwork(item);
            var address = item.address().isEmpty() && !macs.isEmpty() ? macs.get(nics.size()) : item.address();
            nics.add(new SourceNic("nic-" + nics.size(), item.network().orElse(UNCONNECTED), mac(item, address), model(item)));
        }
        return List.copyOf(nics);
    }

    private String mac(OvfItem item, String address) {
        var digits = address.toLowerCase(Locale.ROOT).replaceAll("[:.-]", "");
        if (!digits.matches("[0-9a-f]{12}") || digits.equals("000000000000")) {
            concerns.information("ova.nic.mac.missing", "A network card gets a new MAC address",
                    "The OVF gives " + item.name() + " none. ovftool writes them with --exportFlags=mac.");
            return "";
        }
        if ((Integer.parseInt(digits.substring(0, 2), 16) & 1) != 0) {
            concerns.warning("ova.nic.mac.invalid", "A network card gets a new MAC address",
                    "The OVF gives " + item.name() + " the address " + digits + ", which is one of a group of cards.");
            return "";
        }
        return digits.replaceAll("..(?!$)", "$0:");
    }

    private void noteNetwork(OvfItem item) {
        if (item.network().isEmpty()) {
            concerns.information("ova.nic.unconnected", "A network card is not connected", "The OVF connects "
                    + item.name() + " to no network; map the network '" + UNCONNECTED + "', or ignore it.");
        } else if (!ovf.networks().contains(item.network().get())) {
            concerns.warning("ova.nic.network.unknown", "A network is not described", "The OVF connects " + item.name() + " to "
                    + TarIndex.printable(item.network().get()) + ", which its list of networks does not have.");
        }
    }

    /// Some writers give several to choose from (`VmxNet3 E1000`): the first counts.
    private String model(OvfItem item) {
        var said = item.subType().split("\\s+", 2)[0];
        var model = SYNONYMS.getOrDefault(said, said);
        if (!model.isEmpty() && !MODELS.contains(model)) {
            concerns.information("ova.nic.model.unknown", "A network card's model is unknown", item.name() + " is a "
                    + TarIndex.printable(said) + ": the new VM gets the card that its guest has a driver for.");
        }
        return TarIndex.printable(model);
    }
}
