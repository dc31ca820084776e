package io.godwit.blockio;

import io.godwit.model.disk.ReadBack;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A raw file or a block device. A file is cleared by cutting it to nothing and back, so that all of it is one hole; a device reads as
/// whatever it held, so that its zeroes must be made.
///
/// Its threads must not be interrupted: Java closes the channel of an interrupted thread, for all.
public final class FileSink implements BlockSink {
    private static final int ZEROES = 1 << 20;
    private static final int SECTOR = 512;
    private static final long KEEP = -1; // the size that it has
    private static final Set<String> MEMORY = Set.of("tmpfs", "ramfs");
    private static final Set<String> WITH_LEASES = Set.of("ext2", "ext3", "ext4", "xfs", "btrfs", "tmpfs", "overlay");

    private final Path path;
    private final FileChannel channel;
    private final LinuxFile holes;
    private final @Nullable WriteBack writeBack; // null = nothing lies behind the page cache, or it is not ours to fill
    private final long size;
    private final boolean regular;
    private final ReadBack readBack;
    private final ReentrantLock inode = new ReentrantLock(); // the kernel lets one writer into a file at a time, and the others spin
    private final Set<DirectReader> open = ConcurrentHashMap.newKeySet();
    private volatile boolean cleared;
    private volatile boolean closed;

    private FileSink(Path path, FileChannel channel, LinuxFile holes, long size, boolean regular, ReadBack readBack) {
        this.path = path;
        this.channel = channel;
        this.holes = holes;
        this.size = size;
        this.regular = regular;
        this.readBack = readBack;
        writeBack = regular && hasDevice(path) ? new WriteBack(path) : null;
    }

    /// What is written to a file in memory has no way to go.
    private static boolean hasDevice(Path path) {
        try {
            return !MEMORY.contains(Files.getFileStore(path).type());
        } catch (IOException e) {
            return true;
        }
    }

    /// Binds what is needed of the C library, which takes a twentieth of a second, so that it can be done beside something else.
    public static void prepare() {
        LinuxFile.bind();
    }

    /// Opens what is there; makes nothing.
    ///
    /// @throws FaultException `TARGET_IN_USE` where somebody else writes to it, has it mounted, or is a VM that runs on it
    public static FileSink open(Path path) {
        return open(path, KEEP, () -> {
        }, false);
    }

    /// The same of what nobody else may have open, to read it neither: a server of the source may, or a loop device that is mounted.
    public static FileSink openUnused(Path path) {
        return open(path, KEEP, () -> {
        }, isOpenElsewhere(path));
    }

    /// The same, and makes a regular file of another size one hole of that size, but not before it is this copy's alone.
    ///
    /// @param before is done before the bytes of such a file are lost
    public static FileSink openUnused(Path path, long bytes, Runnable before) {
        return open(path, bytes, before, isOpenElsewhere(path));
    }

    /// Whether QEMU, a guest of it or another copy writes to that file.
    public static boolean isWritten(Path path) throws IOException {
        try (var file = LinuxFile.open(path, false)) {
            return file.isWrittenElsewhere();
        }
    }

    /// On network file systems a lease is refused for other reasons too.
    private static boolean isOpenElsewhere(Path path) {
        try {
            if (!Files.isRegularFile(path) || !WITH_LEASES.contains(Files.getFileStore(path).type())) {
                return false;
            }
            try (var file = LinuxFile.open(path, true)) {
                return file.isOpenElsewhere();
            }
        } catch (IOException e) {
            return false; // who opens it to write tells
        }
    }

    private static FileSink open(Path path, long bytes, Runnable before, boolean used) {
        try {
            var channel = FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE);
            try {
                boolean regular = Files.isRegularFile(path);
                var file = alone(path, regular);
                try {
                    if (used) {
                        throw inUse(path, "somebody has it open, or a loop device is made of it (`fuser -v` and `losetup -j` tell who)");
                    }
                    if (regular && bytes != KEEP && channel.size() != bytes) {
                        before.run();
                        empty(channel, bytes);
                    }
                    return new FileSink(path, channel, file, channel.size(), regular,
                            DirectReader.possible(path) ? ReadBack.DEVICE : ReadBack.PAGE_CACHE);
                } catch (IOException | RuntimeException e) {
                    file.close();
                    throw e;
                }
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (NoSuchFileException e) {
            throw new FaultException(BlockFault.TARGET_MISSING, "the target " + path + " could not be opened", "there is no such file");
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_WRITE_FAILED, "the target " + path + " could not be opened", e);
        }
    }

    private static LinuxFile alone(Path path, boolean regular) throws IOException {
        var file = LinuxFile.openToWrite(path, !regular);
        if (file == null) {
            throw inUse(path, "it is mounted, or part of what is");
        }
        if (!file.lockToWrite()) {
            file.close();
            throw inUse(path, "another copy writes to it, or QEMU has it open");
        }
        return file;
    }

    private static FaultException inUse(Path path, String why) {
        return new FaultException(BlockFault.TARGET_IN_USE, "the target " + path + " is not this copy's alone", why);
    }

    /// Whether a file there can be read and written past the page cache.
    public static boolean passesPageCache(Path path) {
        return DirectReader.possible(path);
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public long sizeNow() {
        try {
            return channel.size();
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_READ_FAILED, "the size of " + path + " could not be told", e);
        }
    }

    @Override
    public int alignment() {
        return regular ? 1 : SECTOR;
    }

    @Override
    public int longestRead() {
        return Integer.MAX_VALUE;
    }

    @Override
    public int connections() {
        return Integer.MAX_VALUE;
    }

    @Override
    public List<BlockStatus> status(long offset, long length) {
        var found = new ArrayList<BlockStatus>();
        long end = offset + length;
        try {
            for (long at = offset; at < end;) {
                long data = holes.nextData(at, end);
                if (data > at) {
                    found.add(BlockStatus.zero(at, data - at));
                }
                if (data < end) {
                    long hole = holes.nextHole(data, end);
                    found.add(BlockStatus.data(data, hole - data));
                    at = hole;
                } else {
                    at = end;
                }
            }
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_READ_FAILED, "the holes of " + path + " could not be found", e);
        }
        return found;
    }

    @Override
    public BlockReader reader() {
        var reader = DirectReader.open(path, readBack == ReadBack.DEVICE);
        open.add(reader);
        if (closed) {
            reader.close();
        }
        return reader;
    }

    @Override
    public ReadBack readBack() {
        return readBack;
    }

    @Override
    public BlockWriter writer(BlockWriter.Written written) {
        return new Writer(written);
    }

    @Override
    public void clear() {
        if (!regular) {
            return;
        }
        try {
            empty(channel, size);
            cleared = true;
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_WRITE_FAILED, path + " could not be cleared", e);
        }
    }

    private static void empty(FileChannel channel, long size) throws IOException {
        channel.truncate(0);
        if (size > 0) { // grows to its size by one byte, which stays the only allocated one
            channel.write(ByteBuffer.allocate(1), size - 1);
        }
    }

    @Override
    public boolean readsAsZero() {
        return cleared;
    }

    @Override
    public void settle() {
        // each write has its end when it returns
    }

    @Override
    public void flush() {
        try {
            channel.force(true);
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_FLUSH_FAILED, path + " could not be flushed to its device", e);
        }
    }

    private static FaultException failed(FaultCode code, String what, IOException cause) {
        return new FaultException(isFull(cause) ? BlockFault.TARGET_FULL : code, what, cause);
    }

    /// Whether an error says that a file system or a quota has no room; Java gives the text of the C library only.
    public static boolean isFull(IOException cause) {
        var text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        return text.contains("no space left") || text.contains("quota exceeded");
    }

    @Override
    public void close() {
        closed = true;
        open.forEach(DirectReader::close);
        if (writeBack != null) {
            writeBack.close();
        }
        try (channel; holes) {
            // both, whatever the first says
        } catch (IOException e) {
            throw failed(BlockFault.TARGET_FLUSH_FAILED, path + " could not be closed", e);
        }
    }

    /// Writes at once.
    private final class Writer implements BlockWriter {
        private final Written written;

        Writer(Written written) {
            this.written = written;
        }

        @Override
        public void write(long offset, ByteBuffer bytes, long tag) {
            writeFully(offset, bytes);
            written.written(tag);
        }

        private void writeFully(long offset, ByteBuffer bytes) {
            requireInside(offset, bytes.remaining());
            long at = offset;
            int length = bytes.remaining();
            if (regular) {
                inode.lock();
            }
            try {
                while (bytes.hasRemaining()) {
                    at += channel.write(bytes, at);
                }
            } catch (IOException e) {
                throw failed(BlockFault.TARGET_WRITE_FAILED,
                        bytes.remaining() + " bytes could not be written at offset " + at + " of " + path, e);
            } finally {
                if (regular) {
                    inode.unlock();
                }
            }
            if (writeBack != null) {
                writeBack.wrote(offset, length);
            }
        }

        private void requireInside(long offset, long length) {
            if (offset < 0 || offset > size - length) {
                throw new IllegalArgumentException("a write of " + length + " bytes at " + offset + " of " + size);
            }
        }

        @Override
        public void zero(long offset, long length, long tag) {
            requireInside(offset, length);
            try {
                if (!holes.punchHole(offset, length) && !holes.zeroRange(offset, length)) {
                    writeZeroes(offset, length);
                }
            } catch (IOException e) {
                throw failed(BlockFault.TARGET_WRITE_FAILED, length + " bytes could not be zeroed at offset " + offset + " of " + path, e);
            }
            written.written(tag);
        }

        private void writeZeroes(long offset, long length) {
            var zeroes = ByteBuffer.allocateDirect((int) Math.min(length, ZEROES));
            for (long at = offset; at < offset + length; at += zeroes.capacity()) {
                writeFully(at, zeroes.clear().limit((int) Math.min(zeroes.capacity(), offset + length - at)));
            }
        }

        @Override
        public void drain() {
            // nothing is in flight
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
