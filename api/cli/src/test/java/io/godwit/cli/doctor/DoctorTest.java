package io.godwit.cli.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.cli.doctor.Finding.Verdict;
import io.godwit.cli.doctor.Programs.Said;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
    @TempDir
    Path root = Path.of("");

    private final Map<String, Said> programs = new HashMap<>();

    @BeforeEach
    void healthyMachine() throws IOException {
        for (var each : List.of("qemu-img", "qemu-nbd", "nbdkit", "virt-v2v-in-place", "guestfish", "setpriv")) {
            programs.put(each, new Said(0, each + " 1.0\nCopyright"));
        }
        programs.put("kvm-probe", new Said(0, "guest code ran under kvm"));
        programs.put("qemu-system-x86_64", new Said(0, "QEMU emulator version 7.2.15"));
        for (var each : List.of("boot/vmlinuz-6.1", "usr/share/java/libguestfs-1.48.6.jar", "usr/share/OVMF/OVMF_CODE_4M.fd")) {
            Files.createDirectories(root.resolve(each).getParent());
            Files.writeString(root.resolve(each), "");
        }
        Files.createDirectories(root.resolve("lib/modules/6.1"));
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/meminfo"), "MemTotal: 16000000 kB\nMemAvailable:   8388608 kB\n");
    }

    private Finding find(String subject) throws InterruptedException {
        return new Doctor((command, _) -> {
            return Optional.ofNullable(programs.get(command.getFirst()));
        }, root, List.of("kvm-probe", "x")).examine(root, root).stream().filter(each -> each.subject().equals(subject)).findFirst()
                .orElseThrow();
    }

    @Test
    void findsAHealthyMachineHealthy() throws InterruptedException {
        assertThat(find("qemu-img")).isEqualTo(new Finding(Verdict.OK, "qemu-img", "qemu-img 1.0", ""));
        assertThat(find("KVM").verdict()).isEqualTo(Verdict.OK);
        assertThat(find("kernel for libguestfs").detail()).endsWith("boot/vmlinuz-6.1");
        assertThat(find("libguestfs for Java").verdict()).isEqualTo(Verdict.OK);
        assertThat(find("UEFI firmware").verdict()).isEqualTo(Verdict.OK);
        assertThat(find("memory").detail()).startsWith("8.0 GiB available");
    }

    @Test
    void namesThePackageOfAMissingTool() throws InterruptedException {
        programs.remove("virt-v2v-in-place");
        assertThat(find("virt-v2v-in-place")).satisfies(each -> {
            assertThat(each.verdict()).isEqualTo(Verdict.FAIL);
            assertThat(each.remedy()).isEqualTo("apt-get install virt-v2v");
        });
    }

    @Test
    void failsAToolThatDoesNotRun() throws InterruptedException {
        programs.put("nbdkit", new Said(127, "nbdkit: error while loading shared libraries"));
        assertThat(find("nbdkit").detail()).isEqualTo("does not run: nbdkit: error while loading shared libraries");
        assertThat(find("nbdkit").verdict()).isEqualTo(Verdict.FAIL);
    }

    @Test
    void saysWhyAndThatWorkIsSlowWithoutKvm() throws InterruptedException {
        programs.put("kvm-probe", new Said(1, "guest code does not run under kvm: failed to set MSR 0x10a"));
        assertThat(find("KVM").verdict()).isEqualTo(Verdict.WARN);
        assertThat(find("KVM").detail()).contains("failed to set MSR 0x10a").contains("TCG");
    }

    @Test
    void tellsABrokenProbeFromAMachineWithoutKvm() throws InterruptedException {
        programs.put("kvm-probe", new Said(124, ""));
        assertThat(find("KVM").detail()).startsWith("the probe failed");
        programs.remove("kvm-probe");
        assertThat(find("KVM").detail()).startsWith("not tried");
    }

    @Test
    void wantsAKernelWithItsModules() throws IOException, InterruptedException {
        Files.delete(root.resolve("lib/modules/6.1"));
        assertThat(find("kernel for libguestfs")).satisfies(each -> {
            assertThat(each.verdict()).isEqualTo(Verdict.FAIL);
            assertThat(each.detail()).contains("has no modules");
        });
        Files.delete(root.resolve("boot/vmlinuz-6.1"));
        assertThat(find("kernel for libguestfs").detail()).isEqualTo("there is none in /boot");
    }

    @Test
    void warnsOfLittleMemory() throws IOException, InterruptedException {
        Files.writeString(root.resolve("proc/meminfo"), "MemAvailable:   1048576 kB\n");
        assertThat(find("memory").verdict()).isEqualTo(Verdict.WARN);
    }
}
