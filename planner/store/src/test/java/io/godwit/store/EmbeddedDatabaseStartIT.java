package io.godwit.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.util.FileSystemUtils;

/// SIGKILL at each call that makes, renames or removes a file while the database starts: a start replaces them one by one.
class EmbeddedDatabaseStartIT {
    private static final long SEED = Long.getLong("godwit.seed", System.nanoTime() % 1_000_000);
    private static final int CHAINS = Boolean.getBoolean("godwit.soak") ? 60 : 6;
    private static final String CALLS = "openat,rename,unlink";
    private static final List<String> FILES = Stream.of("script", "properties", "log", "data", "backup")
            .flatMap(name -> Stream.of("godwit." + name, "godwit." + name + ".new")).toList();
    private static final int CALLS_OF_A_START = 20; // about
    private static final int KILLED = 128 + 9;
    private static final long COMMITS = 3; // of each writer

    @TempDir
    Path temp;

    /// The first start makes the database. Nothing was told to be stored, but the next start must not find it damaged.
    @Test
    void everyKillOfTheFirstStartLeavesADatabaseThatOpens() throws Exception {
        int call = 1;
        while (killedAt(call, temp.resolve("first-" + call), new long[JournalWriter.WRITERS])) {
            assertKept(temp.resolve("first-" + call), new long[JournalWriter.WRITERS], call);
            call++;
        }
        assertThat(call).as("calls of a start").isGreaterThan(10);
    }

    /// Up to three starts after each other, each killed at any of its calls.
    @Test
    void startsThatAreKilledOneAfterTheOtherLoseNothing() throws Exception {
        var random = new Random(SEED);
        var made = new long[JournalWriter.WRITERS];
        assertThat(killedAt(Integer.MAX_VALUE, temp.resolve("made"), made)).isFalse();
        assertThat(made).containsOnly(COMMITS);
        int kills = 0;
        for (int chain = 0; chain < CHAINS; chain++) {
            var folder = temp.resolve("chain-" + chain);
            FileSystemUtils.copyRecursively(temp.resolve("made"), folder);
            var last = made.clone();
            for (int start = 1 + random.nextInt(3); start > 0; start--) {
                kills += killedAt(1 + random.nextInt(CALLS_OF_A_START), folder, last) ? 1 : 0;
            }
            assertKept(folder, last, chain);
        }
        IO.println("embedded store: seed " + SEED + ", " + kills + " kills of " + CHAINS + " chains of starts");
        assertThat(kills).isGreaterThan(CHAINS / 2);
    }

    /// A checkpoint killed before it renamed `.script.new`, and the next start killed while it replaced `.properties`.
    @Test
    void bringsACheckpointToItsEndAfterTwoKills() throws Exception {
        var last = new long[JournalWriter.WRITERS];
        var folder = closedWithoutScript("twice", last);
        var properties = folder.resolve("godwit.properties");
        Files.writeString(folder.resolve("godwit.properties.new"),
                Files.readString(properties).replace("modified=no\n", "modified=yes-new-files\n"));
        Files.delete(properties);
        assertKept(folder, last, 0);
    }

    /// The same files without a whole `.properties`: nothing is removed, and the start says what is missing.
    @Test
    void removesNothingWhereTheFilesDoNotFitTogether() throws Exception {
        var last = new long[JournalWriter.WRITERS];
        var folder = closedWithoutScript("torn", last);
        Files.move(folder.resolve("godwit.properties"), folder.resolve("kept"));
        Files.writeString(folder.resolve("godwit.properties.new"), "#HSQL Database Engine 2.7.4\nmodified=yes-new-fi");
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> EmbeddedDatabase.open(folder))
                .withMessageContaining("godwit.script is missing")
                .satisfies(e -> assertThat(e.fault().code()).isEqualTo(StoreFault.STORE_DAMAGED.name()));
        Files.move(folder.resolve("godwit.script.new"), folder.resolve("godwit.script"));
        Files.move(folder.resolve("kept"), folder.resolve("godwit.properties"));
        assertKept(folder, last, 0);
    }

    /// A database that ended in order, but for the last rename.
    private Path closedWithoutScript(String name, long[] last) throws IOException, InterruptedException {
        var folder = temp.resolve(name);
        killedAt(Integer.MAX_VALUE, folder, last);
        EmbeddedDatabase.open(folder).close();
        Files.move(folder.resolve("godwit.script"), folder.resolve("godwit.script.new"));
        return folder;
    }

    private static void assertKept(Path folder, long[] last, int number) throws SQLException {
        try (var database = EmbeddedDatabase.open(folder)) {
            assertThat(JournalProcess.losses(database, last)).as("seed %d, number %d", SEED, number).isEmpty();
        }
    }

    /// @param call which of the calls on the database's files is the last
    /// @param last the last commit of each writer that was acknowledged
    /// @return whether there were as many
    private static boolean killedAt(int call, Path folder, long[] last) throws IOException, InterruptedException {
        var words = new ArrayList<>(List.of("strace", "-f", "-o", "/dev/null", "-e", "trace=" + CALLS, "-e",
                "inject=" + CALLS + ":signal=SIGKILL:when=" + Math.min(call, 0xFFFF)));
        FILES.forEach(name -> words.addAll(List.of("-P", folder.resolve(name).toString())));
        var process = new JournalProcess(words, 0, folder, "" + COMMITS, "300", "ack-after", "none");
        int code = process.awaitEnd();
        assertThat(code).as("%s", process.said).isIn(0, KILLED);
        assertThat(process.said).noneMatch(line -> line.startsWith("failed"));
        for (int writer = 0; writer < last.length; writer++) {
            last[writer] = Math.max(last[writer], process.acknowledged[writer]);
        }
        return code == KILLED;
    }
}
