package io.godwit.blockio;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A file or block device by a descriptor of its own, for what Java has no words for: where its holes are, how to make them, when the kernel
/// writes to the device, and how to keep other writers out. Calls the C library (fallocate(2), lseek(2), fcntl(2), sync_file_range(2),
/// posix_fadvise(3)); Linux only. Thread-safe.
@SuppressWarnings("restricted") // the signatures are those of glibc and musl
final class LinuxFile implements AutoCloseable {
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_EXCL = 0x80;
    private static final int O_CLOEXEC = 0x80000;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int KEEP_SIZE = 1;
    private static final int PUNCH_HOLE = 2;
    private static final int ZERO_RANGE = 16;
    private static final int SYNC_WAIT_BEFORE = 1;
    private static final int SYNC_WRITE = 2;
    private static final int SYNC_WAIT_AFTER = 4;
    private static final int FADV_DONTNEED = 4;
    private static final int F_SETSIG = 10;
    private static final int F_SETLEASE = 1024;
    private static final int SIGURG = 23; // which nobody minds: the default signal of a lease ends the process
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final long LOCK_BYTES = 32; // struct flock: type, whence, start at 8, length at 16, pid at 24
    /// QEMU's (block/file-posix.c): a byte locked for each thing that one does, and one for each that nobody else may do.
    private static final long DOES = 100;
    private static final long FORBIDS = 200;
    private static final int[] WRITING = {1, 3}; // to write, and to change the size

    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int EACCES = 13;
    private static final int EBUSY = 16;
    private static final int ENXIO = 6;
    private static final int ENODEV = 19;
    private static final int EINVAL = 22;
    private static final int ESPIPE = 29;
    private static final int ENOSYS = 38;
    private static final int EOPNOTSUPP = 95;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final StructLayout STATE = Linker.Option.captureStateLayout();
    private static final long ERRNO = STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
    /// Any function of up to four integers and addresses, fixed or variadic: on Linux all of them are passed in registers of 64 bits, and a function
    /// does not look at those that it has no use for. One handle for all, since binding one for each of their signatures took a tenth of
    /// a short copy.
    private static final MethodHandle CALL = LINKER.downcallHandle(
            FunctionDescriptor.of(ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG,
                    ValueLayout.JAVA_LONG),
            Linker.Option.captureCallState("errno"), Linker.Option.firstVariadicArg(2));
    private static final MemorySegment OPEN = find("open");
    private static final MemorySegment CLOSE = find("close");
    private static final MemorySegment FALLOCATE = find("fallocate");
    private static final MemorySegment LSEEK = find("lseek");
    private static final MemorySegment SYNC_FILE_RANGE = find("sync_file_range");
    private static final MemorySegment POSIX_FADVISE = find("posix_fadvise");
    private static final MemorySegment FCNTL = find("fcntl");
    private static final MemorySegment STRERROR = find("strerror");
    private static final long LONGEST_ERROR = 256;

    private final Path path;
    private final int descriptor;
    private boolean closed; // guarded by this

    private LinuxFile(Path path, int descriptor) {
        this.path = path;
        this.descriptor = descriptor;
    }

    /// Binds what every file needs.
    static void bind() {
        try (var arena = Arena.ofConfined()) {
            call(arena.allocate(STATE), CLOSE, -1, 0, 0, 0);
        }
    }

    /// Beside who has it as his own.
    static LinuxFile open(Path path, boolean writable) throws IOException {
        return Objects.requireNonNull(open(path, writable ? O_RDWR : O_RDONLY));
    }

    /// @param alone of a block device: no file system on it may be mounted, nor anybody else have it as his own; `null` where one has
    static @Nullable LinuxFile openToWrite(Path path, boolean alone) throws IOException {
        return open(path, O_RDWR | (alone ? O_EXCL : 0));
    }

    private static @Nullable LinuxFile open(Path path, int flags) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            while (true) {
                int descriptor = (int) call(state, OPEN, arena.allocateFrom(path.toString()).address(), flags | O_CLOEXEC, 0, 0);
                if (descriptor >= 0) {
                    return new LinuxFile(path, descriptor);
                }
                if (errno(state) == EBUSY && (flags & O_EXCL) != 0) {
                    return null;
                }
                if (errno(state) != EINTR) {
                    throw failed("open", path, errno(state));
                }
            }
        }
    }

    /// Keeps other writers out until this is closed or the process dies: those that ask here too, and QEMU, by the bytes that QEMU locks for that.
    ///
    /// @return false where there is one; true too where the file system knows no locks
    synchronized boolean lockToWrite() throws IOException {
        requireOpen();
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            var lock = arena.allocate(LOCK_BYTES, Long.BYTES);
            for (int what : WRITING) {
                for (long from : new long[]{DOES, FORBIDS}) {
                    if (!fcntl(state, F_OFD_SETLK, lock, F_RDLCK, from + what)) {
                        return errno(state) != EAGAIN && errno(state) != EACCES;
                    }
                }
            }
            for (int what : WRITING) { // whoever comes second sees the first one's
                for (long from : new long[]{DOES, FORBIDS}) {
                    if (fcntl(state, F_OFD_GETLK, lock, F_WRLCK, from + what) && lock.get(ValueLayout.JAVA_SHORT, 0) != F_UNLCK) {
                        return false;
                    }
                }
            }
            return true;
        }
    }

    private boolean fcntl(MemorySegment state, int command, MemorySegment lock, short type, long at) {
        lock.fill((byte) 0).set(ValueLayout.JAVA_SHORT, 0, type);
        lock.set(ValueLayout.JAVA_LONG, 8, at);
        lock.set(ValueLayout.JAVA_LONG, 16, 1);
        return (int) call(state, FCNTL, descriptor, command, lock.address(), 0) == 0;
    }

    /// Whether QEMU, or who asks as it does, has it open to write.
    synchronized boolean isWrittenElsewhere() throws IOException {
        requireOpen();
        try (var arena = Arena.ofConfined()) {
            var lock = arena.allocate(LOCK_BYTES, Long.BYTES);
            return fcntl(arena.allocate(STATE), F_OFD_GETLK, lock, F_WRLCK, DOES + WRITING[0])
                    && lock.get(ValueLayout.JAVA_SHORT, 0) != F_UNLCK;
        }
    }

    /// Whether anybody has a regular file open beside this descriptor, this process and the kernel's loop devices too: only who is alone gets a
    /// lease to write (fcntl(2), F_SETLEASE). False where that cannot be told: of another user's file, of file systems that know no leases, and of who only
    /// reads it where the kernel does not count readers (without CONFIG_IMA).
    synchronized boolean isOpenElsewhere() throws IOException {
        requireOpen();
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            call(state, FCNTL, descriptor, F_SETSIG, SIGURG, 0);
            if ((int) call(state, FCNTL, descriptor, F_SETLEASE, F_WRLCK, 0) < 0) {
                return errno(state) == EAGAIN;
            }
            call(state, FCNTL, descriptor, F_SETLEASE, F_UNLCK, 0);
            return false;
        }
    }

    /// Frees a range, which reads as zero from then on.
    ///
    /// @return false where the file system or the device cannot
    synchronized boolean punchHole(long offset, long length) throws IOException {
        return allocate(PUNCH_HOLE | KEEP_SIZE, offset, length);
    }

    /// Makes a range read as zero without writing zeroes through the page cache.
    ///
    /// @return false where the file system or the device cannot
    synchronized boolean zeroRange(long offset, long length) throws IOException {
        return allocate(ZERO_RANGE | KEEP_SIZE, offset, length);
    }

    private boolean allocate(int mode, long offset, long length) throws IOException {
        requireOpen();
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            while ((int) call(state, FALLOCATE, descriptor, mode, offset, length) < 0) {
                switch (errno(state)) {
                    case EINTR -> {
                        // once more
                    }
                    case EOPNOTSUPP, ENODEV, EINVAL -> {
                        return false;
                    }
                    default -> throw failed("fallocate", path, errno(state));
                }
            }
            return true;
        }
    }

    /// Has the kernel begin to write a range to the device, without waiting for that. A hint: what cannot be begun is left to the flush.
    /// Not to be called while another thread closes this.
    void beginWriteBack(long offset, long length) throws IOException {
        syncRange(offset, length, SYNC_WRITE);
    }

    /// Waits until the device has taken a range, which is not on it for certain before a flush, and lets go of its pages. Not to be called while
    /// another thread closes this.
    ///
    /// @throws IOException where the device refused it. The next flush by another descriptor says so too
    void endWriteBack(long offset, long length) throws IOException {
        syncRange(offset, length, SYNC_WAIT_BEFORE | SYNC_WRITE | SYNC_WAIT_AFTER);
        try (var arena = Arena.ofConfined()) {
            call(arena.allocate(STATE), POSIX_FADVISE, descriptor, offset, length, FADV_DONTNEED);
        }
    }

    private void syncRange(long offset, long length, int flags) throws IOException {
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            while ((int) call(state, SYNC_FILE_RANGE, descriptor, offset, length, flags) < 0) {
                switch (errno(state)) {
                    case EINTR -> {
                        // once more
                    }
                    case ESPIPE, EINVAL, ENOSYS, EOPNOTSUPP -> {
                        return;
                    }
                    default -> throw failed("sync_file_range", path, errno(state));
                }
            }
        }
    }

    /// Where the next data begins, at that offset or behind it; `limit` where there is none before it. All is data where nobody knows.
    synchronized long nextData(long offset, long limit) throws IOException {
        long found = seek(SEEK_DATA, offset, limit);
        return found == UNKNOWN ? offset : Math.min(found, limit);
    }

    /// Where the next hole begins, at that offset or behind it; `limit` where there is none before it.
    synchronized long nextHole(long offset, long limit) throws IOException {
        long found = seek(SEEK_HOLE, offset, limit);
        return found == UNKNOWN ? limit : Math.min(found, limit);
    }

    private static final long UNKNOWN = -1;

    private long seek(int whence, long offset, long limit) throws IOException {
        requireOpen();
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            long found = call(state, LSEEK, descriptor, offset, whence, 0);
            if (found >= 0) {
                return found;
            }
            return switch (errno(state)) {
                case ENXIO -> limit; // nothing more behind it
                case EINVAL, EOPNOTSUPP -> UNKNOWN; // a block device
                default -> throw failed("lseek", path, errno(state));
            };
        }
    }

    private void requireOpen() throws IOException {
        if (closed) {
            throw new IOException(path + " was closed");
        }
    }

    private static int errno(MemorySegment state) {
        return state.get(ValueLayout.JAVA_INT, ERRNO);
    }

    private static IOException failed(String function, Path path, int errno) {
        try (var arena = Arena.ofConfined()) {
            long text = call(arena.allocate(STATE), STRERROR, errno, 0, 0, 0);
            return new IOException(function + " of " + path + ": " + MemorySegment.ofAddress(text).reinterpret(LONGEST_ERROR).getString(0));
        }
    }

    /// @param state gets the error's number
    /// @return what the function returns; where that is an `int`, the upper half is of no meaning
    private static long call(MemorySegment state, MemorySegment function, long first, long second, long third, long fourth) {
        try {
            return (long) CALL.invokeExact(function, state, first, second, third, fourth);
        } catch (Throwable e) {
            throw new AssertionError("a function of the C library threw", e);
        }
    }

    private static MemorySegment find(String function) {
        return LINKER.defaultLookup().findOrThrow(function);
    }

    @Override
    public synchronized void close() throws IOException {
        if (closed) {
            return;
        }
        closed = true;
        try (var arena = Arena.ofConfined()) {
            var state = arena.allocate(STATE);
            if ((int) call(state, CLOSE, descriptor, 0, 0, 0) < 0 && errno(state) != EINTR) {
                throw failed("close", path, errno(state));
            }
        }
    }
}
