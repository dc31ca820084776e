package io.godwit.store;

import java.io.IOException;
import java.io.StringReader;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.SQLException;
import java.util.Properties;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a kill in the middle of a checkpoint left, brought to an end before HSQLDB opens the files.
///
/// HSQLDB 2.7.4 replaces a file by deleting it and renaming the new one (`FileUtil.renameWithOverwrite`). Where `.properties` is missing it takes
/// the database for one to replay, and removes `.script.new` (`Logger.open`, `Log.open`): the only copy, where `.script` is missing too. So it is
/// after a kill of the very first start, and after two kills of which the second hits a start that finishes the checkpoint of the first.
final class UnfinishedCheckpoint {
    private UnfinishedCheckpoint() {}

    /// @throws IOException where the files cannot be read or renamed
    /// @throws SQLException where the files do not fit together; nothing was removed then
    static void finish(Path folder) throws IOException, SQLException {
        var properties = folder.resolve("godwit.properties");
        var newProperties = folder.resolve("godwit.properties.new");
        if (Files.notExists(properties) && modified(newProperties) != null) {
            rename(newProperties, properties); // whole, and synced before the old one was deleted
        }
        var script = folder.resolve("godwit.script");
        var newScript = folder.resolve("godwit.script.new");
        if (Files.exists(script) || Files.notExists(newScript)) {
            return;
        }
        var modified = modified(properties);
        if (modified != null && modified.startsWith("yes-new-files")) {
            rename(newScript, script);
        } else if (nothingWasStored(folder)) {
            Files.delete(newScript); // of the first checkpoint: there is no database yet
        } else {
            throw new SQLException(script + " is missing, and godwit.properties does not say that " + newScript + " is whole");
        }
    }

    /// Whether the first checkpoint, which precedes every table and every commit, did not come to its `.properties`.
    private static boolean nothingWasStored(Path folder) throws IOException {
        var log = folder.resolve("godwit.log");
        return Stream.of("properties", "data", "backup").allMatch(name -> Files.notExists(folder.resolve("godwit." + name)))
                && (Files.notExists(log) || Files.size(log) == 0);
    }

    /// What it says of the files; null where there is no such file, or not the whole of it.
    private static @Nullable String modified(Path file) throws IOException {
        if (Files.notExists(file)) {
            return null;
        }
        var text = Files.readString(file);
        var properties = new Properties();
        properties.load(new StringReader(text));
        boolean whole = text.endsWith("\n") && properties.containsKey("version") && properties.containsKey("tx_timestamp");
        return whole ? properties.getProperty("modified") : null;
    }

    private static void rename(Path from, Path to) throws IOException {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        try (var folder = FileChannel.open(to.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }
}
