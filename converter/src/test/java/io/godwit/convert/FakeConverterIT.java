package io.godwit.convert;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobProgress.Phase;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.process.Command;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The fake keeps the converter's contract, or what rests on it proves nothing.
class FakeConverterIT {
    private static final long SIZE = 4 << 20;
    @TempDir
    private Path folder;

    @Test
    void writesIntoAllOverlaysAndIntoNoSource() throws Exception {
        try (var machine = new Machine(folder)) {
            var job = twoDisks(machine);
            var steps = new ArrayList<Phase>();

            var result = fake(machine).convert(job, steps::add);

            assertThat(steps).extracting(Phase::name).containsExactlyElementsOf(FakeConverterFactory.STEPS);
            assertThat(result.disks()).extracting(JobResult.ConvertedDisk::overlay).containsExactly("overlays/1/a.qcow2",
                    "overlays/1/b.qcow2");
            for (int i = 0; i < 2; i++) {
                var merged = merged(machine, job, result, i);
                for (int step = 0; step < FakeConverterFactory.STEPS.size(); step++) {
                    assertThat(merged[(int) FakeConverterFactory.writtenAt(step, SIZE)])
                            .isEqualTo((byte) FakeConverterFactory.pattern(step));
                }
                assertThat(Files.readAllBytes(folder.resolve(i == 0 ? "a.raw" : "b.raw"))).isEqualTo(new byte[(int) SIZE]);
            }
        }
    }

    @Test
    void leavesTheBootSectorAlone() {
        for (int step = 0; step < FakeConverterFactory.STEPS.size(); step++) {
            assertThat(FakeConverterFactory.writtenAt(step, SIZE)).isBetween(64L << 10, SIZE - (64 << 10));
        }
    }

    @Test
    void givesTheSameBytesUnderAnotherIdentityWhenItRunsAgain() throws Exception {
        try (var machine = new Machine(folder)) {
            var job = twoDisks(machine);

            var first = fake(machine).convert(job, _ -> {
            });
            var bytes = merged(machine, job, first, 0);
            var second = fake(machine).convert(job, _ -> {
            });

            assertThat(merged(machine, job, second, 0)).isEqualTo(bytes);
            assertThat(second.disks().getFirst().identity()).isNotEqualTo(first.disks().getFirst().identity());
        }
    }

    @Test
    void leavesNoOverlayWhenItsProgramIsKilled() throws Exception {
        try (var machine = new Machine(folder)) {
            var job = twoDisks(machine);

            assertThatThrownBy(() -> fake(machine).convert(job, step -> {
                if (step.name().startsWith("Converting")) {
                    killNext(machine);
                }
            })).hasMessageContaining("CONVERTER_KILLED");

            assertThat(folder.resolve("work/overlays/1")).doesNotExist();
            assertThat(machine.programsOfOurs()).isEmpty();
        }
    }

    private static void killNext(Machine machine) {
        var _ = Thread.ofVirtual().start(() -> {
            for (int looks = 0; looks < 1000; looks++) {
                var running = machine.programsOfOurs().stream().filter(process -> process.info().command().orElse("").endsWith("qemu-io"))
                        .toList();
                if (!running.isEmpty()) {
                    running.forEach(ProcessHandle::destroyForcibly);
                    return;
                }
                java.util.concurrent.locks.LockSupport.parkNanos(2_000_000);
            }
        });
    }

    private WorkerJob.Convert twoDisks(Machine machine) {
        return machine.convert(List.of(Machine.raw("a", Machine.sparse(folder.resolve("a.raw"), SIZE)),
                Machine.raw("b", Machine.sparse(folder.resolve("b.raw"), SIZE))));
    }

    private static GuestConverter fake(Machine machine) {
        return GuestConverterFactory.named("fake").open(machine.tools(ConverterSettings.DEFAULT));
    }

    private byte[] merged(Machine machine, WorkerJob.Convert job, JobResult.Converted result, int disk) throws Exception {
        var raw = folder.resolve("merged.raw");
        Files.deleteIfExists(raw);
        try (var export = machine.exports()
                .open(new ExportSpec.Overlay(job.disks().get(disk).source(), result.disks().get(disk).overlay()))) {
            var _ = machine.supervisor
                    .run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "raw", export.uri().toString(), raw.toString()));
        }
        return Files.readAllBytes(raw);
    }
}
