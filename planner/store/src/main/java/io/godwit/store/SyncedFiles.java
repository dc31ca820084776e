package io.godwit.store;

import java.io.FileOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.concurrent.atomic.AtomicReference;
import org.hsqldb.lib.EventLogInterface;
import org.hsqldb.lib.FileAccess;
import org.hsqldb.lib.FileUtil;
import org.jspecify.annotations.Nullable;

/// The files of the embedded database, with every failed write and fsync remembered: HSQLDB 2.7.4 logs them as a warning
/// and reports the commit as done (`ScriptWriterBase.forceSync`, `TransactionManagerCommon.persistCommit`).
final class SyncedFiles implements FileAccess {
    private final FileAccess files = FileUtil.getFileUtil();
    private final AtomicReference<@Nullable IOException> failure = new AtomicReference<>();

    /// The first write or fsync that failed. From then on nothing may be called committed.
    @Nullable
    IOException failure() {
        return failure.get();
    }

    private IOException failed(IOException e) {
        failure.compareAndSet(null, e);
        return e;
    }

    @Override
    public InputStream openInputStreamElement(String name) throws IOException {
        return files.openInputStreamElement(name);
    }

    @Override
    public OutputStream openOutputStreamElement(String name) throws IOException {
        return open(name, false);
    }

    @Override
    public OutputStream openOutputStreamElementAppend(String name) throws IOException {
        return open(name, true);
    }

    private OutputStream open(String name, boolean append) throws IOException {
        try {
            var out = new Watched(new FileOutputStream(name, append));
            syncFolderOf(name); // a commit in a file that has no name after a power cut is lost
            return out;
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static void syncFolderOf(String name) throws IOException {
        try (var folder = FileChannel.open(Path.of(name).toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    @Override
    public FileSync getFileSync(OutputStream out) throws IOException {
        if (out instanceof Watched watched) {
            return watched::sync;
        }
        return files.getFileSync(out);
    }

    @Override
    public boolean isStreamElement(String name) {
        return files.isStreamElement(name);
    }

    @Override
    public void createParentDirs(String name) {
        files.createParentDirs(name);
    }

    @Override
    public boolean removeElement(String name) {
        return files.removeElement(name);
    }

    @Override
    public boolean renameElement(String from, String to) {
        return files.renameElement(from, to);
    }

    @Override
    public boolean renameElementOrCopy(String from, String to, EventLogInterface logger) {
        return files.renameElementOrCopy(from, to, logger);
    }

    private final class Watched extends FilterOutputStream {
        private final FileOutputStream file;

        Watched(FileOutputStream file) {
            super(file);
            this.file = file;
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            try {
                file.write(bytes, offset, length);
            } catch (IOException e) {
                throw failed(e);
            }
        }

        @Override
        public void write(int b) throws IOException {
            write(new byte[]{(byte) b}, 0, 1);
        }

        void sync() throws IOException {
            try {
                file.getFD().sync();
            } catch (IOException e) {
                throw failed(e);
            }
        }
    }
}
