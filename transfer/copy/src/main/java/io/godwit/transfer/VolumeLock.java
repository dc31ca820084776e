package io.godwit.transfer;

import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// Keeps a second writer off a volume, by a lock that the kernel drops when this process dies. The lock's file is opened for nothing else,
/// since Java drops a lock when any channel of its file is closed.
final class VolumeLock implements AutoCloseable {
    private final FileChannel channel;

    private VolumeLock(FileChannel channel) {
        this.channel = channel;
    }

    static VolumeLock take(Path file) {
        try {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            if (isTaken(channel)) {
                return new VolumeLock(channel);
            }
            channel.close();
        } catch (IOException e) {
            throw new FaultException(CopyFault.COPY_TARGET_BUSY, "the lock " + file + " could not be taken", e);
        }
        throw new FaultException(CopyFault.COPY_TARGET_BUSY, "the lock " + file + " could not be taken", "another writer holds it");
    }

    private static boolean isTaken(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) { // a writer in this very process
            return false;
        }
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            // the kernel drops the lock with the descriptor in any case
        }
    }
}
