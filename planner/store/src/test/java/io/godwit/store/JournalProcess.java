package io.godwit.store;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/// A [JournalWriter] in a JVM of its own, and what it said on its pipe until it was dead.
final class JournalProcess {
    final List<String> said = new ArrayList<>(); // read after death only
    final long[] acknowledged = new long[JournalWriter.WRITERS];

    private final Process process;
    private final Thread reader;
    private final CountDownLatch enough;

    /// @param prefix argv before that of Java
    /// @param enough lines after which [#awaitEnoughThenKill()] kills
    JournalProcess(List<String> prefix, int enough, Path folder, String... arguments) throws IOException {
        this(JournalWriter.class, prefix, enough, folder, arguments);
    }

    JournalProcess(Class<?> main, List<String> prefix, int enough, Path folder, String... arguments) throws IOException {
        this.enough = new CountDownLatch(enough);
        var command = new ArrayList<>(prefix);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC", "-Xshare:auto", "-XX:-UsePerfData", "-Xmx96m", "-cp", System.getProperty("java.class.path"),
                main.getName(), folder.toString()));
        command.addAll(List.of(arguments));
        process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
        reader = Thread.ofPlatform().start(this::read);
    }

    private void read() {
        try (var lines = process.inputReader()) {
            @Nullable
            String line;
            while ((line = lines.readLine()) != null) {
                if (Character.isDigit(line.charAt(0))) {
                    var words = line.split(" ", -1);
                    acknowledged[Integer.parseInt(words[0])] = Long.parseLong(words[1]);
                }
                said.add(line);
                enough.countDown();
            }
        } catch (IOException e) {
            said.add("failed pipe: " + e.getMessage());
        }
    }

    /// SIGKILL, when it has said enough.
    void awaitEnoughThenKill() throws InterruptedException {
        awaitEnough();
        kill();
    }

    void awaitEnough() throws InterruptedException {
        assertThat(enough.await(60, SECONDS)).as("the writer said enough within a minute: %s", said).isTrue();
    }

    /// SIGKILL after that time from its start, wherever it is then.
    void killAfter(long millis) throws InterruptedException {
        process.waitFor(millis, java.util.concurrent.TimeUnit.MILLISECONDS);
        kill();
    }

    void kill() throws InterruptedException {
        process.toHandle().destroyForcibly(); // Process.destroyForcibly would close the pipe, with acknowledgements in it
        awaitEnd();
    }

    int awaitEnd() throws InterruptedException {
        if (!process.waitFor(120, SECONDS)) {
            process.destroyForcibly();
            throw new AssertionError("the writer did not end within two minutes");
        }
        assertThat(reader.join(java.time.Duration.ofSeconds(20))).as("the pipe was read to its end").isTrue();
        return process.exitValue();
    }

    long acknowledgedInAll() {
        return said.stream().filter(line -> Character.isDigit(line.charAt(0))).count();
    }

    /// What is wrong with the reopened database, beside what was acknowledged; empty when all is there and whole.
    static List<String> losses(EmbeddedDatabase database, long[] acknowledged) throws SQLException {
        var losses = new ArrayList<String>();
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            for (int writer = 0; writer < acknowledged.length; writer++) {
                if (!tableExists(statement)) {
                    if (acknowledged[writer] > 0) {
                        losses.add("writer " + writer + ": no table, acknowledged " + acknowledged[writer]);
                    }
                    continue;
                }
                try (var found = statement
                        .executeQuery("select count(*), coalesce(max(seq), 0), coalesce((select seq from head where writer = "
                                + writer + "), 0) from entry where writer = " + writer)) {
                    found.next();
                    long rows = found.getLong(1);
                    long last = found.getLong(2);
                    long head = found.getLong(3);
                    if (last < acknowledged[writer]) {
                        losses.add("writer " + writer + ": acknowledged " + acknowledged[writer] + ", found " + last);
                    }
                    if (rows != 2 * last || head != last) {
                        losses.add("writer " + writer + ": torn, " + rows + " rows up to " + last + ", head at " + head);
                    }
                    if (last > acknowledged[writer] + 1) {
                        losses.add("writer " + writer + ": " + last + " found, but only " + acknowledged[writer] + " could be begun");
                    }
                    acknowledged[writer] = last; // the next writer goes on from here
                }
            }
        }
        return losses;
    }

    private static boolean tableExists(java.sql.Statement statement) throws SQLException {
        try (var found = statement
                .executeQuery("select count(*) from information_schema.tables where lower(table_name) in ('entry', 'head')")) {
            found.next();
            return found.getInt(1) == 2;
        }
    }
}
