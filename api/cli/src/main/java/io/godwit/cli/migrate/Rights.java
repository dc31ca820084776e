package io.godwit.cli.migrate;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;

/// Whose a file is and what others may do with it, told to who was kept from it: run once with sudo, and it is root's.
final class Rights {
    private Rights() {}

    /// Of the path, or of what there is of it.
    ///
    /// @param e that was met there
    static String of(Path path, IOException e) {
        return switch (e) {
            case AccessDeniedException _ -> of(path);
            case FileSystemException told when told.getReason() != null -> told.getReason() + ": " + of(path);
            default -> e + ": " + of(path);
        };
    }

    private static String of(Path path) {
        for (var each = path.toAbsolutePath(); each != null; each = each.getParent()) {
            if (Files.exists(each, LinkOption.NOFOLLOW_LINKS)) {
                return each + " belongs to " + owner(each) + ", and you are " + me();
            }
        }
        return "nothing of " + path + " can be seen, and you are " + me();
    }

    static String me() {
        return System.getProperty("user.name", "?");
    }

    private static String owner(Path path) {
        try {
            var attributes = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
            return attributes.owner().getName() + " (" + (attributes.isDirectory() ? "d" : "-")
                    + PosixFilePermissions.toString(attributes.permissions()) + ")";
        } catch (IOException e) {
            return "somebody who lets nobody look";
        }
    }
}
