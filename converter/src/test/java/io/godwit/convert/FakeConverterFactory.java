package io.godwit.convert;

import io.godwit.export.Export;
import io.godwit.model.disk.ConversionReport;
import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.GuestReport.GuestFilesystem;
import io.godwit.model.disk.GuestReport.GuestSystem;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/// Stands for virt-v2v where a test kills workers again and again, on disks that hold no system: it takes seconds, writes into all overlays
/// by a real program that holds their locks, and leaves them half written when killed. What boots, boots afterwards. Chosen by
/// `godwit.converter=fake` where the test jar is on the class path. System properties: `godwit.converter.fake.millis` (3000) is how long a
/// conversion takes; while the folder `godwit.converter.fake.holds` holds a file `inspect.job` or `convert.job`, such a job does not end.
public final class FakeConverterFactory implements GuestConverterFactory {
    static final List<String> STEPS = List.of("Opening the source", "Inspecting the source", "Converting nothing to run on KVM",
            "Mapping filesystem data to avoid copying unused and blank areas", "Finishing off");
    private static final int WRITTEN = 64 * 1024;
    private static final String HOLDS = "godwit.converter.fake.holds";

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public GuestConverter open(ConverterTools tools) {
        return new FakeConverter(tools);
    }

    /// Where step `index` writes into a disk of that size: always the same, so that two runs give the same bytes, and behind the boot sector.
    static long writtenAt(int index, long sizeBytes) {
        return Math.clamp(sizeBytes * index / STEPS.size() / WRITTEN * WRITTEN, WRITTEN, Math.max(WRITTEN, sizeBytes - WRITTEN));
    }

    /// The byte that it writes there.
    static int pattern(int index) {
        return 0xc0 + index;
    }

    private record FakeConverter(ConverterTools tools) implements GuestConverter {
        @Override
        public JobResult.Inspected inspect(WorkerJob.Inspect job, Consumer<Phase> steps) {
            steps.accept(new Phase("Inspecting the guest", Instant.now()));
            for (var disk : job.disks()) {
                try (var export = tools.exports().open(disk.source())) {
                    export.requireUnchanged();
                    waitWhileHeld("inspect");
                }
            }
            return new JobResult.Inspected(new GuestReport(
                    List.of(new GuestSystem("/dev/sda1", "linux", "fake", "Fake Linux", 1, 0, "x86_64", "fake", List.of("1.0"), true)),
                    List.of(new GuestFilesystem("/dev/sda1", "ext4", null, "root")), List.of()));
        }

        @Override
        public JobResult.Converted convert(WorkerJob.Convert job, Consumer<Phase> steps) {
            var files = new JobFiles(job.workVolume());
            var set = new OverlaySet(tools, job, files);
            set.discard();
            var exports = new ArrayList<Export>();
            boolean converted = false;
            try {
                var overlays = set.create(exports);
                var log = files.newLog("convert-" + job.generation());
                var keys = job.keys().stream()
                        .map(key -> "key for " + key.device() + ": SHA-256 " + sha256(tools.secrets().apply(key.secret())) + "\n")
                        .collect(Collectors.joining());
                for (int step = 0; step < STEPS.size(); step++) {
                    steps.accept(new Phase(STEPS.get(step), Instant.now()));
                    files.writeText(log, keys + STEPS.get(step) + "\n");
                    write(job, overlays, step);
                    waitWhileHeld("convert");
                }
                var disks = set.keep();
                converted = true;
                return new JobResult.Converted(job.generation(),
                        new ConversionReport("fake 1.0", false, "q35", "virtio-blk", "virtio-net", true, true, true, List.of()), disks,
                        files.relative(log));
            } finally {
                exports.reversed().forEach(Export::close);
                if (!converted) {
                    set.discard();
                }
            }
        }

        private void write(WorkerJob.Convert job, List<Path> overlays, int step) {
            long pause = Long.getLong("godwit.converter.fake.millis", 3000) / STEPS.size() / overlays.size();
            for (int i = 0; i < overlays.size(); i++) {
                long at = writtenAt(step, job.disks().get(i).sizeBytes());
                run("qemu-io", "-f", "qcow2", "-c",
                        "write -P " + pattern(step) + " " + at + " " + Math.min(WRITTEN, job.disks().get(i).sizeBytes() - at), "-c",
                        "sleep " + pause, overlays.get(i).toString());
            }
        }

        /// Tells that a key came, and not the key.
        private static String sha256(String text) {
            try {
                return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("every JDK has SHA-256", e);
            }
        }

        private void waitWhileHeld(String job) {
            var holds = System.getProperty(HOLDS);
            while (holds != null && Files.exists(Path.of(holds, job + ".job"))) {
                run("qemu-io", "-c", "sleep 100");
            }
        }

        private void run(String... arguments) {
            try {
                var _ = tools.supervisor().run(Command.of(arguments));
            } catch (ChildFailure e) {
                var interrupted = e.reason() == ChildFailure.Reason.INTERRUPTED;
                throw new FaultException(interrupted ? ConverterFault.CONVERTER_INTERRUPTED : ConverterFault.CONVERTER_KILLED,
                        "the fake converter was killed", e);
            }
        }
    }
}
