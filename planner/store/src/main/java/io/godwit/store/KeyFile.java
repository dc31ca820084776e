package io.godwit.store;

import static io.godwit.store.StoreFault.STORE_KEY_UNUSABLE;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/// The file with the key that secrets in the database are sealed by: 32 bytes in Base64, of its owner alone.
record KeyFile(Path path) {
    private static final int KEY_BYTES = 32;
    private static final Set<PosixFilePermission> OWNERS = PosixFilePermissions.fromString("rwx------");

    /// The key; empty where there is no file.
    Optional<byte[]> read() {
        try {
            if (!Files.exists(path)) {
                return Optional.empty();
            }
            var others = Files.getPosixFilePermissions(path);
            others.removeAll(OWNERS);
            if (!others.isEmpty()) {
                throw unusable("others may do this with it: " + others);
            }
            var key = Base64.getDecoder().decode(Files.readString(path).strip());
            if (key.length != KEY_BYTES) {
                throw unusable("it holds " + key.length + " bytes, not " + KEY_BYTES);
            }
            return Optional.of(key);
        } catch (IllegalArgumentException e) {
            throw unusable("it is no Base64");
        } catch (IOException e) {
            throw new FaultException(STORE_KEY_UNUSABLE, "the key file " + path + " cannot be read", e);
        }
    }

    /// Makes a key, and has it on the disk when this returns; another server may have been faster.
    byte[] create() {
        var key = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(key);
        var mode = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var draft = path.resolveSibling(path.getFileName() + ".new");
        try {
            Files.deleteIfExists(draft);
            try (var channel = FileChannel.open(draft, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode)) {
                var bytes = ByteBuffer.wrap((Base64.getEncoder().encodeToString(key) + "\n").getBytes(StandardCharsets.US_ASCII));
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                channel.force(true);
            }
            Files.createLink(path, draft); // whole or not at all, and never over another one
            Files.delete(draft);
            try (var folder = FileChannel.open(path.toAbsolutePath().resolveSibling("."), StandardOpenOption.READ)) {
                folder.force(true);
            }
            return key;
        } catch (FileAlreadyExistsException e) {
            return read().orElseThrow(() -> unusable("it comes and goes"));
        } catch (IOException e) {
            throw new FaultException(STORE_KEY_UNUSABLE, "the key file " + path + " cannot be made", e);
        }
    }

    private FaultException unusable(String why) {
        return new FaultException(STORE_KEY_UNUSABLE, "the key file " + path + " cannot be used", why);
    }
}
