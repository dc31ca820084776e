package io.godwit.cli.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The machine as this process finds it.
///
/// @param root where its files lie; `/` but for a look at another machine's files
/// @param user name of who asks
public record Machine(Path root, Map<String, String> environment, String user, Programs programs) {
    Path file(String path) {
        return root.resolve(path);
    }

    Optional<String> variable(String name) {
        return Optional.ofNullable(environment.get(name)).filter(each -> !each.isBlank());
    }

    /// First words of a file of the machine; empty where it cannot be read.
    Optional<String> text(String path) {
        try {
            return Optional.of(Files.readString(file(path)).strip());
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// In order; none where there is no such folder.
    List<Path> list(String folder, String pattern) {
        return list(file(folder), pattern);
    }

    static List<Path> list(Path folder, String pattern) {
        var found = new ArrayList<Path>();
        try (var entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            return List.of();
        }
        found.sort(null);
        return found;
    }

    static long userId() throws IOException {
        return ((Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid")).longValue();
    }

    /// `root:kvm rw-rw----`, and who asks.
    String rights(Path file) throws IOException {
        var attributes = Files.readAttributes(file, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        return "it is of " + attributes.owner().getName() + ":" + attributes.group().getName() + " with the rights "
                + PosixFilePermissions.toString(attributes.permissions()) + ", and this is user " + user;
    }

    /// The folder itself, or the nearest above it that there is.
    static Path existing(Path folder) {
        var existing = folder.toAbsolutePath();
        while (existing.getParent() != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        return existing;
    }
}
