package io.godwit.convert;

import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Whether KVM can be used, found out by running guests under it: seven bytes of code first, then a Linux kernel until it misses its root.
/// A node `/dev/kvm`, QEMU's word that it is enabled, and even a guest on an old processor model prove less: nested KVM often dies as soon as
/// the guest has all features of the host, and nested KVM that is made in software (kvm-pvm) runs the seven bytes and hangs in the kernel's first
/// instructions, for ever and without a word.
public final class KvmProbe {
    private static final int GUEST_CODE_RAN = 33; // isa-debug-exit: 2 * 0x10 + 1
    private static final byte[] GUEST_CODE = {(byte) 0xb0, 0x10, (byte) 0xe6, (byte) 0xf4, (byte) 0xf4, (byte) 0xeb, (byte) 0xfd};
    private static final Duration LOOK_AGAIN = Duration.ofMillis(200);
    private static final Duration SILENCE = Duration.ofSeconds(10); // emulated, the kernel is through after 3
    private static final int LONGEST = 6; // times that, for a kernel that is not silent
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
            var memory = new KvmMemory(tools.settings().applianceCache(), DEVICE, newestKernel(KERNELS));
            answer = run(tools.supervisor(), tools.runtime(), DEVICE, KERNELS, memory);
            known = answer;
            System.getLogger(KvmProbe.class.getName()).log(System.Logger.Level.INFO, answer.toString());
        }
        return answer;
    }

    /// Tries it now.
    static Acceleration runNow(Supervisor supervisor, Path folder) {
        return run(supervisor, folder, DEVICE, KERNELS, null);
    }

    static Acceleration run(Supervisor supervisor, Path folder, Path device, Path kernels, @Nullable KvmMemory memory) {
        if (!Files.exists(device)) {
            return new Acceleration(false, "there is no " + device);
        }
        var small = runGuestCode(supervisor, folder, "kvm");
        var kernel = newestKernel(kernels);
        if (!small.kvm() || kernel == null) {
            return small;
        }
        var remembered = memory == null ? null : memory.recall();
        return remembered == null
                ? runKernel(supervisor, folder, "kvm", kernel, SILENCE, memory == null ? _ -> {
                } : memory::keep)
                : remembered;
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

    static Acceleration runGuestCode(Supervisor supervisor, Path folder, String accelerator) {
        return attempt(folder, "kvm", ".img", sector -> {
            Files.write(sector, bootSector());
            var child = supervisor.start(qemu(accelerator, "-m", "16", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
                    "-drive", "if=ide,format=raw,snapshot=on,file=" + escaped(sector)));
            try {
                var code = child.await(SILENCE);
                if (code.isEmpty()) {
                    return new Acceleration(false, "guest code did not end within " + SILENCE.toSeconds() + " s under " + accelerator);
                }
                return code.getAsInt() == GUEST_CODE_RAN
                        ? new Acceleration(true, "guest code ran under " + accelerator)
                        : new Acceleration(false, "guest code does not run under " + accelerator + ": "
                                + firstLine(child.errorTail(), "QEMU ended with code " + code.getAsInt()));
            } finally {
                if (child.isRunning()) {
                    child.kill();
                }
            }
        });
    }

    /// Starts that kernel as the appliance's is started, but without a root to mount: it panics when it has come so far.
    ///
    /// @param sure told of an answer that another try would give too, after as long
    static Acceleration runKernel(Supervisor supervisor, Path folder, String accelerator, Path kernel, Duration silence,
            Consumer<Acceleration> sure) {
        return attempt(folder, "kvm", ".console", console -> {
            var child = supervisor.start(qemu(accelerator, "-smp", "2", "-m", "512", "-kernel", kernel.toString(), "-append",
                    "console=ttyS0 panic=-1 edd=off no_timer_check tsc=reliable", "-serial", "file:" + escaped(console)));
            try {
                long said = 0;
                long began = System.nanoTime();
                long since = began;
                while (child.await(LOOK_AGAIN).isEmpty()) {
                    if (System.nanoTime() - began > LONGEST * silence.toNanos()) { // it talks, and comes to no end
                        var endless = new Acceleration(false, kernel + " does not come to its root under " + accelerator + " within "
                                + LONGEST * silence.toSeconds() + " s");
                        sure.accept(endless);
                        return endless;
                    }
                    long now = Files.size(console);
                    if (now > said) {
                        said = now;
                        since = System.nanoTime();
                    } else if (System.nanoTime() - since > silence.toNanos()) {
                        var hangs = new Acceleration(false, kernel + " hangs under " + accelerator + lastWords(console));
                        sure.accept(hangs);
                        return hangs;
                    }
                }
                if (!Files.readString(console, StandardCharsets.ISO_8859_1).contains("Kernel panic - not syncing: VFS")) {
                    return new Acceleration(false, kernel + " ends early under " + accelerator
                            + (child.errorTail().isBlank() ? lastWords(console) : ": " + firstLine(child.errorTail(), "")));
                }
                var runs = new Acceleration(true, kernel + " ran under " + accelerator);
                sure.accept(runs);
                return runs;
            } finally {
                if (child.isRunning()) {
                    child.kill();
                }
            }
        });
    }

    private static Command qemu(String accelerator, String... more) {
        var words = new ArrayList<>(List.of("qemu-system-x86_64", "-accel", accelerator, "-cpu", "max", "-machine", "pc", "-nodefaults",
                "-no-user-config", "-display", "none", "-no-reboot"));
        words.addAll(List.of(more));
        return Command.of(words);
    }

    private static String escaped(Path file) {
        return file.toString().replace(",", ",,");
    }

    private static String lastWords(Path console) throws IOException {
        return Files.readString(console, StandardCharsets.ISO_8859_1).lines().filter(line -> !line.isBlank()).reduce((_, last) -> last)
                .map(line -> ", after: " + line.strip()).orElse(", before its first word");
    }

    private interface Attempt {
        Acceleration at(Path file) throws IOException;
    }

    /// With a file that lasts as long.
    private static Acceleration attempt(Path folder, String prefix, String suffix, Attempt attempt) {
        @Nullable
        Path file = null;
        try {
            file = Files.createTempFile(folder, prefix, suffix);
            return attempt.at(file);
        } catch (ChildFailure e) {
            return new Acceleration(false, e.why());
        } catch (IOException e) {
            return new Acceleration(false, "the probe could not be written to " + folder + ": " + e.getMessage());
        } finally {
            delete(file);
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

    private static byte[] bootSector() {
        var sector = new byte[512];
        System.arraycopy(GUEST_CODE, 0, sector, 0, GUEST_CODE.length);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        return sector;
    }

    private static String firstLine(String text, String otherwise) {
        return text.lines().filter(line -> !line.isBlank()).findFirst().orElse(otherwise);
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
