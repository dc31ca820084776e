package io.godwit.cli.doctor;

import java.time.Duration;
import java.util.List;

/// Whether KVM really runs guests here. The converter knows how to find out, by running guest code; it is asked in a process of its own.
final class KvmProbe {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String SLOW = ": conversions and boot checks run without it (TCG), many times slower";
    private final Programs programs;
    private final List<String> command;

    KvmProbe(Programs programs, List<String> command) {
        this.programs = programs;
        this.command = command;
    }

    Finding examine() throws InterruptedException {
        var said = programs.run(command, DEADLINE);
        if (said.isEmpty()) {
            return Finding.warn("KVM", "not tried: " + command.getFirst() + " does not start", "Start by ./godwit.");
        }
        return switch (said.get().exitCode()) {
            case 0 -> Finding.ok("KVM", said.get().firstLine());
            case 1 -> Finding.warn("KVM", said.get().firstLine() + SLOW,
                    "Use a machine with virtualisation, let this user open /dev/kvm, or leave it: Godwit does without by itself.");
            default ->
                Finding.warn("KVM", "the probe failed: " + said.get().firstLine() + SLOW, "Report it with the output of `godwit doctor`.");
        };
    }
}
