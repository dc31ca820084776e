package io.godwit.cli.doctor;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The programs that workers start, and what nbdkit has to bring along.
final class ProgramChecks {
    private static final Duration DEADLINE = Duration.ofSeconds(10);
    private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)");
    private final Machine machine;

    /// @param tested the oldest version that Godwit is tested with: Debian 12's
    record Tool(String name, String aptPackage, String purpose, String tested) {}

    static final List<Tool> TOOLS = List.of(
            new Tool("qemu-img", "qemu-utils", "it makes and reads disk images", "7.2"),
            new Tool("qemu-nbd", "qemu-utils", "it exports disks to the copier", "7.2"),
            new Tool("qemu-storage-daemon", "qemu-utils", "it exports the disks of a conversion", "7.2"),
            new Tool("nbdkit", "nbdkit", "it exports parts of files, and what is behind https and ssh", "1.32"),
            new Tool("virt-v2v-in-place", "virt-v2v", "it converts guests", "2.2"),
            new Tool("virt-inspector", "libguestfs-tools", "it looks into guests", "1.48"),
            new Tool("supermin", "supermin", "libguestfs builds its appliance with it", "5.2"),
            new Tool("qemu-system-x86_64", "qemu-system-x86", "it runs libguestfs's appliance and the boot check", "7.2"),
            new Tool("setpriv", "util-linux", "it lets tools die with their worker", "2.38"));

    private record Part(String name, String aptPackage, String purpose, Finding.Verdict verdict) {}

    private static final List<Part> PLUGINS = List.of(
            new Part("file", "nbdkit", "reads files", Finding.Verdict.FAIL),
            new Part("curl", "nbdkit-plugin-curl", "reads disks behind https", Finding.Verdict.WARN),
            new Part("ssh", "nbdkit-plugin-ssh", "reads disks behind ssh", Finding.Verdict.WARN));
    private static final List<Part> FILTERS = List.of(
            new Part("offset", "nbdkit", "reads a member of an archive in place", Finding.Verdict.FAIL),
            new Part("retry", "nbdkit", "goes on where a server breaks off", Finding.Verdict.WARN));

    ProgramChecks(Machine machine) {
        this.machine = machine;
    }

    /// One each, so that they run side by side.
    Stream<Check> checks() {
        return Stream.concat(TOOLS.stream().map(tool -> () -> List.of(examine(tool))), Stream.of(this::nbdkitParts));
    }

    private Finding examine(Tool tool) throws InterruptedException {
        var program = machine.programs().find(tool.name());
        if (program.isEmpty()) {
            return Ailment.PROGRAM_MISSING.at("PATH " + machine.programs().path(), tool.purpose()).of(tool.name()).with("PACKAGE",
                    tool.aptPackage());
        }
        var file = program.get();
        var foreign = Processor.foreign(file);
        if (foreign.isPresent()) {
            return Ailment.PROGRAM_FOREIGN.at(file, foreign.get()).of(tool.name()).with("PACKAGE", tool.aptPackage());
        }
        var said = machine.programs().run(file, List.of("--version"), DEADLINE);
        if (said.exitCode() != 0) {
            return Ailment.PROGRAM_BROKEN.at(file, "it ended with " + said.exitCode() + ": " + said.firstLine()).of(tool.name())
                    .with("PACKAGE", tool.aptPackage());
        }
        return isOlder(said.firstLine(), tool.tested())
                ? Ailment.PROGRAM_OLD.at(file, "it is " + said.firstLine()).of(tool.name()).with("PACKAGE", tool.aptPackage())
                        .with("VERSION", tool.tested())
                : Finding.ok(tool.name(), said.firstLine());
    }

    private static boolean isOlder(String said, String tested) {
        var found = VERSION.matcher(said);
        var wanted = VERSION.matcher(tested);
        if (!found.find() || !wanted.find()) {
            return false;
        }
        int major = Integer.compare(Integer.parseInt(found.group(1)), Integer.parseInt(wanted.group(1)));
        return major < 0 || (major == 0 && Integer.parseInt(found.group(2)) < Integer.parseInt(wanted.group(2)));
    }

    private List<Finding> nbdkitParts() throws InterruptedException {
        var nbdkit = machine.programs().find("nbdkit");
        if (nbdkit.isEmpty()) {
            return List.of(); // said above
        }
        var config = machine.programs().run(nbdkit.get(), List.of("--dump-config"), DEADLINE);
        var findings = new ArrayList<Finding>();
        var own = machine.variable("GODWIT_WORKER_NBDKIT_PLUGINS").map(Path::of).stream();
        findings.addAll(parts(Ailment.NBDKIT_PLUGIN_MISSING, PLUGINS, "plugin",
                Stream.concat(own, folder(config, "plugindir")).toList()));
        findings.addAll(parts(Ailment.NBDKIT_FILTER_MISSING, FILTERS, "filter", folder(config, "filterdir").toList()));
        return findings;
    }

    private static Stream<Path> folder(Programs.Said config, String name) {
        return config.text().lines().filter(each -> each.startsWith(name + "=")).map(each -> Path.of(each.substring(name.length() + 1)));
    }

    private static List<Finding> parts(Ailment ailment, List<Part> parts, String kind, List<Path> folders) {
        if (folders.isEmpty()) {
            return List.of(); // its --version told why
        }
        var missing = parts.stream().filter(part -> folders.stream().noneMatch(
                folder -> Files.isReadable(folder.resolve("nbdkit-" + part.name() + "-" + kind + ".so")))).toList();
        return missing.isEmpty()
                ? List.of(Finding.ok(ailment.subject(), String.join(", ", parts.stream().map(Part::name).toList())))
                : missing.stream().map(part -> ailment.at(folders.getLast(), "it has no nbdkit-" + part.name() + "-" + kind + ".so, which "
                        + part.purpose()).with("PACKAGE", part.aptPackage()).as(part.verdict())).toList();
    }
}
