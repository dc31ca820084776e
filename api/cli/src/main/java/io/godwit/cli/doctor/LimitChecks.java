package io.godwit.cli.doctor;

import io.godwit.cli.text.Text;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the machine, its container or its settings leave to a process: memory, files, letters and time; and the Java that runs.
final class LimitChecks implements Check {
    private static final long MEMORY = 3L << 30;
    private static final long FILES = 4096;
    private static final Duration LATE = Duration.ofDays(1); // time zones of file systems, and clocks that are a little off
    private final Machine machine;
    private final Clock clock;

    LimitChecks(Machine machine, Clock clock) {
        this.machine = machine;
        this.clock = clock;
    }

    @Override
    public List<Finding> examine() throws IOException {
        var findings = new ArrayList<Finding>();
        findings.add(java());
        findings.add(memory());
        memoryLimit().ifPresent(findings::add);
        findings.add(files());
        findings.add(locale());
        findings.add(clock());
        return findings;
    }

    /// The launcher sets JAVA_HOME to what it found, and tells what it passed over.
    private Finding java() throws IOException {
        var home = System.getProperty("java.home", "");
        var passedOver = machine.variable("GODWIT_JDK_PASSED_OVER").or(() -> machine.variable("JAVA_HOME"));
        if (passedOver.isPresent() && !isSame(Path.of(passedOver.get()), Path.of(home))) {
            return Ailment.JDK_PASSED_OVER.at("JAVA_HOME", "it names " + passedOver.get() + ", and this runs on " + home);
        }
        var detail = System.getProperty("java.vendor", "") + " " + Runtime.version() + ", " + home;
        return Finding.ok("JDK", detail); // the launcher found it: with another one, nothing of this runs
    }

    private static boolean isSame(Path one, Path other) throws IOException {
        return Files.exists(one) && Files.isSameFile(one, other);
    }

    private Finding memory() {
        var file = machine.file("proc/meminfo");
        long available = machine.text("proc/meminfo").stream().flatMap(String::lines).filter(each -> each.startsWith("MemAvailable:"))
                .mapToLong(each -> Long.parseLong(each.replaceAll("\\D", ""))).sum() * 1024;
        var detail = Text.bytes(available) + " available, " + Runtime.getRuntime().availableProcessors() + " cores";
        return available >= MEMORY ? Finding.ok("memory", detail) : Ailment.MEMORY_LITTLE.at(file, detail);
    }

    /// Of this process's control group and those above it, in either version; a container sees its own as the root.
    private Optional<Finding> memoryLimit() {
        for (var line : machine.text("proc/self/cgroup").orElse("").lines().toList()) {
            var parts = line.split(":", 3);
            if (parts.length == 3 && (parts[1].isEmpty() || parts[1].equals("memory"))) {
                var top = machine.file(parts[1].isEmpty() ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
                var name = parts[1].isEmpty() ? "memory.max" : "memory.limit_in_bytes";
                for (var group = top.resolve(parts[2].substring(1)).normalize(); group.startsWith(top); group = parentOf(group)) {
                    var limit = limit(group.resolve(name));
                    if (limit < MEMORY) {
                        return Optional.of(Ailment.MEMORY_LIMITED.at(group.resolve(name), "it is " + Text.bytes(limit)));
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static Path parentOf(Path group) {
        var parent = group.getParent();
        return parent == null ? Path.of("") : parent;
    }

    private static long limit(Path file) {
        try {
            var text = Files.readString(file).strip();
            return text.matches("\\d{1,18}") ? Long.parseLong(text) : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    /// Java has raised its own limit to the most that it may; the tools get that one.
    private static Finding files() throws IOException {
        var own = Path.of("/proc/self/limits");
        try (var lines = Files.lines(own)) {
            var limit = lines.filter(each -> each.startsWith("Max open files")).map(each -> each.split("\\s+", -1)[3]).findFirst()
                    .orElse("unknown");
            return limit.matches("\\d{1,18}") && Long.parseLong(limit) < FILES
                    ? Ailment.OPEN_FILES_FEW.at("ulimit -n", "it is " + limit)
                    : Finding.ok("open files", limit);
        }
    }

    private Finding locale() {
        var encoding = System.getProperty("sun.jnu.encoding", "");
        if (encoding.equalsIgnoreCase("UTF-8")) {
            return Finding.ok("locale", encoding);
        }
        var variable = List.of("LC_ALL", "LC_CTYPE", "LANG").stream().filter(each -> machine.variable(each).isPresent()).findFirst()
                .orElse("LANG");
        return Ailment.LOCALE_NOT_UTF8.at(variable, "it is '" + machine.variable(variable).orElse("") + "', so that names of files are "
                + encoding);
    }

    private Finding clock() throws IOException {
        var now = clock.instant();
        var built = built();
        return now.isBefore(built.minus(LATE))
                ? Ailment.CLOCK_BEHIND.at("the clock", "it says " + now + ", and this Godwit was built at " + built)
                : Finding.ok("clock", now.toString());
    }

    private static Instant built() throws IOException {
        var source = LimitChecks.class.getProtectionDomain().getCodeSource();
        return source == null || source.getLocation() == null
                ? Instant.EPOCH
                : Files.getLastModifiedTime(Path.of(source.getLocation().getPath())).toInstant();
    }
}
