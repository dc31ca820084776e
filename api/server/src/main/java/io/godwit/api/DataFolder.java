package io.godwit.api;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The folder that holds the server's state: token, node id, database. Its files are of their owner alone.
public record DataFolder(Path path) {
    /// The folder that is meant by the setting and the environment, made where it is missing.
    static DataFolder open(@Nullable Path configured, Map<String, String> environment, String userHome, String userName) {
        var path = (configured != null ? configured : byDefault(environment, userHome, userName)).toAbsolutePath().normalize();
        try {
            if (!Files.isDirectory(path)) {
                Files.createDirectories(path, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
        } catch (IOException e) {
            throw new FaultException(ServerFault.DATA_FOLDER_UNUSABLE, "cannot make the data folder " + path, e);
        }
        if (!Files.isWritable(path)) {
            throw new FaultException(ServerFault.DATA_FOLDER_UNUSABLE, "cannot use the data folder " + path, "it is not writable");
        }
        return new DataFolder(path);
    }

    private static Path byDefault(Map<String, String> environment, String userHome, String userName) {
        var state = environment.getOrDefault("XDG_STATE_HOME", "");
        if (!state.isEmpty()) {
            return Path.of(state, "godwit");
        }
        return userName.equals("root") ? Path.of("/var/lib/godwit") : Path.of(userHome, ".local", "state", "godwit");
    }

    public Path file(String name) {
        return path.resolve(name);
    }

    /// The file's text without surrounding blanks; empty where there is none.
    public Optional<String> read(String name) {
        try {
            return Files.exists(file(name)) ? Optional.of(Files.readString(file(name)).strip()) : Optional.empty();
        } catch (IOException e) {
            throw new FaultException(ServerFault.DATA_FOLDER_UNUSABLE, "cannot read " + file(name), e);
        }
    }

    /// Replaces the file as a whole, readable by its owner only, and on the disk when this returns.
    public void write(String name, String text) {
        var draft = file(name + ".new");
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        try {
            Files.deleteIfExists(draft);
            try (var channel = FileChannel.open(draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
                var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.move(draft, file(name), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            try (var folder = FileChannel.open(path, StandardOpenOption.READ)) {
                folder.force(true);
            }
        } catch (IOException e) {
            throw new FaultException(ServerFault.DATA_FOLDER_UNUSABLE, "cannot write " + file(name), e);
        }
    }

    void remove(String name) {
        try {
            Files.deleteIfExists(file(name));
        } catch (IOException e) {
            throw new FaultException(ServerFault.DATA_FOLDER_UNUSABLE, "cannot remove " + file(name), e);
        }
    }
}
