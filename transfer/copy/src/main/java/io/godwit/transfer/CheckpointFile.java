package io.godwit.transfer;

import io.godwit.blockio.FileSink;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/// How a checkpoint lies in its file: a page that says whose it is, one bit for each block that was saved, the digests that were read from
/// the source, those that were read back, and one bit for each block that was made zero. The bits are whole pages.
final class CheckpointFile implements AutoCloseable {
    private static final long MAGIC = 0x474f445749543031L; // GODWIT01
    private static final int PAGE = 4096;
    private static final int JOB_AT = 8;
    private static final int ZERO_AT = JOB_AT + CheckpointBinding.BYTES;
    private static final int COMPLETE_AT = ZERO_AT + 1;
    private static final int TARGET_AT = COMPLETE_AT + 1;
    private static final int DETAILS_AT = TARGET_AT + CheckpointBinding.BYTES;

    private final Path path;
    private final FileChannel channel;
    private final BlockLayout layout;
    private final byte[] header;
    private final DigestTable sourceDigests;
    private final DigestTable targetDigests;

    private CheckpointFile(Path path, FileChannel channel, BlockLayout layout, byte[] header) {
        this.path = path;
        this.channel = channel;
        this.layout = layout;
        this.header = header;
        long digests = PAGE + Math.ceilDiv((layout.blocks() + 7L) / 8, PAGE) * PAGE;
        long each = (long) layout.blocks() * layout.method().bytes();
        this.sourceDigests = new DigestTable(this, digests, layout);
        this.targetDigests = new DigestTable(this, digests + each, layout);
    }

    /// What is there, of whatever job; `null` where there is nothing, or what this class did not write.
    static @Nullable CheckpointFile find(Path path, BlockLayout layout) throws IOException {
        if (!Files.exists(path)) {
            return null;
        }
        var file = open(path, layout, StandardOpenOption.READ, StandardOpenOption.WRITE);
        if (ByteBuffer.wrap(file.header).getLong(0) == MAGIC) {
            return file;
        }
        file.close();
        return null;
    }

    /// The file there, of whatever job, or a new one that is of none. Other copies are kept off it until it is closed, by a lock that the kernel drops
    /// when this process dies. Java drops it when any channel of the file is closed, so the file must not be opened again meanwhile. A file system
    /// that has no locks does without.
    ///
    /// @throws FaultException `COPY_CHECKPOINT_BUSY`
    static CheckpointFile openAlone(Path path, BlockLayout layout) throws IOException {
        var file = open(path, layout, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
        try {
            requireAlone(path, file.channel);
            return file;
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static CheckpointFile open(Path path, BlockLayout layout, OpenOption... how) throws IOException {
        var channel = FileChannel.open(path, how);
        var page = ByteBuffer.allocate(PAGE);
        try {
            readFully(channel, page, 0);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
        return new CheckpointFile(path, channel, layout, page.array());
    }

    /// Makes it one of no job, with nothing in it.
    ///
    /// @param lasting whether that must be so after a power cut
    void empty(boolean lasting) throws IOException {
        empty(path, channel, lasting);
        Arrays.fill(header, (byte) 0);
    }

    /// The same of a file that is not open.
    ///
    /// @throws FaultException `COPY_CHECKPOINT_BUSY` where another process has it open
    static void empty(Path path) throws IOException {
        if (Files.exists(path)) {
            try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
                requireAlone(path, channel);
                empty(path, channel, true);
            }
        }
    }

    private static void empty(Path path, FileChannel channel, boolean lasting) throws IOException {
        writeFully(channel, ByteBuffer.allocate(PAGE).putLong(MAGIC).clear(), 0); // first: what it was must not be believed with a part of it gone
        if (lasting) {
            channel.force(true);
        }
        channel.truncate(PAGE);
        if (lasting) {
            channel.force(true);
            syncFolder(path);
        }
    }

    /// Makes an empty one the checkpoint of that job. A crash on the way leaves it one of no job: its first sector says which.
    ///
    /// @param targetIsZero whether what is not written to the target reads as zero
    /// @param lasting whether it must be there after a power cut
    void bind(CheckpointBinding binding, boolean targetIsZero, boolean lasting) throws IOException {
        ByteBuffer.wrap(header).putLong(MAGIC).put(binding.job()).put((byte) (targetIsZero ? 1 : 0)).put((byte) 0).put(binding.target())
                .put(binding.details());
        write(ByteBuffer.wrap(header), 0);
        if (lasting) {
            channel.force(true);
        }
    }

    /// Whether that file was written by this class.
    static boolean isOne(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            var start = ByteBuffer.allocate(Long.BYTES);
            return readFully(channel, start, 0) == Long.BYTES && start.getLong(0) == MAGIC;
        }
    }

    /// Takes the file away, and not only until the next power cut where it is to be lasting.
    static void remove(Path path, boolean lasting) throws IOException {
        if (Files.deleteIfExists(path) && lasting) {
            syncFolder(path);
        }
    }

    private static void syncFolder(Path path) throws IOException {
        try (var folder = FileChannel.open(path.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
    }

    Path path() {
        return path;
    }

    /// Whether there is a job that it is of.
    boolean isBound() {
        return ByteBuffer.wrap(header).getLong(0) == MAGIC && !Arrays.equals(header, JOB_AT, ZERO_AT, new byte[PAGE], JOB_AT, ZERO_AT);
    }

    boolean isOfJob(CheckpointBinding binding) {
        return holds(binding.job(), JOB_AT);
    }

    /// Whether it is of another pass over the same target, in the same blocks.
    boolean isOfTarget(CheckpointBinding binding) {
        return holds(binding.target(), TARGET_AT);
    }

    private boolean holds(byte[] number, int at) {
        return Arrays.equals(header, at, at + number.length, number, 0, number.length);
    }

    /// What it and a job differ in, in words.
    String differenceTo(CheckpointBinding binding) {
        return binding.differenceTo(Arrays.copyOfRange(header, DETAILS_AT, DETAILS_AT + binding.details().length));
    }

    boolean targetWasZero() {
        return header[ZERO_AT] != 0;
    }

    /// Whether the whole target is as the digests say.
    boolean isComplete() {
        return header[COMPLETE_AT] != 0;
    }

    void complete() throws IOException {
        write(ByteBuffer.wrap(new byte[]{1}), COMPLETE_AT);
    }

    DigestTable sourceDigests() {
        return sourceDigests;
    }

    DigestTable targetDigests() {
        return targetDigests;
    }

    BitSet saved() throws IOException {
        return readBits(PAGE);
    }

    BitSet zeroed() throws IOException {
        return readBits(zeroedAt());
    }

    /// Behind all digests, and nothing at all where nothing was made zero.
    private long zeroedAt() {
        return targetDigests.end();
    }

    private BitSet readBits(long at) throws IOException {
        var bits = ByteBuffer.allocate((int) Math.max(0, Math.min((layout.blocks() + 7L) / 8, channel.size() - at)));
        read(bits, at);
        return BitSet.valueOf(bits.flip());
    }

    /// Writes the pages of these bits in which some are fresh.
    void writeSaved(BitSet bits, BitSet fresh) throws IOException {
        writeBits(bits, fresh, PAGE);
    }

    /// The same of those that were made zero.
    void writeZeroed(BitSet bits, BitSet fresh) throws IOException {
        writeBits(bits, fresh, zeroedAt());
    }

    private void writeBits(BitSet bits, BitSet fresh, long at) throws IOException {
        if (fresh.isEmpty()) {
            return;
        }
        int each = PAGE * 8;
        for (int page = fresh.nextSetBit(0) / each; page <= (fresh.length() - 1) / each; page++) {
            var known = bits.get(page * each, Math.min(layout.blocks(), (page + 1) * each)).toByteArray();
            var bytes = Arrays.copyOf(known, Math.min(PAGE, (layout.blocks() + 7) / 8 - page * PAGE));
            write(ByteBuffer.wrap(bytes), at + (long) page * PAGE);
        }
    }

    void write(ByteBuffer bytes, long at) throws IOException {
        writeFully(channel, bytes, at);
    }

    /// Fills the buffer, but where the file ends.
    ///
    /// @return how many bytes were read
    int read(ByteBuffer bytes, long at) throws IOException {
        return readFully(channel, bytes, at);
    }

    /// @param metadata whether it may have grown
    void flush(boolean metadata) throws IOException {
        channel.force(metadata);
    }

    private static void writeFully(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        long from = at - bytes.position();
        while (bytes.hasRemaining()) {
            channel.write(bytes, from + bytes.position());
        }
    }

    private static int readFully(FileChannel channel, ByteBuffer bytes, long at) throws IOException {
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, at + bytes.position()) < 0) {
                break;
            }
        }
        return bytes.position();
    }

    /// @throws FaultException `COPY_CHECKPOINT_BUSY` where another process keeps it
    static void requireUnused(Path path) throws IOException {
        try (var channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            requireAlone(path, channel);
        }
    }

    private static void requireAlone(Path path, FileChannel channel) {
        if (!isAlone(channel)) {
            throw new FaultException(CopyFault.COPY_CHECKPOINT_BUSY, "the checkpoint " + path + " could not be opened",
                    "another copy that still runs keeps it");
        }
    }

    private static boolean isAlone(FileChannel channel) {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) { // a copy in this very process
            return false;
        } catch (IOException e) {
            return true;
        }
    }

    static FaultException failed(String what, Path path, IOException cause) {
        return new FaultException(CopyFault.COPY_CHECKPOINT_FAILED, "the checkpoint " + path + " " + what
                + (FileSink.isFull(cause) ? ": the work volume is full" : ""), cause);
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
