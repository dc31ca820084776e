package io.godwit.process;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where programs are, and which Debian package brings one that is missing.
public final class Programs {
    private static final Map<String, String> PACKAGES = Map.ofEntries(Map.entry("setpriv", "util-linux"), Map.entry("setsid", "util-linux"),
            Map.entry("curl", "curl"),
            Map.entry("sh", "dash"), Map.entry("qemu-img", "qemu-utils"), Map.entry("qemu-nbd", "qemu-utils"),
            Map.entry("qemu-io", "qemu-utils"), Map.entry("qemu-storage-daemon", "qemu-utils"),
            Map.entry("qemu-system-x86_64", "qemu-system-x86"), Map.entry("nbdkit", "nbdkit"), Map.entry("nbdinfo", "libnbd-bin"),
            Map.entry("nbdcopy", "libnbd-bin"), Map.entry("virt-v2v", "virt-v2v"), Map.entry("virt-v2v-in-place", "virt-v2v"),
            Map.entry("guestfish", "libguestfs-tools"), Map.entry("virt-inspector", "libguestfs-tools"),
            Map.entry("libguestfs-test-tool", "libguestfs-tools"));

    private Programs() {}

    /// Looks along `PATH`, and in the two `sbin` folders that a user's path may lack.
    public static Optional<Path> find(String program) {
        if (program.contains("/")) {
            var path = Path.of(program);
            return Files.isExecutable(path) ? Optional.of(path) : Optional.empty();
        }
        var path = System.getenv().getOrDefault("PATH", "/usr/bin:/bin") + ":/usr/sbin:/sbin";
        for (var folder : path.split(":", -1)) {
            if (!folder.isEmpty()) {
                var candidate = Path.of(folder, program);
                if (Files.isExecutable(candidate) && Files.isRegularFile(candidate)) {
                    return Optional.of(candidate);
                }
            }
        }
        return Optional.empty();
    }

    static Path require(String program) {
        return find(program).orElseThrow(
                () -> new ChildFailure(ChildFailure.Reason.MISSING, program, -1, "",
                        "there is no program " + program + howToInstall(program),
                        null));
    }

    private static String howToInstall(String program) {
        var debian = PACKAGES.get(program);
        return debian == null ? " on the path" : "; on Debian: apt-get install " + debian;
    }
}
