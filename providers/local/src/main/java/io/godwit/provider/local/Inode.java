package io.godwit.provider.local;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.concurrent.TimeUnit;

/// What tells a file from another one that took its name, whatever is written into it. The time of birth is needed too, since a file
/// system gives an inode's number to the next file at once.
///
/// @param bornNanos 0 where the file system does not tell
record Inode(long number, long bornNanos) {
    static Inode of(Path file, boolean knowsBirth) throws IOException {
        if (!(Files.getAttribute(file, "unix:ino", LinkOption.NOFOLLOW_LINKS) instanceof Long number)) {
            throw new IOException("no inode is known of " + file);
        }
        var born = Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS).creationTime();
        return new Inode(number, knowsBirth ? born.to(TimeUnit.NANOSECONDS) : 0);
    }
}
