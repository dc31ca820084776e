package io.godwit.convert;

import io.godwit.model.fault.FaultException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Settings of the machine that converts. Their names are `godwit.converter` and what [#of(Map)] lists.
///
/// @param converter name of a [GuestConverterFactory]
/// @param libguestfsJar the distribution's Java binding; `null` = looked for in `/usr/share/java`; `none` = not used
/// @param jniFolder where its `libguestfs_jni.so` is; `null` = looked for in the system's library folders
/// @param hypervisor the QEMU that runs the appliance; `null` = the one that libguestfs was built for
/// @param applianceCache where libguestfs keeps the appliance that it builds once
/// @param stepLimit how long one named step may last
/// @param silenceLimit how long a tool may say nothing at all, in its debug log either
/// @param memoryBytes what must be available before a conversion begins
/// @param freeBytes what must be free on the work volume before a conversion begins
/// @param firmwareFolder where OVMF is
public record ConverterSettings(String converter, @Nullable Path libguestfsJar, @Nullable Path jniFolder, @Nullable Path hypervisor,
        Path applianceCache, Duration stepLimit, Duration silenceLimit, long memoryBytes, long freeBytes, Path firmwareFolder) {
    static final Path NO_BINDING = Path.of("none");
    private static final long MIB = 1 << 20;
    public static final ConverterSettings DEFAULT = new ConverterSettings(GuestConverterFactory.DEFAULT, null, null, null,
            Path.of("/var/tmp"),
            Duration.ofMinutes(60), Duration.ofMinutes(15), 2560 * MIB, 256 * MIB, Path.of("/usr/share/OVMF"));

    /// Reads settings by name and takes the default for each that is absent; other names are left alone.
    ///
    /// @throws FaultException `CONVERTER_SETTING_INVALID`
    public static ConverterSettings of(Map<String, String> settings) {
        var read = new Reader(settings);
        return new ConverterSettings(read.value("godwit.converter", text -> text, DEFAULT.converter),
                read.path("godwit.converter.libguestfs.jar"),
                read.path("godwit.converter.libguestfs.jni"),
                read.path("godwit.converter.hypervisor"),
                read.value("godwit.converter.appliance.cache", Path::of, DEFAULT.applianceCache),
                read.value("godwit.converter.step.limit", Duration::parse, DEFAULT.stepLimit),
                read.value("godwit.converter.silence.limit", Duration::parse, DEFAULT.silenceLimit),
                read.value("godwit.converter.memory.mib", Long::parseLong, DEFAULT.memoryBytes / MIB) * MIB,
                read.value("godwit.converter.free.mib", Long::parseLong, DEFAULT.freeBytes / MIB) * MIB,
                read.value("godwit.converter.firmware", Path::of, DEFAULT.firmwareFolder));
    }

    /// The same from this process's system properties.
    public static ConverterSettings ofSystem() {
        var properties = System.getProperties();
        var settings = new TreeMap<String, String>();
        properties.stringPropertyNames().forEach(name -> settings.put(name, properties.getProperty(name, "")));
        return of(settings);
    }

    private record Reader(Map<String, String> settings) {
        @Nullable
        Path path(String name) {
            var text = settings.get(name);
            return text == null ? null : value(name, Path::of, Path.of(text));
        }

        <T> T value(String name, Function<String, T> parse, T otherwise) {
            var text = settings.get(name);
            if (text == null) {
                return otherwise;
            }
            try {
                return parse.apply(text);
            } catch (RuntimeException e) {
                throw new FaultException(ConverterFault.CONVERTER_SETTING_INVALID, "the setting " + name + " is '" + text + "'", e);
            }
        }
    }
}
