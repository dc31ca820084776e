package io.godwit.convert;

import io.godwit.model.disk.ConversionReport;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What virt-v2v's debug log (`-v -x`) says of the converted guest. The appliance's console runs through it too, so only what is needed is
/// taken, and the last mention counts: after the capabilities nothing of the guest runs any more.
final class V2vLog {
    private static final String TOOL = "virt-v2v-in-place: virt-v2v ";
    private static final String CAPABILITY = "gcaps_";
    private static final String FIRMWARE = "i_firmware = ";
    private static final String NO_FALLBACK_LOADER = "No UEFI fix rule";

    private final Map<String, String> capabilities = new TreeMap<>();
    private @Nullable String version;
    private @Nullable String firmware;
    private boolean noFallbackLoader;
    private boolean encrypted;
    private boolean volumeMissing;
    private boolean applianceDied;

    static V2vLog read(Path log) {
        var read = new V2vLog();
        try (var lines = new LogLines(log)) {
            lines.forEach(read::take);
        } catch (IOException e) {
            throw new FaultException(ConverterFault.CONVERSION_REPORT_UNREADABLE, "the log " + log + " cannot be read", e);
        }
        return read;
    }

    private void take(String line) {
        if (line.startsWith(CAPABILITY)) {
            var parts = line.substring(CAPABILITY.length()).split(" = ", 2);
            if (parts.length == 2) {
                capabilities.put(parts[0], parts[1].strip());
            }
        } else if (line.startsWith(FIRMWARE)) {
            firmware = line.substring(FIRMWARE.length()).strip();
        } else if (line.startsWith(TOOL) && version == null) {
            version = line.substring(TOOL.length()).split(" ", 2)[0];
        }
        noFallbackLoader |= line.contains(NO_FALLBACK_LOADER);
        encrypted |= line.contains("crypto_LUKS") || line.contains("TYPE=BitLocker") || line.contains("is_luks: true");
        volumeMissing |= line.contains("Couldn't find device with uuid") || line.contains("is missing PV ");
        applianceDied |= line.contains("appliance closed the connection unexpectedly");
    }

    boolean encrypted() {
        return encrypted;
    }

    boolean volumeMissing() {
        return volumeMissing;
    }

    boolean applianceDied() {
        return applianceDied;
    }

    /// The guest's new machine.
    ///
    /// @throws FaultException `CONVERSION_REPORT_UNREADABLE` when anything that a VM definition needs is not in it
    ConversionReport report(List<V2vMessage> messages) {
        var warnings = new LinkedHashSet<String>();
        messages.stream().filter(message -> message.kind() == V2vMessage.Kind.WARNING).map(V2vMessage::text).forEach(warnings::add);
        var uefi = uefi();
        if (uefi && noFallbackLoader) {
            warnings.add("The guest's EFI system partition has no fallback loader (\\EFI\\BOOT): it will not boot with fresh NVRAM"
                    + " until its own boot entry is made again.");
        }
        return new ConversionReport("virt-v2v-in-place " + required("version", version), uefi, capability("machine"),
                capability("block_bus"),
                capability("net_bus"), flag("virtio_rng"), flag("virtio_balloon"), flag("isa_pvpanic"), new ArrayList<>(warnings));
    }

    private boolean uefi() {
        var text = required("i_firmware", firmware);
        if (text.equals("BIOS")) {
            return false;
        }
        if (text.startsWith("UEFI")) {
            return true;
        }
        throw unreadable("the firmware is '" + text + "'");
    }

    private String capability(String name) {
        return required(CAPABILITY + name, capabilities.get(name));
    }

    private boolean flag(String name) {
        return switch (capability(name)) {
            case "true" -> true;
            case "false" -> false;
            default -> throw unreadable(CAPABILITY + name + " is '" + capability(name) + "'");
        };
    }

    private static String required(String name, @Nullable String value) {
        return Optional.ofNullable(value).filter(text -> !text.isEmpty()).orElseThrow(() -> unreadable("it does not say " + name));
    }

    private static FaultException unreadable(String why) {
        return new FaultException(ConverterFault.CONVERSION_REPORT_UNREADABLE,
                "virt-v2v's log of a conversion that ended well cannot be read", why);
    }
}
