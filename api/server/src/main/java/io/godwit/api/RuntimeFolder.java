package io.godwit.api;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The short folder for unix sockets (their paths stay below 107 bytes), ours alone.
final class RuntimeFolder {
    /// The folder that is meant by the setting and the environment, made where it is missing.
    static Path open(@Nullable Path configured, Map<String, String> environment, String userName) {
        var path = (configured != null ? configured : byDefault(environment, userName)).toAbsolutePath().normalize();
        try {
            if (Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
                Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            requireOurs(path);
            return path;
        } catch (IOException e) {
            throw new FaultException(ServerFault.RUNTIME_FOLDER_UNSAFE, "cannot use the runtime folder " + path, e);
        }
    }

    /// Anybody may make a folder in /tmp before us.
    private static void requireOurs(Path path) throws IOException {
        var attributes = Files.readAttributes(path, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
        var me = Files.getOwner(Path.of("/proc/self"));
        if (!attributes.isDirectory() || !attributes.owner().equals(me)) {
            throw new FaultException(ServerFault.RUNTIME_FOLDER_UNSAFE, "refused the runtime folder " + path,
                    "it is no folder of " + me.getName());
        }
        if (attributes.permissions().stream().anyMatch(one -> !one.name().startsWith("OWNER_"))) {
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private static Path byDefault(Map<String, String> environment, String userName) {
        if (userName.equals("root")) {
            return Path.of("/run/godwit");
        }
        var session = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        return session.isEmpty() ? Path.of("/tmp", "godwit-" + userName) : Path.of(session, "godwit");
    }

    private RuntimeFolder() {}
}
