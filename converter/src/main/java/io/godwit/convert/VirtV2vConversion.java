package io.godwit.convert;

import io.godwit.convert.V2vMessage.Kind;
import io.godwit.export.Export;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import io.godwit.process.Command.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// One run of virt-v2v-in-place over overlays of all disks of a VM.
final class VirtV2vConversion {
    /// Below this QEMU would stop the appliance in the middle of a write, and wait for ever.
    private static final long HARDLY_ANY_SPACE = 16 << 20;

    private final ConverterTools tools;

    VirtV2vConversion(ConverterTools tools) {
        this.tools = tools;
    }

    JobResult.Converted convert(WorkerJob.Convert job, Consumer<Phase> steps) {
        var acceleration = KvmProbe.probe(tools);
        Memory.require(tools.settings().memoryBytes(), Memory.availableBytes(), "the conversion");
        var files = new JobFiles(job.workVolume());
        var set = new OverlaySet(tools, job, files);
        set.discard();
        requireSpace(files, tools.settings().freeBytes());
        var exports = new ArrayList<Export>();
        boolean converted = false;
        try {
            var overlays = set.create(exports);
            var log = files.newLog("convert-" + job.generation());
            files.writeText(log, acceleration + "\n");
            var messages = run(job, files, overlays, exports, log, acceleration, steps);
            var report = V2vLog.read(log).report(messages);
            exports.forEach(Export::requireUnchanged);
            var disks = set.keep();
            converted = true;
            return new JobResult.Converted(job.generation(), report, disks, files.relative(log));
        } finally {
            exports.reversed().forEach(Export::close);
            if (!converted) {
                set.discard();
            }
        }
    }

    private List<V2vMessage> run(WorkerJob.Convert job, JobFiles files, List<Path> overlays, List<Export> exports, Path log,
            KvmProbe.Acceleration acceleration, Consumer<Phase> steps) {
        var xml = files.workVolume().resolve("overlays").resolve(job.generation() + ".xml");
        files.writeText(xml, LibvirtXml.of(job.machine(), job.disks(), overlays));
        var arguments = new ArrayList<>(
                List.of("virt-v2v-in-place", "--machine-readable=stream:stdout", "-v", "-x", "-i", "libvirtxml", xml.toString()));
        // its menu for the other case is guest text on the stream of its messages
        arguments.addAll(List.of("--root", job.rootDevice() == null ? "single" : job.rootDevice()));
        var messages = new CopyOnWriteArrayList<V2vMessage>();
        var watch = new StepWatch(tools.settings(), log, steps);
        var command = Command.of(arguments).errors(Output.toFile(log))
                .output(Output.toFile(log).andLines(line -> V2vMessage.parse(line).ifPresent(message -> {
                    messages.add(message);
                    if (message.kind() == Kind.STEP) {
                        watch.begin(new Phase(message.text(), message.at()));
                    }
                })));
        for (var variable : acceleration.libguestfs(tools.settings()).entrySet()) {
            command = command.environment(variable.getKey(), variable.getValue());
        }
        var temporary = newTemporaryFolder();
        command = command.environment("TMPDIR", temporary.toString());
        int code;
        try (var keys = KeyFiles.of(job.keys(), tools, temporary)) {
            code = watch.run(tools.supervisor(), command.with(keys.arguments().toArray(String[]::new)), () -> {
                exports.forEach(Export::requireAlive);
                requireSpace(files, HARDLY_ANY_SPACE);
            }, "the conversion");
        } finally {
            files.deleteFolder(temporary);
        }
        if (code != 0) {
            exports.forEach(Export::requireAlive);
            var full = files.freeBytes() < HARDLY_ANY_SPACE;
            throw new FaultException(withKeys(job, V2vFailure.of(code, messages, V2vLog.read(log), full, files.relative(log),
                    GuestDisks.named(job.disks()))));
        }
        return messages;
    }

    /// virt-v2v asks for a key where none of the given ones fits, as if none had been given.
    private static Fault withKeys(WorkerJob.Convert job, Fault fault) {
        return job.keys().isEmpty() || !fault.is(ConverterFault.GUEST_ENCRYPTED)
                ? fault
                : Fault.of(ConverterFault.GUEST_KEY_WRONG, fault.what(),
                        fault.why().replace("no key was given", "no key of the plan opens it"));
    }

    /// Its sockets lie in there, and a unix socket's path has at most 107 bytes: the work volume's may be longer.
    private Path newTemporaryFolder() {
        try {
            return Files.createTempDirectory(tools.runtime(), "v");
        } catch (IOException e) {
            throw new FaultException(ConverterFault.WORK_VOLUME_UNWRITABLE, "no temporary folder could be made in " + tools.runtime(), e);
        }
    }

    private static void requireSpace(JobFiles files, long neededBytes) {
        var free = files.freeBytes();
        if (free < neededBytes) {
            throw new FaultException(ConverterFault.CONVERTER_NO_SPACE,
                    "the work volume " + files.workVolume() + " is too full for a conversion",
                    (free >> 20) + " MiB are free, " + (neededBytes >> 20) + " MiB are needed");
        }
    }
}
