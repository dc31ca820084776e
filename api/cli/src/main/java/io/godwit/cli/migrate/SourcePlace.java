package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Problem;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/// Where the VMs come from, always spelled in the same way: the server stands in another folder, a link may lead elsewhere tomorrow, and
/// `file:///x.ova` is `/x.ova`.
///
/// @param location a URL, or an absolute path
/// @param there whether something is at that path; what is behind a URL only the server can tell
public record SourcePlace(String location, boolean there) {
    /// What a person typed.
    public static SourcePlace of(String typed) {
        boolean file = typed.startsWith("file:");
        if (typed.contains("://") && !file) {
            return new SourcePlace(typed, true);
        }
        var path = file ? ofUrl(typed) : Path.of(typed);
        try {
            return new SourcePlace(path.toRealPath().toString(), true);
        } catch (NoSuchFileException e) {
            return new SourcePlace(whereItWas(path.toAbsolutePath().normalize()).toString(), false);
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.REFUSED, Problem.of("", "Cannot look at the source " + typed + ".", Rights.of(path, e),
                    "Name an OVA, an OVF, or a folder of them, that you may read."), e);
        }
    }

    private static Path ofUrl(String typed) {
        try {
            return Path.of(URI.create(typed));
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(ExitStatus.USAGE, Problem.of("", typed + " is no address of a file.", String.valueOf(e.getMessage()),
                    "Write it as a path, or as file:///PATH with %20 for a space."), e);
        }
    }

    /// The links before the name are still there.
    private static Path whereItWas(Path path) {
        var folder = path.getParent();
        try {
            return folder == null || path.getFileName() == null || !Files.isDirectory(folder)
                    ? path
                    : folder.toRealPath().resolve(path.getFileName());
        } catch (IOException e) {
            return path;
        }
    }

    /// Said of a path where nothing is.
    public CommandFailure missing() {
        return new CommandFailure(ExitStatus.REFUSED, Problem.of("", "There is no source " + location + ".", "no such file or folder",
                "Name an OVA, an OVF, or a folder of them, that you may read."));
    }

    /// Its last part.
    String name() {
        return location.substring(location.lastIndexOf('/') + 1);
    }
}
