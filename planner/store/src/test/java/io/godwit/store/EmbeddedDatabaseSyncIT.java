package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.store.SystemCalls.Acknowledgement;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What the embedded database asks of the kernel before it calls an entry stored, and what it does when the kernel refuses.
class EmbeddedDatabaseSyncIT {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime() % 1_000_000);
    private static final int COMMITS = 60; // of each writer

    @TempDir
    Path temp;

    /// A power cut leaves what was synced. So the log is cut there, at the time of some acknowledgements, and opened again.
    @Test
    void syncsBeforeItAcknowledges() throws Exception {
        var calls = trace("ack-after");
        IO.println("embedded store: " + calls.acknowledgements().size() + " acknowledged, " + calls.syncs() + " syncs of the log");
        assertThat(calls.acknowledgements()).hasSize(JournalWriter.WRITERS * COMMITS);
        assertThat(calls.syncs()).isGreaterThanOrEqualTo(calls.acknowledgements().size());
        assertThat(lossesAfterPowerCuts(calls)).as("seed %d", SEED).isEmpty();
    }

    /// The test itself: a writer that acknowledges before it commits is found out.
    @Test
    void findsAWriterThatAcknowledgesBeforeTheSync() throws Exception {
        assertThat(lossesAfterPowerCuts(trace("ack-before"))).isNotEmpty();
    }

    @ParameterizedTest
    @CsvSource({"fsync, EIO", "write, ENOSPC", "write, EIO"})
    void acknowledgesNothingThatTheDiskRefused(String call, String error) throws Exception {
        int good = 40; // of each thread
        var log = temp.resolve("data").resolve("godwit.log");
        var process = new JournalProcess(List.of("strace", "-f", "-o", "/dev/null", "-P", log.toString(), "-e", "trace=" + call, "-e",
                "inject=" + call + ":error=" + error + ":when=" + good + "+"), 0, temp.resolve("data"), "1000", "300", "ack-after", "none");
        process.awaitEnd();
        assertAllFailed(process, "could not be written");
        assertThat(Arrays.stream(process.acknowledged).max().orElseThrow()).isBetween(1L, (long) good);
        assertThat(process.acknowledgedInAll()).isEqualTo(Arrays.stream(process.acknowledged).sum());
        assertKept(process);
    }

    /// A limit on the size of files stands for a full disk: write(2) fails in the same way, first that of the data file, which grows ahead.
    @Test
    void acknowledgesNothingThatTheDiskHadNoRoomFor() throws Exception {
        var process = new JournalProcess(List.of("bash", "-c", "ulimit -f 512; exec \"$@\"", "bash"), 0, temp.resolve("data"), "100000",
                "300", "ack-after", "none");
        process.awaitEnd();
        assertAllFailed(process, "");
        assertThat(process.acknowledgedInAll()).isBetween(50L, 1_000L);
        assertKept(process);
    }

    private static void assertAllFailed(JournalProcess process, String why) {
        assertThat(process.said).filteredOn(line -> line.startsWith("failed")).hasSize(JournalWriter.WRITERS)
                .allMatch(line -> line.contains(why));
    }

    private void assertKept(JournalProcess process) throws SQLException {
        var acknowledged = process.acknowledged.clone();
        try (var database = EmbeddedDatabase.open(temp.resolve("data"))) {
            assertThat(JournalProcess.losses(database, acknowledged)).isEmpty();
        }
    }

    private SystemCalls trace(String mode) throws IOException, InterruptedException {
        var trace = temp.resolve("trace");
        var process = new JournalProcess(
                List.of("strace", "-f", "-y", "-s", "40", "-o", trace.toString(), "-e", "trace=" + SystemCalls.TRACED),
                0, temp.resolve("data"), "" + COMMITS, "300", mode, "none");
        assertThat(process.awaitEnd()).as("%s", process.said).isZero();
        return SystemCalls.read(trace);
    }

    private List<String> lossesAfterPowerCuts(SystemCalls calls) throws IOException, SQLException {
        var random = new Random(SEED);
        var losses = new ArrayList<String>();
        var all = calls.acknowledgements();
        for (int cut = 0; cut < 8; cut++) {
            int index = random.nextInt(all.size());
            var copy = Files.createDirectory(temp.resolve("cut-" + cut));
            try (var files = Files.list(temp.resolve("data"))) {
                for (var file : files.filter(Files::isRegularFile).toList()) {
                    Files.copy(file, copy.resolve(file.getFileName()));
                }
            }
            try (var log = new RandomAccessFile(copy.resolve("godwit.log").toFile(), "rw")) {
                assertThat(all.get(index).syncedBytes()).isLessThanOrEqualTo(log.length());
                log.setLength(all.get(index).syncedBytes());
            }
            var acknowledged = new long[JournalWriter.WRITERS];
            for (Acknowledgement each : all.subList(0, index + 1)) {
                acknowledged[each.writer()] = Math.max(acknowledged[each.writer()], each.seq());
            }
            try (var database = EmbeddedDatabase.open(copy)) {
                losses.addAll(JournalProcess.losses(database, acknowledged));
            }
        }
        return losses;
    }
}
