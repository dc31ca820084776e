package io.godwit.store;

import static io.godwit.store.StoreFault.STORE_FOLDER_IN_USE;
import static io.godwit.store.StoreFault.STORE_FOLDER_UNUSABLE;
import static java.nio.file.StandardOpenOption.CREATE;
import static java.nio.file.StandardOpenOption.WRITE;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The kernel's lock that keeps a second Godwit out of a data folder; it dies with its process.
/// On a file of its own, since Java drops a lock when any channel of the locked file closes.
public final class DataFolderLock implements AutoCloseable {
    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rwx------");

    private final FileChannel channel;

    private DataFolderLock(FileChannel channel) {
        this.channel = channel;
    }

    /// Makes the folder where it is missing, closes it to all but its owner, and locks it.
    public static DataFolderLock take(Path folder) {
        var file = folder.resolve(".lock");
        @Nullable
        FileChannel channel = null;
        try {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Files.setPosixFilePermissions(folder, OWNER_ONLY); // secrets are kept in it
            channel = FileChannel.open(file, CREATE, WRITE);
            if (channel.tryLock() == null) {
                channel.close();
                throw inUse(folder, "another process holds the lock " + file);
            }
            return new DataFolderLock(channel);
        } catch (OverlappingFileLockException e) {
            closeQuietly(channel);
            throw inUse(folder, "this process holds the lock " + file + " already");
        } catch (IOException e) {
            closeQuietly(channel);
            throw new FaultException(STORE_FOLDER_UNUSABLE, "data folder " + folder + " cannot be locked", e);
        }
    }

    private static FaultException inUse(Path folder, String why) {
        return new FaultException(STORE_FOLDER_IN_USE, "data folder " + folder + " is in use", why);
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        if (channel != null) {
            try {
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        closeQuietly(channel);
    }
}
