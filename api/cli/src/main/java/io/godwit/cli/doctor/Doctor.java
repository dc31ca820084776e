package io.godwit.cli.doctor;

import io.godwit.cli.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Checks this machine as a place to migrate on. Changes nothing.
public final class Doctor {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final long GIB = 1L << 30;
    private final Programs programs;
    private final Path root;
    private final List<String> kvmProbe;

    private record Tool(String name, List<String> command, String aptPackage, String purpose) {}

    private static final List<Tool> TOOLS = List.of(
            new Tool("qemu-img", List.of("qemu-img", "--version"), "qemu-utils", "reads and makes disk images"),
            new Tool("qemu-nbd", List.of("qemu-nbd", "--version"), "qemu-utils", "exports disks to the copier"),
            new Tool("nbdkit", List.of("nbdkit", "--version"), "nbdkit", "exports parts of files"),
            new Tool("virt-v2v-in-place", List.of("virt-v2v-in-place", "--version"), "virt-v2v", "converts guests"),
            new Tool("guestfish", List.of("guestfish", "--version"), "libguestfs-tools", "looks into guests"),
            new Tool("qemu-system-x86_64", List.of("qemu-system-x86_64", "--version"), "qemu-system-x86",
                    "runs libguestfs and the boot check"),
            new Tool("setpriv", List.of("setpriv", "--version"), "util-linux", "lets tools die with their worker"));

    /// A doctor for the machine whose files lie below `root`.
    ///
    /// @param kvmProbe command that ends with 0 when KVM runs guests, with 1 when not, and says what it saw
    public Doctor(Programs programs, Path root, List<String> kvmProbe) {
        this.programs = programs;
        this.root = root;
        this.kvmProbe = List.copyOf(kvmProbe);
    }

    public List<Finding> examine(Path dataFolder, Path temporaryFolder) throws InterruptedException {
        var findings = new ArrayList<Finding>();
        findings.add(java());
        for (var tool : TOOLS) {
            findings.add(tool(tool));
        }
        findings.add(guestfsBinding());
        findings.add(guestfsKernel());
        findings.add(new KvmProbe(programs, kvmProbe).examine());
        findings.add(uefi());
        findings.add(space("data folder", dataFolder, 5 * GIB, "--data"));
        findings.add(space("temporary folder", temporaryFolder, 2 * GIB, "TMPDIR"));
        findings.add(memory());
        return findings;
    }

    private static Finding java() {
        var version = Runtime.version();
        var detail = System.getProperty("java.vendor", "") + " " + version + ", " + System.getProperty("java.home", "");
        return version.feature() == 25
                ? Finding.ok("JDK", detail)
                : Finding.fail("JDK", detail, "Start by ./godwit, which finds a JDK 25.");
    }

    private Finding tool(Tool tool) throws InterruptedException {
        var said = programs.run(tool.command(), DEADLINE);
        if (said.isEmpty()) {
            return Finding.fail(tool.name(), "missing; it " + tool.purpose(), "apt-get install " + tool.aptPackage());
        }
        return said.get().exitCode() == 0
                ? Finding.ok(tool.name(), said.get().firstLine())
                : Finding.fail(tool.name(), "does not run: " + said.get().firstLine(), "apt-get install --reinstall " + tool.aptPackage());
    }

    private Finding guestfsBinding() {
        var jar = first(root.resolve("usr/share/java"), "libguestfs*.jar");
        return jar.isPresent()
                ? Finding.ok("libguestfs for Java", jar.get().toString())
                : Finding.warn("libguestfs for Java", "missing; guests are inspected by guestfish instead",
                        "apt-get install libguestfs-java");
    }

    /// libguestfs boots a kernel of /boot with its modules; some distributions let only root read it.
    private Finding guestfsKernel() {
        var kernels = list(root.resolve("boot"), "vmlinuz-*");
        var install = "apt-get install linux-image-cloud-amd64";
        if (kernels.isEmpty()) {
            return Finding.fail("kernel for libguestfs", "there is none in /boot", install);
        }
        for (var kernel : kernels) {
            var modules = root.resolve("lib/modules").resolve(kernel.getFileName().toString().substring("vmlinuz-".length()));
            if (Files.isReadable(kernel) && Files.isDirectory(modules)) {
                return Finding.ok("kernel for libguestfs", kernel.toString());
            }
        }
        return kernels.stream().noneMatch(Files::isReadable)
                ? Finding.fail("kernel for libguestfs", kernels.getFirst() + " cannot be read by this user",
                        "chmod 0644 /boot/vmlinuz-*, or run as root")
                : Finding.fail("kernel for libguestfs", kernels.getFirst() + " has no modules in /lib/modules", install);
    }

    private Finding uefi() {
        var firmware = first(root.resolve("usr/share/OVMF"), "OVMF_CODE*.fd");
        return firmware.isPresent()
                ? Finding.ok("UEFI firmware", firmware.get().toString())
                : Finding.warn("UEFI firmware", "missing; guests with UEFI cannot be seen to boot", "apt-get install ovmf");
    }

    private static Finding space(String subject, Path folder, long wanted, String setting) {
        var existing = folder.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        try {
            long free = Files.getFileStore(existing).getUsableSpace();
            var detail = Text.bytes(free) + " free for " + folder;
            if (!Files.isWritable(existing)) {
                return Finding.fail(subject, existing + " cannot be written by this user", "Choose another with " + setting + ".");
            }
            return free >= wanted
                    ? Finding.ok(subject, detail)
                    : Finding.warn(subject, detail, "Overlays and logs need room here; free some, or choose another with " + setting + ".");
        } catch (IOException e) {
            return Finding.fail(subject, "cannot look at " + folder + ": " + e.getMessage(), "Choose another with " + setting + ".");
        }
    }

    private Finding memory() {
        try (var lines = Files.lines(root.resolve("proc/meminfo"))) {
            long available = lines.filter(each -> each.startsWith("MemAvailable:"))
                    .mapToLong(each -> Long.parseLong(each.replaceAll("\\D", ""))).sum()
                    * 1024;
            int cores = Runtime.getRuntime().availableProcessors();
            var detail = Text.bytes(available) + " available, " + cores + " cores";
            return available >= 3 * GIB
                    ? Finding.ok("memory", detail)
                    : Finding.warn("memory", detail, "A conversion takes about 1.5 GiB beside the server's 0.5 GiB; run fewer at once.");
        } catch (IOException e) {
            return Finding.warn("memory", "cannot be read: " + e.getMessage(), "Mount /proc.");
        }
    }

    private static Optional<Path> first(Path folder, String pattern) {
        return list(folder, pattern).stream().findFirst();
    }

    private static List<Path> list(Path folder, String pattern) {
        var found = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return List.of();
        }
        found.sort(null);
        return found;
    }
}
