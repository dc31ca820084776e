package io.godwit.convert;

import io.godwit.convert.KvmProbe.Acceleration;
import io.godwit.export.Export;
import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestSystem;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Command.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Looks into a guest by libguestfs, in a child JVM of its own that is killed when it stalls.
final class GuestInspection {
    /// As virt-v2v's `--root first`; it takes libguestfs's order too.
    private static final String FIRST = "first";
    private static final JsonMapper JSON = new JsonMapper();
    static final long MEMORY_BYTES = 1536L << 20; // the appliance's, and a little more

    private final ConverterTools tools;

    GuestInspection(ConverterTools tools) {
        this.tools = tools;
    }

    JobResult.Inspected inspect(WorkerJob.Inspect job, Consumer<Phase> steps) {
        var binding = GuestfsBinding.find(tools.settings());
        var acceleration = KvmProbe.probe(tools);
        Memory.require(MEMORY_BYTES, Memory.availableBytes(), "the inspection of the guest");
        var files = new JobFiles(job.workVolume());
        var exports = new ArrayList<Export>();
        var scratch = files.newFolder("inspection-" + job.name());
        try {
            for (var disk : job.disks()) {
                exports.add(tools.exports().open(disk.source()));
            }
            var log = files.newLog("inspect");
            files.writeText(log, acceleration + "\n");
            var answer = binding.isPresent()
                    ? ask(binding.get(), job, acceleration, exports, log, scratch, steps)
                    : askVirtInspector(job, acceleration, exports, log, scratch, steps);
            exports.forEach(Export::requireUnchanged);
            return new JobResult.Inspected(verdict(answer, job.rootDevice(), GuestDisks.named(job.disks())));
        } finally {
            exports.reversed().forEach(Export::close);
            files.deleteFolder(scratch);
        }
    }

    private InspectionAnswer ask(GuestfsBinding binding, WorkerJob.Inspect job, Acceleration acceleration, List<Export> exports, Path log,
            Path scratch,
            Consumer<Phase> steps) {
        var answer = scratch.resolve("answer.json");
        var request = new InspectionRequest(binding.jar().toString(), exports.stream().map(GuestfsBinding::socket).toList(),
                job.keys().stream().map(key -> new InspectionRequest.Key(key.device(), tools.secrets().apply(key.secret()))).toList(),
                answer.toString());
        int code = binding.run(tools, InspectGuest.class, JSON.writeValueAsString(request), acceleration, log, steps,
                "the inspection of the guest");
        exports.forEach(Export::requireAlive);
        return read(answer, code, log);
    }

    private InspectionAnswer askVirtInspector(WorkerJob.Inspect job, Acceleration acceleration, List<Export> exports, Path log,
            Path scratch, Consumer<Phase> steps) {
        System.getLogger(GuestInspection.class.getName()).log(System.Logger.Level.WARNING,
                "libguestfs's Java binding is not installed (Debian: libguestfs-java): virt-inspector looks instead, and cannot tell kernels and drivers");
        var arguments = new ArrayList<>(List.of("virt-inspector", "-v", "--no-applications", "--no-icon", "--format=raw"));
        exports.forEach(export -> arguments.addAll(List.of("-a", "nbd://?socket=" + GuestfsBinding.socket(export))));
        var xml = new StringBuilder(); // written by one thread, which has ended when it is read
        var watch = new StepWatch(tools.settings(), log, steps);
        watch.begin(new Phase(InspectGuest.LOOKING, Instant.now()));
        var command = Command.of(arguments).errors(Output.toFile(log)).output(Output.toLines(line -> xml.append(line).append('\n')));
        for (var variable : acceleration.libguestfs(tools.settings()).entrySet()) {
            command = command.environment(variable.getKey(), variable.getValue());
        }
        int code;
        try (var keys = KeyFiles.of(job.keys(), tools, scratch)) {
            code = watch.run(tools.supervisor(), command.with(keys.arguments().toArray(String[]::new)), () -> {
            }, "the inspection of the guest");
        }
        exports.forEach(Export::requireAlive);
        if (code == 0) {
            return new InspectionAnswer(VirtInspectorXml.parse(xml.toString()), List.of(), Map.of(), Map.of(), List.of(), List.of(), false,
                    null, null);
        }
        var encrypted = says(log, "crypto_LUKS");
        if (encrypted || says(log, "no operating system could be detected")) {
            return new InspectionAnswer(new GuestReport(List.of(), List.of(), encrypted ? List.of("LUKS") : List.of()), List.of(),
                    Map.of(), Map.of(), encrypted && job.keys().isEmpty() ? List.of("LUKS") : List.of(),
                    encrypted && !job.keys().isEmpty() ? List.of("LUKS") : List.of(), false, null, null);
        }
        throw new FaultException(code > 128 ? ConverterFault.CONVERTER_KILLED : ConverterFault.INSPECTION_FAILED,
                "virt-inspector could not look into the guest", "exit code " + code + firstError(log) + "; its log is " + log);
    }

    private static boolean says(Path log, String words) {
        var said = new boolean[1];
        try (var lines = new LogLines(log)) {
            lines.forEach(line -> said[0] |= line.contains(words));
        } catch (IOException e) {
            throw new FaultException(ConverterFault.INSPECTION_FAILED, "the log " + log + " cannot be read", e);
        }
        return said[0];
    }

    private static InspectionAnswer read(Path file, int code, Path log) {
        if (!Files.exists(file)) {
            throw new FaultException(code > 128 ? ConverterFault.CONVERTER_KILLED : ConverterFault.INSPECTION_FAILED,
                    "the inspection of the guest ended without an answer",
                    (code > 128 ? "it was ended by signal " + (code - 128) : "exit code " + code) + "; its log " + log + " ends with: "
                            + lastLine(log));
        }
        InspectionAnswer answer;
        try {
            answer = JSON.readValue(Files.readAllBytes(file), InspectionAnswer.class);
        } catch (IOException | JacksonException e) {
            throw new FaultException(ConverterFault.INSPECTION_FAILED, "the answer of the inspection cannot be read", e);
        }
        var failure = answer.failure();
        if (failure != null) {
            var starting = InspectGuest.STARTING.equals(answer.failedStep());
            throw new FaultException(starting ? ConverterFault.APPLIANCE_NOT_STARTED : ConverterFault.INSPECTION_FAILED,
                    starting ? "libguestfs could not start its appliance" : "libguestfs could not look into the guest",
                    failure + firstError(log) + "; its log is " + log);
        }
        return answer;
    }

    /// The binding says only "see earlier error messages": they are in the log.
    static String firstError(Path log) {
        var errors = new ArrayList<String>();
        try (var lines = new LogLines(log)) {
            lines.forEach(line -> {
                if (line.startsWith("libguestfs: error: ") || line.startsWith("supermin: error: ") || line.startsWith("mkdir: ")) {
                    errors.add(line);
                }
            });
        } catch (IOException e) {
            return " (" + log + " cannot be read: " + e.getMessage() + ")";
        }
        return errors.isEmpty() ? "" : ": " + errors.getFirst();
    }

    private static String lastLine(Path log) {
        var last = new String[]{""};
        try (var lines = new LogLines(log)) {
            lines.forEach(line -> last[0] = line.isBlank() ? last[0] : line.strip());
        } catch (IOException e) {
            return "(unreadable: " + e.getMessage() + ")";
        }
        return last[0];
    }

    /// What was found, if a conversion can go on from there.
    ///
    /// @param disks which disk each device is
    static GuestReport verdict(InspectionAnswer answer, @Nullable String rootDevice, String disks) {
        var guest = answer.guest();
        if (guest == null) {
            throw new FaultException(ConverterFault.INSPECTION_FAILED, "libguestfs could not look into the guest", "it gave no report");
        }
        if (!answer.incompleteGroups().isEmpty()) {
            throw fault(ConverterFault.GUEST_DISK_MISSING, "a disk of the guest is not there",
                    "LVM lacks a physical volume of the volume group " + String.join(", ", answer.incompleteGroups()), disks);
        }
        if (!answer.refused().isEmpty()) {
            throw fault(ConverterFault.GUEST_KEY_WRONG, "the guest's encrypted devices could not be opened",
                    "the keys of the plan do not open " + String.join(", ", answer.refused()), disks);
        }
        if (!answer.locked().isEmpty()) { // even beside a readable system: virt-v2v asks for the key of each, and ends without
            throw fault(ConverterFault.GUEST_ENCRYPTED, guest.systems().isEmpty()
                    ? "no operating system can be seen on the guest's disks"
                    : "virt-v2v would not convert the guest without a key",
                    "encrypted: " + String.join(", ", answer.locked()), disks);
        }
        var system = chosen(guest, answer.notMounted(), rootDevice, disks);
        var elsewhere = answer.rootsElsewhere().get(system.rootDevice());
        if (elsewhere != null) { // virt-v2v believes /etc/fstab
            throw fault(ConverterFault.GUEST_ROOT_ELSEWHERE, "virt-v2v would not convert the system on " + system.rootDevice(),
                    "its own /etc/fstab has " + elsewhere + " for /", disks);
        }
        if (answer.kernelsKnown()) {
            requireKernel(system, answer.notMounted(), disks);
        }
        return guest;
    }

    private static GuestSystem chosen(GuestReport guest, Map<String, String> notMounted, @Nullable String rootDevice, String disks) {
        var systems = guest.systems();
        if (systems.isEmpty()) {
            if (!notMounted.isEmpty()) {
                throw fault(ConverterFault.GUEST_FILESYSTEM_DIRTY, "no operating system can be seen on the guest's disks",
                        listed(notMounted), disks);
            }
            var seen = guest.filesystems().stream().filter(each -> !each.type().equals("unknown"))
                    .map(each -> each.device() + " (" + each.type() + ")").collect(Collectors.joining(", "));
            throw fault(ConverterFault.GUEST_NO_OPERATING_SYSTEM, "no operating system was found on the guest's disks",
                    seen.isEmpty() ? "they hold no file system" : "the file systems are " + seen, disks);
        }
        var listed = systems.stream()
                .map(each -> each.rootDevice() + " (" + each.hostname() + ": " + each.distribution() + ", " + each.productName() + ")")
                .collect(Collectors.joining(", "));
        if (FIRST.equals(rootDevice)) {
            return systems.getFirst();
        }
        if (rootDevice != null) {
            return systems.stream().filter(each -> each.rootDevice().equals(rootDevice)).findFirst()
                    .orElseThrow(() -> fault(ConverterFault.GUEST_ROOT_UNKNOWN, "the guest has no system on " + rootDevice,
                            "its systems are on " + listed, disks));
        }
        if (systems.size() > 1) {
            throw fault(ConverterFault.GUEST_SEVERAL_SYSTEMS, "the guest has " + systems.size() + " operating systems",
                    "they are on " + listed, disks);
        }
        return systems.getFirst();
    }

    private static void requireKernel(GuestSystem system, Map<String, String> notMounted, String disks) {
        if (system.type().equals("linux") && system.kernels().isEmpty()) {
            throw fault(ConverterFault.GUEST_NO_KERNEL, "the system on " + system.rootDevice() + " has no kernel",
                    "no version has both modules in /lib/modules and an image in /boot"
                            + (notMounted.isEmpty() ? "" : ", but " + listed(notMounted)),
                    disks);
        }
    }

    private static String listed(Map<String, String> notMounted) {
        return notMounted.entrySet().stream().map(each -> each.getKey() + " cannot be mounted: " + each.getValue().replaceAll("\\s+", " "))
                .collect(Collectors.joining("; "));
    }

    private static FaultException fault(ConverterFault code, String what, String why, String disks) {
        return new FaultException(code, what, why + "; " + disks);
    }

    static FaultException translated(ChildFailure failure, String what) {
        var code = switch (failure.reason()) {
            case MISSING -> ConverterFault.CONVERTER_MISSING;
            case INTERRUPTED -> ConverterFault.CONVERTER_INTERRUPTED;
            default -> ConverterFault.CONVERTER_KILLED;
        };
        return new FaultException(code, what + " failed", failure.why());
    }
}
