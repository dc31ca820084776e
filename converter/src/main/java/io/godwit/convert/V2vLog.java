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
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What virt-v2v's debug log (`-v -x`) says of the converted guest. The appliance's console runs through it too, so only what is needed is
/// taken, and the last mention counts: after the capabilities nothing of the guest runs any more.
final class V2vLog {
    private static final String CAPABILITY = "gcaps_";
    private static final Pattern CAPABILITY_LINE = Pattern.compile("gcaps_(\\w+) = (.*)");
    private static final Pattern TOOL = Pattern.compile("virt-v2v-in-place: virt-v2v (\\S+)");
    private static final Pattern FIRMWARE = Pattern.compile("i_firmware = (.*)");
    private static final Pattern ROOT = Pattern.compile("i_root = (.*)");
    private static final Pattern ASKS = Pattern.compile("trace: v2v: luks_uuid \"([^\"]+)\"");
    private static final Pattern FINDS = Pattern.compile("trace: v2v: inspect_os = \\[([^]]*)]");
    private static final Pattern TRIES = Pattern.compile("check_for_filesystem_on: (\\S+) \\((?!unknown|swap)");
    private static final Pattern RENAMES = Pattern.compile("reverse device name translated: (\\S+) -> (\\S+)");
    private static final Pattern KERNEL_DEVICE = Pattern.compile("/dev/[sv]d[a-z]+\\d*");
    private static final Pattern LACKS = Pattern.compile("VG (\\S+) is missing PV ");
    /// libguestfs's common/options/decrypt.c.
    private static final Pattern KEYS_REFUSED = Pattern.compile("could not find key to open LUKS encrypted (\\S+)\\.$");
    private static final String NO_KEY = "virt-v2v-in-place: could not read key from user";
    private static final String NO_FALLBACK_LOADER = "No UEFI fix rule";

    private final Map<String, String> capabilities = new TreeMap<>();
    private @Nullable String version;
    private @Nullable String firmware;
    private boolean noFallbackLoader;
    private boolean encrypted;
    private boolean volumeMissing;
    private boolean applianceDied;
    private boolean keyMissing;
    private @Nullable String keysRefused;
    private @Nullable String asked;
    private @Nullable String root;
    private @Nullable String roots;
    private @Nullable String tried;
    private final Set<String> notMounted = new TreeSet<>();
    private final Set<String> incompleteGroups = new TreeSet<>();
    private final Map<String, String> names = new TreeMap<>();

    static V2vLog read(Path log) {
        var read = new V2vLog();
        try (var lines = new LogLines(log)) {
            lines.forEach(read::take);
        } catch (IOException e) {
            throw new FaultException(ConverterFault.CONVERSION_REPORT_UNREADABLE, "the log " + log + " cannot be read", e);
        }
        return read;
    }

    /// The appliance's console may have begun a line that virt-v2v then writes on.
    private void take(String line) {
        match(CAPABILITY_LINE, line, found -> capabilities.put(found.group(1), found.group(2).strip()));
        match(FIRMWARE, line, found -> firmware = found.group(1).strip());
        match(TOOL, line, found -> version = version == null ? found.group(1) : version);
        takeDevices(line);
        noFallbackLoader |= line.contains(NO_FALLBACK_LOADER);
        encrypted |= line.contains("crypto_LUKS") || line.contains("TYPE=BitLocker") || line.contains("is_luks: true");
        volumeMissing |= line.contains("Couldn't find device with uuid") || line.contains("is missing PV ");
        applianceDied |= line.contains("appliance closed the connection unexpectedly");
        keyMissing |= line.contains(NO_KEY);
    }

    private void takeDevices(String line) {
        match(ASKS, line, found -> asked = found.group(1));
        match(FINDS, line, found -> roots = roots == null ? found.group(1).replace("\"", "") : roots); // before any program of the guest runs
        match(ROOT, line, found -> root = found.group(1).strip());
        match(RENAMES, line, found -> names.put(found.group(1), found.group(2)));
        match(KEYS_REFUSED, line, found -> keysRefused = found.group(1));
        match(LACKS, line, found -> incompleteGroups.add(found.group(1)));
        match(TRIES, line, found -> tried = found.group(1));
        if (tried != null && line.contains("mount: /sysroot") && line.matches(".* on \\Q" + tried + "\\E[,.].*")) {
            notMounted.add(tried);
        }
    }

    private static void match(Pattern pattern, String line, Consumer<Matcher> then) {
        var matcher = pattern.matcher(line);
        if (matcher.find()) {
            then.accept(matcher);
        }
    }

    /// The device that virt-v2v wanted a key for and got none: it says so on standard error only.
    Optional<String> keyMissing() {
        return keyMissing ? Optional.of(asked == null ? "one of them" : asked) : Optional.empty();
    }

    /// The device that none of the given keys opens: on standard error only, too.
    Optional<String> keysRefused() {
        return Optional.ofNullable(keysRefused);
    }

    /// The root file system that it took, or the only one that it found.
    Optional<String> root() {
        return Optional.ofNullable(root == null ? roots : root).filter(device -> device.startsWith("/") && !device.contains(","));
    }

    /// The root file systems that it found; empty when it did not come so far.
    String roots() {
        return roots == null ? "" : roots;
    }

    /// Devices with a file system that the appliance's kernel refused while virt-v2v looked for a system.
    List<String> notMounted() {
        return notMounted.stream().map(device -> names.getOrDefault(device, device)).sorted().toList();
    }

    /// The same text with the disks named by their order; the appliance's kernel may call them otherwise.
    String named(String text) {
        return KERNEL_DEVICE.matcher(text).replaceAll(found -> names.getOrDefault(found.group(), found.group()));
    }

    /// Volume groups that lack a disk.
    Set<String> incompleteGroups() {
        return Set.copyOf(incompleteGroups);
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
