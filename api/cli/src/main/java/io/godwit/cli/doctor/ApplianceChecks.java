package io.godwit.cli.doctor;

import io.godwit.cli.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// What libguestfs needs to build its appliance and to start it, and the firmware of the boot check.
final class ApplianceChecks implements Check {
    private static final long APPLIANCE_BYTES = 600L << 20;
    private static final Set<PosixFilePermission> OTHERS_WRITE = Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);
    private final Machine machine;

    ApplianceChecks(Machine machine) {
        this.machine = machine;
    }

    @Override
    public List<Finding> examine() throws IOException {
        var findings = new ArrayList<Finding>();
        findings.add(kernel());
        findings.add(parts());
        findings.add(cache());
        findings.add(binding());
        findings.add(firmware());
        machine.variable("LIBGUESTFS_HV").filter(each -> !Files.isExecutable(Path.of(each)))
                .ifPresent(each -> findings.add(Ailment.LIBGUESTFS_HV_WRONG.at("LIBGUESTFS_HV", each + " is no program")));
        machine.variable("LIBGUESTFS_BACKEND").filter(each -> !each.equals("direct"))
                .ifPresent(each -> findings.add(Ailment.LIBGUESTFS_BACKEND_IGNORED.at("LIBGUESTFS_BACKEND", "it is '" + each + "'")));
        return findings;
    }

    /// libguestfs boots a kernel of /boot with its modules; some distributions let only root read it.
    private Finding kernel() throws IOException {
        var kernels = machine.list("boot", "vmlinuz-*");
        if (kernels.isEmpty()) {
            return Ailment.KERNEL_MISSING.at(machine.file("boot"), "it holds no vmlinuz-*");
        }
        for (var kernel : kernels) {
            if (Files.isReadable(kernel) && Files.isDirectory(modules(kernel))) {
                return Finding.ok(Ailment.KERNEL_MISSING.subject(), kernel.toString());
            }
        }
        var last = kernels.getLast();
        return Files.isReadable(last)
                ? Ailment.KERNEL_WITHOUT_MODULES.at(last, "there is no folder " + modules(last))
                : Ailment.KERNEL_UNREADABLE.at(last, machine.rights(last));
    }

    private Path modules(Path kernel) {
        return machine.file("lib/modules").resolve(kernel.getFileName().toString().substring("vmlinuz-".length()));
    }

    /// A folder `supermin.d`, or an appliance that somebody fixed.
    private Finding parts() {
        var said = machine.variable("LIBGUESTFS_PATH");
        var folders = said.map(path -> Stream.of(path.split(":", -1)).filter(each -> !each.isEmpty()).map(Path::of)).orElseGet(
                () -> Stream.concat(Stream.of(machine.file("usr/lib64/guestfs"), machine.file("usr/lib/guestfs")),
                        machine.list("usr/lib", "*-linux-gnu").stream().map(each -> each.resolve("guestfs"))))
                .toList();
        var found = folders.stream()
                .filter(each -> Files.isDirectory(each.resolve("supermin.d")) || Files.isReadable(each.resolve("README.fixed")))
                .findFirst();
        return found.map(each -> Finding.ok(Ailment.APPLIANCE_PARTS_MISSING.subject(), each.toString())).orElseGet(
                () -> Ailment.APPLIANCE_PARTS_MISSING.at(
                        said.map(each -> "LIBGUESTFS_PATH " + each).orElse(machine.file("usr/lib").toString()),
                        "there is neither supermin.d nor README.fixed"));
    }

    /// As libguestfs itself looks at its cache.
    private Finding cache() throws IOException {
        var folder = machine.file("var/tmp");
        long user = Machine.userId();
        var appliance = folder.resolve(".guestfs-" + user);
        if (Files.exists(appliance, LinkOption.NOFOLLOW_LINKS)) {
            var rights = Files.getPosixFilePermissions(appliance, LinkOption.NOFOLLOW_LINKS);
            boolean open = rights.stream().anyMatch(OTHERS_WRITE::contains);
            if (((Integer) Files.getAttribute(appliance, "unix:uid", LinkOption.NOFOLLOW_LINKS)).longValue() != user) {
                return Ailment.APPLIANCE_CACHE_FOREIGN.at(appliance, machine.rights(appliance));
            }
            if (!Files.isDirectory(appliance, LinkOption.NOFOLLOW_LINKS) || open) {
                return Ailment.APPLIANCE_CACHE_FOREIGN.at(appliance,
                        open ? "others may write to it: " + PosixFilePermissions.toString(rights) : "it is no folder");
            }
            long free = free(appliance);
            return free < APPLIANCE_BYTES // the old one stays until the new one is built
                    ? Ailment.APPLIANCE_CACHE_FULL.at(folder, Text.bytes(free) + " are free there, beside " + appliance
                            + ", which libguestfs builds anew after an update of the kernel or of its own").as(Finding.Verdict.WARN)
                    : Finding.ok("appliance cache", appliance + ", " + Text.bytes(free) + " free beside it");
        }
        long free = free(folder);
        return free < APPLIANCE_BYTES
                ? Ailment.APPLIANCE_CACHE_FULL.at(folder, Text.bytes(free) + " are free there")
                : Finding.ok("appliance cache", Text.bytes(free) + " free for " + folder);
    }

    private static long free(Path folder) throws IOException {
        return Files.getFileStore(Machine.existing(folder)).getUsableSpace();
    }

    private Finding binding() {
        var jar = machine.list("usr/share/java", "libguestfs*.jar").stream().findFirst();
        return jar.map(each -> Finding.ok(Ailment.LIBGUESTFS_BINDING_MISSING.subject(), each.toString()))
                .orElseGet(() -> Ailment.LIBGUESTFS_BINDING_MISSING.at(machine.file("usr/share/java"), "it holds no libguestfs*.jar"));
    }

    private Finding firmware() {
        var ovmf = machine.list("usr/share/OVMF", "OVMF_CODE*.fd").stream().findFirst();
        return ovmf.map(each -> Finding.ok(Ailment.FIRMWARE_MISSING.subject(), each.toString()))
                .orElseGet(() -> Ailment.FIRMWARE_MISSING.at(machine.file("usr/share/OVMF"), "it holds no OVMF_CODE*.fd"));
    }
}
