package io.godwit.convert;

import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Whether KVM can be used, found out by running seven bytes of guest code under it. A node `/dev/kvm`, QEMU's word that it is enabled, and
/// even a guest on an old processor model prove less: nested KVM often dies as soon as the guest has all features of the host.
public final class KvmProbe {
    private static final int GUEST_CODE_RAN = 33; // isa-debug-exit: 2 * 0x10 + 1
    private static final byte[] GUEST_CODE = {(byte) 0xb0, 0x10, (byte) 0xe6, (byte) 0xf4, (byte) 0xf4, (byte) 0xeb, (byte) 0xfd};
    private static @Nullable Acceleration known;

    private KvmProbe() {}

    /// How this machine runs guests; tried once per process.
    ///
    /// @param supervisor starts QEMU, for a tenth of a second
    /// @param folder where a boot sector can be written for that time
    public static synchronized Acceleration probe(Supervisor supervisor, Path folder) {
        var answer = known;
        if (answer == null) {
            answer = run(supervisor, folder, Path.of("/dev/kvm"));
            known = answer;
            System.getLogger(KvmProbe.class.getName()).log(System.Logger.Level.INFO, answer.toString());
        }
        return answer;
    }

    static Acceleration run(Supervisor supervisor, Path folder, Path device) {
        if (!Files.exists(device)) {
            return new Acceleration(false, "there is no " + device);
        }
        return runGuestCode(supervisor, folder, "kvm");
    }

    static Acceleration runGuestCode(Supervisor supervisor, Path folder, String accelerator) {
        @Nullable
        Path sector = null;
        try {
            sector = Files.createTempFile(folder, "kvm", ".img");
            Files.write(sector, bootSector());
            var child = supervisor.start(Command.of("qemu-system-x86_64", "-accel", accelerator, "-cpu", "max", "-machine", "pc", "-m",
                    "16",
                    "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-device", "isa-debug-exit,iobase=0xf4,iosize=1",
                    "-drive", "if=ide,format=raw,snapshot=on,file=" + sector.toString().replace(",", ",,")));
            try {
                var code = child.await(Duration.ofSeconds(10));
                if (code.isEmpty()) {
                    return new Acceleration(false, "guest code did not end within 10 s under " + accelerator);
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
        } catch (ChildFailure e) {
            return new Acceleration(false, e.why());
        } catch (IOException e) {
            return new Acceleration(false, "the probe could not be written to " + folder + ": " + e.getMessage());
        } finally {
            delete(sector);
        }
    }

    private static void delete(@Nullable Path file) {
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
        Map<String, String> libguestfs(ConverterSettings settings) {
            var environment = new TreeMap<String, String>();
            environment.put("LIBGUESTFS_BACKEND", "direct");
            environment.put("LIBGUESTFS_CACHEDIR", settings.applianceCache().toString()); // or it is built anew in every private TMPDIR
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
