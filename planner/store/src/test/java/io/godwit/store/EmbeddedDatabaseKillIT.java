package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SIGKILL under load. 20 kills, 200 with -Dgodwit.soak=true; -Dgodwit.seed=N repeats a run.
class EmbeddedDatabaseKillIT {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime() % 1_000_000);
    private static final int KILLS = Boolean.getBoolean("godwit.soak") ? 200 : 20;

    @TempDir
    Path temp;

    /// Half of the kills fall on small commits, half on big ones with checkpoints all the time; in each half some fall on the start.
    @Test
    void losesNoAcknowledgedEntry() throws Exception {
        var random = new Random(SEED);
        long acknowledged = 0;
        int duringStart = 0;
        var losses = new ArrayList<String>();
        for (boolean checkpoints : new boolean[]{false, true}) {
            var folder = temp.resolve("checkpoints-" + checkpoints);
            var last = new long[JournalWriter.WRITERS];
            for (int kill = 0; kill < KILLS / 2; kill++) {
                if (kill % 10 == 0) {
                    folder = temp.resolve("chain-" + checkpoints + kill); // up to ten kills on the same files
                    last = new long[JournalWriter.WRITERS];
                }
                var process = new JournalProcess(List.of(), 1 + random.nextInt(400), folder, "1000000", checkpoints ? "4000" : "300",
                        "ack-after", checkpoints ? "checkpoints" : "none");
                if (random.nextInt(4) == 0) {
                    process.killAfter(150 + random.nextInt(900));
                } else {
                    process.awaitEnoughThenKill();
                }
                acknowledged += process.acknowledgedInAll();
                duringStart += process.acknowledgedInAll() == 0 ? 1 : 0;
                assertThat(process.said).noneMatch(line -> line.startsWith("failed"));
                for (int writer = 0; writer < last.length; writer++) {
                    last[writer] = Math.max(last[writer], process.acknowledged[writer]);
                }
                int number = kill;
                reopen(folder, last, random.nextBoolean())
                        .forEach(loss -> losses.add("checkpoints " + checkpoints + ", kill " + number + ": " + loss));
            }
        }
        IO.println("embedded store: seed " + SEED + ", " + KILLS + " kills (" + duringStart + " before the first commit), " + acknowledged
                + " acknowledged, lost: " + losses);
        assertThat(losses).as("seed %d", SEED).isEmpty();
        assertThat(acknowledged).isGreaterThan(KILLS * 50L);
    }

    /// The test itself: a writer that acknowledges before it commits is found out.
    @Test
    void findsAWriterThatAcknowledgesTooEarly() throws Exception {
        var random = new Random(SEED);
        var losses = new ArrayList<String>();
        for (int kill = 0; kill < 10 && losses.isEmpty(); kill++) {
            var folder = temp.resolve("early-" + kill);
            var process = new JournalProcess(List.of(), 50 + random.nextInt(50), folder, "1000000", "300", "ack-before", "none");
            process.awaitEnoughThenKill();
            losses.addAll(reopen(folder, process.acknowledged, false));
        }
        assertThat(losses).anyMatch(loss -> loss.contains("acknowledged"));
    }

    private static List<String> reopen(Path folder, long[] last, boolean orderly) throws SQLException, IOException {
        var database = EmbeddedDatabase.open(folder);
        try {
            return JournalProcess.losses(database, last);
        } finally {
            if (orderly) {
                database.close();
            } else {
                database.closeImmediately(); // the next start replays again
            }
        }
    }
}
