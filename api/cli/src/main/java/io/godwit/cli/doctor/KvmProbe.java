package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.time.Duration;
import java.util.List;

/// Whether KVM really runs guests here. The converter knows how to find out, by running guest code; it is asked in a process of its own.
final class KvmProbe implements Check {
    private static final Duration DEADLINE = Duration.ofSeconds(30);
    private static final String SETTINGS = "LIBGUESTFS_BACKEND_SETTINGS";
    private final Machine machine;
    private final List<String> command;

    /// @param command ends with 0 when KVM runs guests, with 1 when not, and says what it saw
    KvmProbe(Machine machine, List<String> command) {
        this.machine = machine;
        this.command = command;
    }

    @Override
    public List<Finding> examine() throws IOException, InterruptedException {
        var kvm = kvm();
        var settings = machine.variable(SETTINGS).orElse("");
        boolean works = kvm.verdict() == Finding.Verdict.OK;
        if (settings.contains("force_tcg") && works) {
            return List.of(kvm, Ailment.LIBGUESTFS_SETTINGS_CONTRADICT.at(SETTINGS, "it is '" + settings + "', and KVM runs guests here"));
        }
        if (settings.contains("force_kvm") && !works) {
            return List.of(kvm,
                    Ailment.LIBGUESTFS_SETTINGS_CONTRADICT.at(SETTINGS, "it is '" + settings + "', and KVM runs no guest here"));
        }
        return List.of(kvm);
    }

    private Finding kvm() throws IOException, InterruptedException {
        var device = machine.file("dev/kvm");
        if (!Files.exists(device)) {
            return Ailment.KVM_MISSING.at(device, processor());
        }
        if (!Files.isReadable(device) || !Files.isWritable(device)) {
            return Ailment.KVM_FORBIDDEN.at(device, machine.rights(device)).with("USER", machine.user())
                    .with("GROUP", Files.readAttributes(device, PosixFileAttributes.class).group().getName());
        }
        var said = machine.programs().run(Path.of(command.getFirst()), command.subList(1, command.size()), DEADLINE);
        return switch (said.exitCode()) {
            case 0 -> Finding.ok(Ailment.KVM_UNUSABLE.subject(), said.firstLine());
            case 1 -> said.text().contains("main class") // Java's, where the worker is not there
                    ? Ailment.KVM_NOT_TRIED.at(device, said.firstLine())
                    : Ailment.KVM_UNUSABLE.at(device, said.firstLine());
            default -> Ailment.KVM_NOT_TRIED.at(device, "the probe ended with " + said.exitCode() + ": " + said.firstLine());
        };
    }

    private String processor() {
        var flags = machine.text("proc/cpuinfo").orElse("");
        return flags.contains(" vmx") || flags.contains(" svm")
                ? "the processor could do it: the kernel's module is not loaded, or the device was not given to this container"
                : "the processor shows neither vmx nor svm: it is off in the firmware, or this is a VM without nested virtualisation";
    }
}
