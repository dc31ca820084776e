package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/// Whether KVM really runs guests here: it is tried by running guest code, because /dev/kvm may be there, QEMU may call KVM
/// enabled, and the first guest with the host's CPU may still die.
final class KvmProbe {
    private static final Duration DEADLINE = Duration.ofSeconds(15);
    private static final int DEBUG_EXIT = 0xf4;
    /// QEMU's isa-debug-exit device ends with (value << 1) | 1.
    private static final int EXPECTED_EXIT = (0x10 << 1) | 1;
    private final Programs programs;
    private final Path device;

    KvmProbe(Programs programs, Path device) {
        this.programs = programs;
        this.device = device;
    }

    Finding examine() throws InterruptedException {
        var slow = "conversions and boot checks run without it (TCG), several times slower";
        if (!Files.exists(device)) {
            return Finding.warn("KVM", "no " + device + ": " + slow, "Use a machine with virtualisation, or switch on nesting.");
        }
        if (!Files.isWritable(device)) {
            return Finding.warn("KVM", device + " may not be opened by this user: " + slow, "adduser \"$USER\" kvm, then log in again.");
        }
        Path sector;
        try {
            sector = Files.createTempFile("godwit-kvm", ".img");
        } catch (IOException e) {
            return Finding.warn("KVM", "not tried: " + e.getMessage(), "Free space in the temporary folder.");
        }
        try {
            Files.write(sector, bootSector());
            var said = programs
                    .run(List.of("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none", "-accel", "kvm", "-cpu", "max",
                            "-m", "32", "-no-reboot", "-device", "isa-debug-exit,iobase=0x%x,iosize=4".formatted(DEBUG_EXIT), "-drive",
                            "file=" + sector + ",format=raw,if=ide,readonly=off"), DEADLINE);
            if (said.isPresent() && said.get().exitCode() == EXPECTED_EXIT) {
                return Finding.ok("KVM", "guest code ran");
            }
            var why = said.isEmpty()
                    ? "qemu-system-x86_64 is missing"
                    : said.get().exitCode() == 124 ? "the guest hung" : said.get().firstLine();
            return Finding.warn("KVM", device + " is there, but a guest does not run (" + why + "): " + slow,
                    "Nothing to do: Godwit tells libguestfs and QEMU to go without. On a host of your own, see its kernel log.");
        } catch (IOException e) {
            return Finding.warn("KVM", "not tried: " + e.getMessage(), "Free space in the temporary folder.");
        } finally {
            try {
                Files.deleteIfExists(sector);
            } catch (IOException _) {
                // half a KiB in the temporary folder
            }
        }
    }

    /// mov al, 0x10; out 0xf4, al; hlt; jmp $-1
    private static byte[] bootSector() {
        var sector = Arrays.copyOf(HexFormat.of().parseHex("b010e6f4f4ebfd"), 512);
        sector[510] = 0x55;
        sector[511] = (byte) 0xaa;
        return sector;
    }
}
