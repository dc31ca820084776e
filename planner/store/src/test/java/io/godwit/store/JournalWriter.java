package io.godwit.store;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.concurrent.CountDownLatch;

/// A process to be killed: four threads append to journals of their own, and each prints `writer seq` when its commit came back.
/// One commit is two entries and the journal's head, as an append of the engine is.
///
/// Arguments: folder, commits per writer, bytes per entry, `ack-after` or (a planted bug) `ack-before` the commit, `checkpoints` or `none`.
final class JournalWriter {
    static final int WRITERS = 4;

    private JournalWriter() {}

    static void main(String[] args) throws SQLException, InterruptedException {
        var database = EmbeddedDatabase.open(Path.of(args[0]));
        int commits = Integer.parseInt(args[1]);
        var payload = "x".repeat(Integer.parseInt(args[2]));
        boolean ackBefore = args[3].equals("ack-before");
        createTables(database);
        var ended = new CountDownLatch(WRITERS);
        for (int each = 0; each < WRITERS; each++) {
            int writer = each;
            Thread.ofPlatform().name("writer-" + writer).daemon().start(() -> {
                try (var connection = database.getConnection()) {
                    append(connection, writer, commits, payload, ackBefore);
                } catch (SQLException | IOException e) {
                    print("failed " + writer + " " + e.getMessage());
                }
                ended.countDown();
            });
        }
        if (args[4].equals("checkpoints")) {
            Thread.ofPlatform().name("checkpoints").daemon().start(() -> checkpoint(database));
        }
        ended.await();
        print("end");
        Runtime.getRuntime().halt(0); // as dead as by a kill
    }

    private static void createTables(EmbeddedDatabase database) throws SQLException {
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            statement.execute(
                    "create table if not exists entry (writer int, seq bigint, part int, payload longvarchar, primary key (writer, seq, part))");
            statement.execute("create table if not exists head (writer int primary key, seq bigint)");
            for (int writer = 0; writer < WRITERS; writer++) {
                statement.execute("merge into head using (values(" + writer + ")) as v(w) on head.writer = v.w"
                        + " when not matched then insert values (v.w, 0)");
            }
            connection.commit();
        }
    }

    private static void append(Connection connection, int writer, int commits, String payload, boolean ackBefore)
            throws SQLException, IOException {
        long seq = 0;
        try (var head = connection.createStatement(); var found = head.executeQuery("select seq from head where writer = " + writer)) {
            found.next();
            seq = found.getLong(1);
        }
        connection.commit();
        try (var entry = connection.prepareStatement("insert into entry values (?, ?, ?, ?)");
                var head = connection.prepareStatement("update head set seq = ? where writer = ?")) {
            for (int i = 0; i < commits; i++) {
                seq++;
                for (int part = 0; part < 2; part++) {
                    entry.setInt(1, writer);
                    entry.setLong(2, seq);
                    entry.setInt(3, part);
                    entry.setString(4, payload);
                    entry.executeUpdate();
                }
                head.setLong(1, seq);
                head.setInt(2, writer);
                head.executeUpdate();
                if (ackBefore) {
                    print(writer + " " + seq);
                }
                connection.commit();
                if (!ackBefore) {
                    print(writer + " " + seq);
                }
            }
        }
    }

    private static void checkpoint(EmbeddedDatabase database) {
        try (var connection = database.getConnection(); var statement = connection.createStatement()) {
            while (true) {
                statement.execute("checkpoint");
                print("checkpoint");
            }
        } catch (SQLException e) {
            print("failed checkpoint " + e.getMessage());
        }
    }

    /// One write(2), so that lines of the threads do not mix.
    static void print(String line) {
        try {
            @SuppressWarnings("resource") // of the process
            var out = new FileOutputStream(FileDescriptor.out);
            out.write((line + "\n").getBytes(US_ASCII));
        } catch (IOException e) {
            Runtime.getRuntime().halt(3);
        }
    }
}
