package io.godwit.provider.ova;

import io.godwit.model.inventory.SourceVm.Firmware;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// What a VM starts with, in the words of each writer. OVF itself has none for it.
final class OvfFirmware {
    private static final int OVIRT_OVMF = 2; // values of oVirt's BiosType before 4.4; behind that each is one more
    private static final int OVIRT_SECURE_BOOT = 3;

    private OvfFirmware() {}

    /// @param config VMware's own settings, keys in lower case
    static Firmware of(XmlElement system, Map<String, String> config, List<OvfItem> items) {
        var virtualBox = system.child("Machine").stream().flatMap(XmlElement::all).toList();
        var ovirt = ovirtBios(system);
        var uefi = "efi".equalsIgnoreCase(config.get("firmware")) || virtualBox.stream().anyMatch(OvfFirmware::isEfi)
                || ovirt >= OVIRT_OVMF;
        var secureBoot = Stream.of("uefi.secureboot.enabled", "bootoptions.efisecurebootenabled")
                .anyMatch(key -> "true".equalsIgnoreCase(config.get(key)))
                || virtualBox.stream().anyMatch(element -> element.name().equals("SecureBoot") && element.is("enabled"))
                || ovirt == OVIRT_SECURE_BOOT;
        var tpm = items.stream().anyMatch(item -> item.subType().contains("vtpm") || item.text("Type").equalsIgnoreCase("tpm"))
                || virtualBox.stream().anyMatch(OvfFirmware::isTpm);
        return new Firmware(uefi, uefi && secureBoot, tpm);
    }

    /// `EFI`, `EFI32`, `EFI64`, `EFIDUAL`.
    private static boolean isEfi(XmlElement element) {
        return element.name().equals("Firmware")
                && element.attribute("type").filter(type -> type.toUpperCase(Locale.ROOT).startsWith("EFI")).isPresent();
    }

    private static boolean isTpm(XmlElement element) {
        return element.name().equals("TrustedPlatformModule")
                && element.attribute("type").filter(type -> !type.equalsIgnoreCase("None")).isPresent();
    }

    /// As oVirt counted before 4.4, where `0` became *as the cluster has it*; below 2 is BIOS.
    private static int ovirtBios(XmlElement system) {
        var said = (int) OvfItem.wholeNumber(system.childText("BiosType").orElse("")).orElse(0);
        var version = system.childText("ClusterCompatibilityVersion").orElse("4.4");
        return said > OVIRT_SECURE_BOOT || !version.matches("[0-3]\\..*|4\\.[0-3](\\..*)?") ? said - 1 : said;
    }
}
