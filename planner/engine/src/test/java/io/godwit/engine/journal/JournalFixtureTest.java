package io.godwit.engine.journal;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.stage.StageFact;
import io.godwit.engine.stage.Stages;
import io.godwit.engine.testkit.Fleet;
import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.testkit.FakeWorkerPool;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Journals of every release are kept under `src/test/resources/journals/<release>/` and replayed. Those of a release are never changed;
/// `-Dgodwit.generate=true` writes those of the current one anew.
class JournalFixtureTest {
    private static final Path FOLDER = Path.of("src", "test", "resources", "journals");
    private static final String CURRENT = "0.1";
    private static final FactTypes TYPES = Stages.factTypes();

    static List<Path> fixtures() throws IOException {
        if (Boolean.getBoolean("godwit.generate")) {
            generate();
        }
        try (var files = Files.walk(FOLDER)) {
            return files.filter(file -> file.toString().endsWith(".jsonl")).sorted().toList();
        }
    }

    @ParameterizedTest
    @MethodSource("fixtures")
    void replaysToTheStateThatItsNameSays(Path fixture) throws IOException {
        var journal = new Journal(read(fixture));
        assertThat(journal.state() + ".jsonl").isEqualTo(String.valueOf(fixture.getFileName()));
        if (journal.state() == State.SUCCEEDED) {
            assertThat(journal.next()).isEmpty();
            assertThat(journal.fact(StageFact.DisksVerified.class)).isPresent();
        }
        if (journal.state() == State.CANCELED) {
            assertThat(journal.nextToUndo()).isEmpty();
            assertThat(journal.facts(StageFact.VolumeAllocated.class)).as("look-ups skip what is undone").isEmpty();
        }
    }

    @Test
    void theCurrentFormatIsThatOfItsFixture() throws IOException {
        for (var state : List.of(State.SUCCEEDED, State.CANCELED, State.FAILED)) {
            var lines = Files.readAllLines(FOLDER.resolve(CURRENT).resolve(state + ".jsonl"));
            assertThat(read(FOLDER.resolve(CURRENT).resolve(state + ".jsonl")).stream().map(JournalFixtureTest::line))
                    .as("written anew, it is the same").containsExactlyElementsOf(lines);
        }
    }

    @Test
    void everyTypeOfThisReleaseIsInAFixture() throws IOException {
        var seen = new ArrayList<String>();
        for (var fixture : fixtures()) {
            read(fixture).forEach(entry -> seen.add(entry.type()));
        }
        assertThat(seen).containsAll(TYPES.types());
    }

    private static void generate() throws IOException {
        var folder = FOLDER.resolve(CURRENT);
        Files.createDirectories(folder);
        var well = new Fleet(true);
        well.destination.bootCheck(true);
        well.workers.results(job -> job instanceof WorkerJob.CheckBoot boot
                ? new JobResult.BootChecked(new BootReport(
                        BootReport.Verdict.UNPROVEN, "no serial console", 600, boot.evidenceDirectory() + "/console.txt", null, null))
                : FakeWorkerPool.success(job));
        write(folder, well, only(well));
        var failing = new Fleet(true);
        failing.workers.fates((_, job, _) -> new Fate(Duration.ofSeconds(1),
                job instanceof WorkerJob.Copy ? Optional.of(Fault.of(SpiFault.WORKER_LOST, "job", "it was killed")) : Optional.empty()));
        write(folder, failing, only(failing));
        var canceled = new Fleet(true);
        var migration = canceled.start();
        var id = migration.vms().getFirst().id();
        canceled.runUntil(id, "CopyDisks");
        canceled.store.command(id, Command.CUTOVER);
        canceled.migrations.cancel(migration.id(), Set.of());
        canceled.run(Duration.ofMinutes(10));
        write(folder, canceled, id);
    }

    private static VmMigrationId only(Fleet fleet) {
        var id = fleet.start().vms().getFirst().id();
        fleet.run(Duration.ofMinutes(10));
        return id;
    }

    private static void write(Path folder, Fleet fleet, VmMigrationId id) throws IOException {
        var journal = fleet.journal(id);
        Files.write(folder.resolve(journal.state() + ".jsonl"), journal.entries().stream().map(JournalFixtureTest::line).toList());
    }

    /// One entry: its columns between tabs, the payload last.
    private static String line(JournalEntry entry) {
        var operation = entry.operationId();
        return String.join("\t", String.valueOf(entry.seq()), String.valueOf(entry.epoch()), entry.step().value(),
                String.valueOf(entry.attempt()),
                entry.kind().name(), operation == null ? "" : operation, entry.type(), String.valueOf(entry.version()),
                entry.at().toString(),
                TYPES.write(entry.payload()));
    }

    private static List<JournalEntry> read(Path fixture) throws IOException {
        return Files.readAllLines(fixture).stream().map(line -> {
            var columns = List.of(line.split("\t", 10));
            var operation = columns.get(5).isEmpty() ? null : columns.get(5);
            int version = Integer.parseInt(columns.get(7));
            return new JournalEntry(Long.parseLong(columns.get(0)), Long.parseLong(columns.get(1)), new StepPath(columns.get(2)),
                    Integer.parseInt(columns.get(3)), EntryKind.valueOf(columns.get(4)), operation, columns.get(6), version,
                    TYPES.read(columns.get(6), version, columns.get(9)), Instant.parse(columns.get(8)));
        }).toList();
    }
}
