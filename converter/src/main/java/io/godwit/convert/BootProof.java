package io.godwit.convert;

import io.godwit.convert.KvmProbe.Acceleration;
import io.godwit.export.Export;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.WorkerJob.BootDisk;
import io.godwit.model.disk.WorkerJob.CheckBoot;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// Looks for a start that the guest wrote onto the overlays of a boot check and that is not on the volumes below: only the check can have
/// made it, whatever the guest's clock says. Volumes and overlays are read, never written.
final class BootProof {
    private static final JsonMapper JSON = new JsonMapper();

    private final ConverterTools tools;
    private final CheckBoot job;
    private final JobFiles files;
    private final Path scratch;
    private final Acceleration acceleration;
    private final Consumer<Phase> steps;
    private @Nullable Path log;

    /// @param scratch folder with the overlays, `KEY.qcow2`, that no program has open any more
    BootProof(ConverterTools tools, CheckBoot job, JobFiles files, Path scratch, Acceleration acceleration, Consumer<Phase> steps) {
        this.tools = tools;
        this.job = job;
        this.files = files;
        this.scratch = scratch;
        this.acceleration = acceleration;
        this.steps = steps;
    }

    /// What the guest's disks tell.
    ///
    /// @param start a start that was not there before; `null` = there is none
    /// @param words why there is none
    record Finding(@Nullable BootTrace start, String words) {}

    /// @throws FaultException only when it was interrupted: that no one can look is no fault of the guest
    Finding look() {
        try {
            var binding = GuestfsBinding.find(tools.settings());
            if (binding.isEmpty()) {
                return new Finding(null,
                        "what the guest wrote was not read: libguestfs's Java binding is not installed (Debian: libguestfs-java)");
            }
            Memory.require(GuestInspection.MEMORY_BYTES, Memory.availableBytes(), "reading what the guest wrote");
            var after = read(binding.get(),
                    disk -> new ExportSpec.Overlay(volume(disk), files.relative(scratch.resolve(disk.key() + ".qcow2"))));
            if (after.traces().isEmpty()) {
                return new Finding(null, after.looked().isEmpty()
                        ? "it has no journal, wtmp or event log that could be read"
                        : "no boot is recorded in " + String.join(", ", after.looked()));
            }
            var before = read(binding.get(), BootProof::volume);
            return newest(before.traces(), after.traces()).map(trace -> new Finding(trace, trace.words()))
                    .orElse(new Finding(null, "no new boot is recorded in " + String.join(", ", after.looked())));
        } catch (FaultException e) {
            if (e.fault().is(ConverterFault.CONVERTER_INTERRUPTED)) {
                throw e;
            }
            return new Finding(null, "what the guest wrote could not be read: " + e.fault().what() + ": " + e.fault().why());
        }
    }

    /// The best proof among what was not there before.
    static Optional<BootTrace> newest(List<BootTrace> before, List<BootTrace> after) {
        return after.stream().filter(trace -> before.stream().noneMatch(trace::same))
                .reduce((first, second) -> second.proof().compareTo(first.proof()) <= 0 ? second : first);
    }

    private static ExportSpec volume(BootDisk disk) {
        var file = new ExportSpec.File(disk.path(), null);
        return disk.format() == DiskFormat.RAW ? file : new ExportSpec.Format(file, disk.format());
    }

    private BootTraceAnswer read(GuestfsBinding binding, Function<BootDisk, ExportSpec> source) {
        var exports = new ArrayList<Export>();
        try {
            for (var disk : job.disks()) {
                exports.add(tools.exports().open(source.apply(disk)));
            }
            var answer = scratch.resolve("traces.json");
            Files.deleteIfExists(answer);
            var request = new BootTraceRequest(binding.jar().toString(), exports.stream().map(GuestfsBinding::socket).toList(),
                    scratch.toString(), answer.toString());
            int code = binding.run(tools, ReadBootTraces.class, JSON.writeValueAsString(request), acceleration, log(), steps,
                    "reading what the guest wrote of its start");
            exports.forEach(Export::requireAlive);
            if (!Files.exists(answer)) {
                throw failed("it ended with code " + code);
            }
            var traces = JSON.readValue(Files.readAllBytes(answer), BootTraceAnswer.class);
            if (traces.failure() != null) {
                throw failed(traces.failure());
            }
            return traces;
        } catch (IOException | JacksonException e) {
            throw new FaultException(ConverterFault.INSPECTION_FAILED, "libguestfs's answer cannot be read", e);
        } finally {
            exports.reversed().forEach(Export::close);
        }
    }

    private FaultException failed(String why) {
        return new FaultException(ConverterFault.INSPECTION_FAILED, "libguestfs could not look into the guest",
                why + GuestInspection.firstError(log()) + "; its log is " + log());
    }

    private Path log() {
        var open = log;
        if (open == null) {
            open = files.newLog("boot-traces");
            log = open;
        }
        return open;
    }
}
