package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// For which processor a program is made, told by its ELF header: one for another is started by nothing, and a shell may take it for a script.
final class Processor {
    private static final int HEADER = 20;
    private static final int X86_64 = 62;
    private static final Map<Integer, String> NAMES = Map.of(3, "i386", 21, "ppc64", 22, "s390x", 40, "arm", X86_64, "x86_64", 183,
            "aarch64", 243,
            "riscv");

    private Processor() {}

    /// What is wrong with a program that this machine cannot run; empty for one that it can, and for scripts.
    static Optional<String> foreign(Path program) {
        int made = of(program);
        int ours = of(Path.of("/proc/self/exe"));
        boolean fits = made == 0 || ours == 0 || made == ours || (ours == X86_64 && made == 3);
        return fits ? Optional.empty() : Optional.of("it is made for " + name(made) + ", and this machine is " + name(ours));
    }

    private static String name(int machine) {
        return NAMES.getOrDefault(machine, "processor " + machine);
    }

    /// 0 for what is no ELF file.
    private static int of(Path program) {
        try (var in = Files.newInputStream(program)) {
            var header = in.readNBytes(HEADER);
            boolean elf = header.length == HEADER && header[0] == 0x7f && header[1] == 'E' && header[2] == 'L' && header[3] == 'F';
            boolean big = elf && header[5] == 2;
            int first = header.length == HEADER ? header[18] & 0xff : 0;
            int second = header.length == HEADER ? header[19] & 0xff : 0;
            return elf ? (big ? first * 256 + second : second * 256 + first) : 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
