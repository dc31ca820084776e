package io.godwit.convert;

import io.godwit.model.fault.FaultException;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Whether KVM can be used, found out by running guests under it: seven bytes of code first, then a Linux kernel until it misses its root.
/// A node `/dev/kvm`, QEMU's word that it is enabled, and even a guest on an old processor model prove less: nested KVM often dies as soon as
/// the guest has all features of the host, and nested KVM that is made in software (kvm-pvm) runs the seven bytes and hangs in the kernel's first
/// instructions, for ever and without a word.
public final class KvmProbe {
    private static final Duration SILENCE = Duration.ofSeconds(10); // emulated, the kernel is through after 3
    private static final Path KERNELS = Path.of("/boot");
    private static final Path DEVICE = Path.of("/dev/kvm");
    private static @Nullable Acceleration known;

    private KvmProbe() {}

    /// How this machine runs guests; tried once per process. What a kernel does is remembered beside the appliance until the machine is started
    /// again.
    ///
    /// @param tools start QEMU, for a tenth of a second, and once for a second or two, or ten where a guest hangs
    public static synchronized Acceleration probe(ConverterTools tools) {
        var answer = known;
        if (answer == null) {
            answer = run(tools.supervisor(), tools.runtime(), DEVICE, KERNELS, tools.settings().applianceCache());
            known = answer;
            System.getLogger(KvmProbe.class.getName()).log(System.Logger.Level.INFO, answer.toString());
        }
        return answer;
    }

    /// Tries it now.
    static Acceleration runNow(Supervisor supervisor, Path folder) {
        return run(supervisor, folder, DEVICE, KERNELS, null);
    }

    /// @param memory the folder where what a kernel did is remembered; `null` = it is tried now
    static Acceleration run(Supervisor supervisor, Path folder, Path device, Path kernels, @Nullable Path memory) {
        if (!Files.exists(device)) {
            return new Acceleration(false, "there is no " + device);
        }
        var guest = new TrialGuest(supervisor, folder, "kvm");
        var small = guest.runCode();
        var kernel = newestKernel(kernels);
        if (!small.kvm() || kernel == null) {
            return small;
        }
        if (memory == null) {
            return guest.runKernel(kernel, SILENCE, _ -> {
            });
        }
        var remembered = new KvmMemory(memory, device, kernel);
        var answer = remembered.recall();
        return answer == null ? guest.runKernel(kernel, SILENCE, remembered::keep) : answer;
    }

    /// The kernel that libguestfs would take too, or nearly; `null` where none can be read.
    static @Nullable Path newestKernel(Path folder) {
        try (var files = Files.newDirectoryStream(folder, "vmlinuz-*")) {
            @Nullable
            Path newest = null;
            for (var file : files) {
                if (Files.isReadable(file) && Files.isRegularFile(file) && (newest == null
                        || Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(newest)) > 0)) {
                    newest = file;
                }
            }
            return newest;
        } catch (IOException e) {
            return null;
        }
    }

    static void delete(@Nullable Path file) {
        try {
            if (file != null) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            System.getLogger(KvmProbe.class.getName()).log(System.Logger.Level.WARNING, file + " stays behind", e);
        }
    }

    /// How guests are run.
    ///
    /// @param why what was seen
    public record Acceleration(boolean kvm, String why) {
        /// QEMU's arguments for it.
        public List<String> qemuArguments() {
            return List.of("-accel", kvm ? "kvm" : "tcg", "-cpu", "max");
        }

        /// What libguestfs and the tools over it have to be told.
        ///
        /// @throws FaultException `APPLIANCE_NOT_STARTED` when the appliance's folder is not there and cannot be made: of variables that follow a
        ///         wrong one libguestfs takes no notice
        Map<String, String> libguestfs(ConverterSettings settings) {
            var cache = settings.applianceCache().toAbsolutePath();
            try {
                Files.createDirectories(cache);
            } catch (IOException e) {
                throw new FaultException(ConverterFault.APPLIANCE_NOT_STARTED,
                        "the folder " + cache + " for libguestfs's appliance (godwit.converter.appliance.cache) cannot be made", e);
            }
            var environment = new TreeMap<String, String>();
            environment.put("LIBGUESTFS_BACKEND", "direct");
            environment.put("LIBGUESTFS_CACHEDIR", cache.toString()); // or it is built anew in every private TMPDIR
            var hypervisor = settings.hypervisor();
            if (hypervisor != null) {
                environment.put("LIBGUESTFS_HV", hypervisor.toString());
            }
            if (!kvm) {
                environment.put("LIBGUESTFS_BACKEND_SETTINGS", "force_tcg");
            }
            return environment;
        }

        @Override
        public String toString() {
            return kvm ? "KVM: " + why : "no KVM, guests are emulated (10 to 20 times slower): " + why;
        }
    }
}
