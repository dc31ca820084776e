package io.godwit.convert;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The memory of this machine.
final class Memory {
    private Memory() {}

    /// What programs can still take without swapping, as the kernel estimates it.
    static long availableBytes() {
        try {
            return availableBytes(Files.readString(Path.of("/proc/meminfo")));
        } catch (IOException e) {
            throw new IllegalStateException("/proc/meminfo cannot be read: " + e.getMessage(), e);
        }
    }

    static long availableBytes(String meminfo) {
        return meminfo.lines().filter(line -> line.startsWith("MemAvailable:")).findFirst()
                .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
                .orElseThrow(() -> new IllegalStateException("/proc/meminfo has no MemAvailable"));
    }

    /// Refuses to begin what would run into the out-of-memory killer.
    static void require(long neededBytes, long availableBytes, String forWhat) {
        if (availableBytes < neededBytes) {
            throw new FaultException(ConverterFault.CONVERTER_NO_MEMORY, forWhat + " was not begun",
                    (availableBytes >> 20) + " MiB of memory are available, " + (neededBytes >> 20) + " MiB are needed");
        }
    }
}
