package io.godwit.model.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/// What tells a file from another one that took its name: compared before its bytes are used again.
///
/// @param sizeBytes length of the file
/// @param modifiedNanos time of the last modification, nanoseconds since 1970
/// @param fileKey device and inode, as the file system gives them
public record FileIdentity(long sizeBytes, long modifiedNanos, String fileKey) {
    /// Of what that path is now, links followed: here, so that who stores it and who compares it read it the same way.
    public static FileIdentity read(Path path) throws IOException {
        var attributes = Files.readAttributes(path, BasicFileAttributes.class);
        return new FileIdentity(attributes.size(), attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                String.valueOf(attributes.fileKey()));
    }
}
