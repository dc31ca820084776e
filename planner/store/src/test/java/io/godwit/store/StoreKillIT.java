package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// SIGKILL while the whole store is at work: 4 kills, 40 with -Dgodwit.soak=true; -Dgodwit.seed=N repeats a run.
class StoreKillIT {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime() % 1_000_000);
    private static final int KILLS = Boolean.getBoolean("godwit.soak") ? 40 : 4;

    @Test
    void keepsEveryAcknowledgedAppendAndEachOneWhole(@TempDir Path folder) throws Exception {
        var random = new Random(SEED);
        long acknowledged = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            var process = new JournalProcess(StoreWriter.class, List.of(), 20 + random.nextInt(150), folder);
            process.awaitEnoughThenKill();
            acknowledged += process.acknowledgedInAll();
            try (var database = TestDatabase.open(new StoreSettings.Embedded(folder))) {
                var store = database.store();
                var slots = store.slots();
                var rows = store.listVms(store.list().getFirst().id());
                for (int index = 0; index < rows.size(); index++) {
                    var row = rows.get(index);
                    var journal = store.journal(row.id());
                    var last = (Kept) journal.getLast().payload();
                    assertThat(journal.size() % 2).as("seed %d: an append is written whole", SEED).isEqualTo(1);
                    assertThat(journal.getLast().seq()).as("seed %d", SEED).isEqualTo(journal.size())
                            .isGreaterThanOrEqualTo(process.acknowledged[index]);
                    assertThat(row.status()).as("seed %d", SEED).isEqualTo(last.status());
                    assertThat(slots.stream().filter(slot -> slot.id().equals(row.id())).mapToInt(slot -> slot.cost()).sum())
                            .as("seed %d", SEED)
                            .isEqualTo(last.slots().stream().mapToInt(slot -> slot.cost()).sum());
                }
            }
        }
        IO.println("whole store: seed " + SEED + ", " + KILLS + " kills, " + acknowledged + " appends acknowledged, none lost or torn");
    }
}
