package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;

/// Where disks and definitions go. It is made when all else is known to be right, and only the last folder of its path: a slip of the pen
/// makes no tree.
public final class PoolFolder {
    private final Path path;

    private PoolFolder(Path path) {
        this.path = path;
    }

    /// What a person typed, with its links resolved; refuses what can never be one.
    public static PoolFolder of(Path typed) {
        try {
            if (Files.exists(typed)) {
                var real = typed.toRealPath();
                if (!Files.isDirectory(real)) {
                    throw refused(typed, "it is no folder", "Name a folder that you may write.");
                }
                return new PoolFolder(real);
            }
            var absolute = typed.toAbsolutePath().normalize();
            var above = absolute.getParent();
            if (above == null || absolute.getFileName() == null || !Files.isDirectory(above)) {
                throw refused(typed, "there is no folder " + above + " that you may look into", "Make that folder first, mkdir -p '" + above
                        + "', or name another: only the last folder of the path is made.");
            }
            return new PoolFolder(above.toRealPath().resolve(absolute.getFileName()));
        } catch (IOException e) {
            throw refused(typed, Rights.of(typed, e), "Name a folder that you may write.");
        }
    }

    String location() {
        return path.toString();
    }

    boolean isThere() {
        return Files.isDirectory(path);
    }

    /// Makes it where it is missing, and says so.
    void make(Consumer<String> note) {
        try {
            Files.createDirectory(path);
            note.accept("Made the folder " + path + ".");
        } catch (FileAlreadyExistsException e) {
            if (!isThere()) {
                throw refused(path, "it is no folder", "Name a folder that you may write.");
            }
        } catch (IOException e) {
            throw refused(path, Rights.of(path, e), "Name a folder that you may write.");
        }
    }

    private static CommandFailure refused(Path pool, String why, String remedy) {
        return new CommandFailure(ExitStatus.REFUSED, Problem.of("", "There can be no pool " + pool + ".", why, remedy));
    }
}
