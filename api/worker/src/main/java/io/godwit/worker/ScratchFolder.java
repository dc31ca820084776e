package io.godwit.worker;

import io.godwit.protocol.FileTree;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/// What one copy keeps in the folder of temporary files, removed at its end. A copy that was killed leaves it: the end of the next one removes
/// what nobody uses any more. Who uses one has the lock of a file in it, which the kernel drops when that process dies.
final class ScratchFolder implements AutoCloseable {
    private static final String PREFIX = "godwit-copy-";
    private static final String LOCK = "used";

    private final Path temporary;
    private final Path path;
    private final FileChannel lock;

    private ScratchFolder(Path temporary, Path path, FileChannel lock) {
        this.temporary = temporary;
        this.path = path;
        this.lock = lock;
    }

    static ScratchFolder make() throws IOException {
        var temporary = Path.of(System.getProperty("java.io.tmpdir"));
        var path = Files.createTempDirectory(temporary, PREFIX);
        var unlocked = path.resolve("new");
        var lock = FileChannel.open(unlocked, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try {
            var _ = take(lock);
        } catch (IOException e) {
            // a file system without locks: no other copy can take them either, and so removes nothing
        }
        Files.move(unlocked, path.resolve(LOCK)); // a folder without this file is not removed: it may be being made
        return new ScratchFolder(temporary, path, lock);
    }

    Path path() {
        return path;
    }

    /// Removes it while it may still be in use.
    void remove() throws IOException {
        FileTree.delete(path);
    }

    @Override
    public void close() throws IOException {
        remove();
        lock.close();
        sweep(temporary);
    }

    /// What cannot be removed stays for the next one: this copy is not about it.
    private static void sweep(Path temporary) {
        try (var folders = Files.newDirectoryStream(temporary, PREFIX + "*")) {
            var me = Files.getOwner(Path.of("/proc/self"));
            for (var each : folders) {
                if (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS) && Files.getOwner(each, LinkOption.NOFOLLOW_LINKS).equals(me)) {
                    removeUnused(each);
                }
            }
        } catch (DirectoryIteratorException | IOException e) {
            log(temporary, e);
        }
    }

    private static void removeUnused(Path folder) {
        try (var lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE)) {
            if (take(lock)) {
                FileTree.delete(folder);
            }
        } catch (NoSuchFileException e) {
            // it is being made, or was just removed
        } catch (IOException e) {
            log(folder, e);
        }
    }

    /// False where somebody has it.
    private static boolean take(FileChannel lock) throws IOException {
        try {
            return lock.tryLock() != null;
        } catch (OverlappingFileLockException e) { // a copy in this very process
            return false;
        }
    }

    private static void log(Path left, Exception failure) {
        System.getLogger(ScratchFolder.class.getName()).log(System.Logger.Level.DEBUG, "what a killed copy left in " + left + " stays",
                failure);
    }
}
