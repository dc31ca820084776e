package io.godwit.transfer;

import io.godwit.blockio.FileSink;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// What of a disk is known to lie on its volume, in a file of the work volume: one bit per block, its digest as read from the source, its
/// digest as read back, and one bit per block that was made zero without being read. It binds the job's name, source, target, size and layout: under any difference there is a new, empty one.
///
/// A bit is on disk only after the data that it covers ([#save(Runnable)] flushes in that order), so that a crash at any moment loses work
/// and never truth. Blocks without a bit count as zeroes that were never written.
final class Checkpoint implements AutoCloseable {
    private static final long MAGIC = 0x474f445749543031L; // GODWIT01
    private static final int PAGE = 4096;
    private static final int JOB_AT = 8;
    private static final int ZERO_AT = JOB_AT + 32;
    private static final int COMPLETE_AT = ZERO_AT + 1;
    private static final int TARGET_AT = COMPLETE_AT + 1;
    private static final int DETAILS_AT = TARGET_AT + 32;
    private static final int BATCH = 4096;
    private static final List<String> PARTS = List.of("job", "disk", "source", "target", "size", "length of blocks", "digest",
            "list of extents");
    private static final int DRAWS = 8; // for each block that is wanted: some are drawn twice, some are zero

    private final Path file;
    private final FileChannel channel;
    private final BlockLayout layout;
    private final boolean lasting;
    private final BitSet saved; // guarded by this, as are the next three
    private BitSet pending = new BitSet();
    private final BitSet zeroed;
    private BitSet pendingZeroed = new BitSet();
    private final BitSet readBack = new BitSet();
    private final boolean resumed;
    private final boolean targetWasZero;
    private final boolean complete;
    private boolean lost; // guarded by this, as is why
    private @Nullable RuntimeException why;

    private Checkpoint(Path file, FileChannel channel, BlockLayout layout, boolean lasting, BitSet saved, BitSet zeroed, boolean resumed,
            boolean targetWasZero, boolean complete) {
        this.file = file;
        this.channel = channel;
        this.layout = layout;
        this.lasting = lasting;
        this.saved = saved;
        this.zeroed = zeroed;
        this.resumed = resumed;
        this.targetWasZero = targetWasZero;
        this.complete = complete;
    }

    /// Whose checkpoint it is.
    ///
    /// @param job all that a resumed job must have in common with the one that it goes on with
    /// @param target all that a pass must have in common with the last one, to compare with its digests
    /// @param compares whether this job compares with the last pass
    record Identity(List<String> job, List<String> target, boolean compares) {}

    /// Opens the checkpoint of an earlier run of exactly this job, or makes a new one in its place.
    ///
    /// @param prepareTarget called before a new checkpoint can be believed; says whether the target reads as zero, on disk, from then on
    /// @param lasting whether another run may go on from it: else nothing of it is flushed to its device
    static Checkpoint open(Path file, BlockLayout layout, Identity identity, boolean lasting, BooleanSupplier prepareTarget) {
        var binding = bind(layout, identity.job());
        var base = bind(layout, identity.target());
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            var found = lasting ? resume(file, layout, binding, JOB_AT, details(layout, identity.job())) : null;
            if (found != null) {
                log(System.Logger.Level.INFO, "{0}: {1} of {2} blocks were copied before", file, found.saved.cardinality(),
                        layout.blocks());
                return found;
            }
            keepLast(file, layout, base, identity.compares());
            Files.deleteIfExists(file); // before the target is changed: the job that it belongs to must not believe it any more
            if (lasting) {
                syncFolder(file);
            }
            boolean zero = prepareTarget.getAsBoolean();
            var fresh = newOf(file);
            Files.deleteIfExists(fresh);
            try (var channel = FileChannel.open(fresh, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                writeFully(channel,
                        ByteBuffer.allocate(PAGE).putLong(MAGIC).put(binding).put((byte) (zero ? 1 : 0)).put((byte) 0).put(base)
                                .put(details(layout, identity.job())).clear(),
                        0);
                if (lasting) {
                    channel.force(true);
                }
            }
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            if (lasting) {
                syncFolder(file);
            }
            return new Checkpoint(file, openChannel(file), layout, lasting, new BitSet(), new BitSet(), false, zero, false);
        } catch (IOException e) {
            throw failed("could not be opened", file, e);
        }
    }

    /// The checkpoint of a whole pass over this very target becomes the digests to compare with. Any other job in between has made them worthless.
    private static void keepLast(Path file, BlockLayout layout, byte[] base, boolean wanted) throws IOException {
        var last = lastOf(file);
        Files.deleteIfExists(last);
        if (!wanted || !Files.exists(file)) {
            return;
        }
        try (var found = resume(file, layout, base, TARGET_AT, new byte[0])) {
            if (found == null || !found.complete) {
                return;
            }
        }
        Files.move(file, last, StandardCopyOption.ATOMIC_MOVE);
    }

    /// The files beside it that this class removes.
    static List<Path> beside(Path file) {
        return List.of(newOf(file), lastOf(file));
    }

    private static Path newOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".new");
    }

    private static Path lastOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".last");
    }

    /// The digests of the last pass over the target, where this job may compare with them; `null` when there are none.
    static @Nullable Checkpoint last(Path file, BlockLayout layout, Identity identity) {
        try {
            return identity.compares() ? resume(lastOf(file), layout, bind(layout, identity.target()), TARGET_AT, new byte[0]) : null;
        } catch (IOException e) {
            throw failed("could not be opened", lastOf(file), e);
        }
    }

    /// @param at where in the header that binding must be found
    private static @Nullable Checkpoint resume(Path file, BlockLayout layout, byte[] binding, int at, byte[] details)
            throws IOException {
        if (!Files.exists(file)) {
            log(System.Logger.Level.DEBUG, "{0}: no checkpoint, a new copy from zero", file);
            return null;
        }
        var channel = openChannel(file);
        var page = ByteBuffer.allocate(PAGE);
        boolean ours = readFully(channel, page, 0) == PAGE && page.getLong(0) == MAGIC
                && Arrays.equals(page.array(), at, at + binding.length, binding, 0, binding.length);
        if (!ours) {
            channel.close();
            log(System.Logger.Level.WARNING, "{0}: the checkpoint is of another {1}: a new copy from zero", file,
                    different(page.array(), details));
            return null;
        }
        var saved = readBits(channel, layout, PAGE);
        var zeroed = readBits(channel, layout, zeroedAt(layout));
        if (saved.length() > layout.blocks() || zeroed.length() > layout.blocks()) {
            channel.close();
            log(System.Logger.Level.WARNING, "{0}: the checkpoint names blocks behind the end: a new copy from zero", file);
            return null;
        }
        return new Checkpoint(file, channel, layout, true, saved, zeroed, true, page.get(ZERO_AT) != 0, page.get(COMPLETE_AT) != 0);
    }

    private static BitSet readBits(FileChannel channel, BlockLayout layout, long at) throws IOException {
        var bits = ByteBuffer.allocate((int) Math.max(0, Math.min((layout.blocks() + 7L) / 8, channel.size() - at)));
        readFully(channel, bits, at);
        return BitSet.valueOf(bits.flip());
    }

    /// Whether that file was written by this class.
    static boolean isOne(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var start = ByteBuffer.allocate(Long.BYTES);
            return readFully(channel, start, 0) == Long.BYTES && start.getLong(0) == MAGIC;
        }
    }

    /// What of it is told apart when it is of another job, in the order of [#PARTS]; the binding alone decides.
    private static byte[] details(BlockLayout layout, List<String> job) {
        var details = ByteBuffer.allocate(PARTS.size() * Long.BYTES);
        for (int part = 0; part < PARTS.size() - 4; part++) {
            details.putLong(part < job.size() ? number(job.get(part)) : 0);
        }
        var all = BlockDigest.sha256();
        layout.describe(all);
        details.putLong(layout.sizeBytes()).putLong(layout.blockBytes()).putLong(number(layout.method().label()));
        return details.putLong(layout.wholeDisk() ? 0 : ByteBuffer.wrap(all.digest()).getLong()).array();
    }

    private static long number(String text) {
        return ByteBuffer.wrap(BlockDigest.sha256().digest(text.getBytes(StandardCharsets.UTF_8))).getLong();
    }

    private static String different(byte[] page, byte[] details) {
        var names = new ArrayList<String>();
        for (int at = 0; at < details.length; at += Long.BYTES) {
            int in = DETAILS_AT + at;
            if (!Arrays.equals(page, in, in + Long.BYTES, details, at, at + Long.BYTES)) {
                names.add(PARTS.get(at / Long.BYTES));
            }
        }
        boolean told = !names.isEmpty() && !Arrays.equals(page, DETAILS_AT, DETAILS_AT + details.length, new byte[details.length], 0,
                details.length); // else it was written before this was noted
        if (told && names.size() > 1) {
            names.remove(PARTS.getLast()); // it follows from the others
        }
        return told ? String.join(", ", names) : "job, source, target or size";
    }

    private static byte[] bind(BlockLayout layout, List<String> identity) {
        MessageDigest sha = BlockDigest.sha256();
        for (var part : identity) {
            var bytes = part.getBytes(StandardCharsets.UTF_8);
            sha.update(ByteBuffer.allocate(4).putInt(bytes.length).flip());
            sha.update(bytes);
        }
        layout.describe(sha);
        return sha.digest();
    }

    private static FileChannel openChannel(Path file) throws IOException {
        return FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }

    /// Whether an earlier run was found.
    boolean resumed() {
        return resumed;
    }

    /// Whether the target read as zero when this job began, so that what it has not written still does.
    boolean targetWasZero() {
        return targetWasZero;
    }

    /// Some of the blocks that an earlier run has saved, by preference of data; none where it has saved none.
    synchronized List<Integer> someSaved(int count, RandomGenerator random) {
        var all = new ArrayList<Integer>();
        int length = saved.length();
        for (int i = 0; i < count * DRAWS && length > 0; i++) {
            int at = random.nextInt(length);
            all.add(saved.nextSetBit(at));
        }
        var chosen = all.stream().distinct().filter(block -> !isZero(block)).limit(count).toList();
        return chosen.isEmpty() ? all.stream().distinct().limit(count).toList() : chosen;
    }

    /// Notes that the whole target is as these digests say.
    void complete() {
        try {
            writeFully(channel, ByteBuffer.wrap(new byte[]{1}), COMPLETE_AT);
            flush(false);
        } catch (IOException e) {
            throw failed("could not be written", file, e);
        }
    }

    private void flush(boolean metadata) throws IOException {
        if (lasting) {
            channel.force(metadata);
        }
    }

    /// Whether an earlier run, or this one, has saved that block. Only bits of an earlier run may change what is copied.
    synchronized boolean isSaved(int block) {
        return saved.get(block);
    }

    /// Notes the digest of a block as it was read from the source; it counts from [#written(int)] on.
    void putDigest(int block, byte[] digest) {
        try {
            writeFully(channel, ByteBuffer.wrap(digest), sourceDigestAt(block));
        } catch (IOException e) {
            throw failed("could not be written", file, e);
        }
    }

    /// Notes that a block was written to the target, or is zero there.
    synchronized void written(int block) {
        pending.set(block);
    }

    /// Notes that so many blocks were made zero on the target.
    synchronized void zeroed(int block, int count) {
        pendingZeroed.set(block, block + count);
    }

    /// The first block from that one on that no earlier run, nor this one, has saved as made zero.
    synchronized int firstNotZeroed(int block) {
        return zeroed.nextClearBit(block);
    }

    /// Makes what was noted so far last: first the data, then the digests, then the bits. One call at a time.
    ///
    /// After a failure every later call throws the same: a kernel tells once that it lost what it was to write back, and calls the next flush a
    /// success, though blocks that were written during the failed one are lost with the others.
    ///
    /// @param flushTarget returns when all that was written to the target lies on its device
    /// @return the blocks that last from now on
    BitSet save(Runnable flushTarget) {
        try {
            return saveUnlessLost(flushTarget);
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                lost = true;
                why = why == null && e instanceof RuntimeException cause ? cause : why;
            }
            throw e;
        }
    }

    private BitSet saveUnlessLost(Runnable flushTarget) {
        BitSet fresh;
        BitSet freshZeroed;
        synchronized (this) {
            if (lost) {
                throw why == null ? new IllegalStateException("an earlier save of " + file + " failed") : why;
            }
            fresh = pending;
            pending = new BitSet();
            freshZeroed = pendingZeroed;
            pendingZeroed = new BitSet();
        }
        if (fresh.isEmpty() && freshZeroed.isEmpty()) {
            return fresh;
        }
        try {
            flushTarget.run();
            flush(false);
            writeBits(saved, fresh, PAGE);
            writeBits(zeroed, freshZeroed, zeroedAt(layout));
            flush(true);
            return fresh;
        } catch (IOException e) {
            throw failed("could not be flushed", file, e);
        }
    }

    /// Adds bits to others, and writes the pages of these that changed.
    private void writeBits(BitSet bits, BitSet fresh, long at) throws IOException {
        if (fresh.isEmpty()) {
            return;
        }
        synchronized (this) {
            bits.or(fresh);
        }
        int each = PAGE * 8;
        for (int page = fresh.nextSetBit(0) / each; page <= (fresh.length() - 1) / each; page++) {
            byte[] known;
            synchronized (this) {
                known = bits.get(page * each, Math.min(layout.blocks(), (page + 1) * each)).toByteArray();
            }
            var bytes = Arrays.copyOf(known, Math.min(PAGE, (layout.blocks() + 7) / 8 - page * PAGE));
            writeFully(channel, ByteBuffer.wrap(bytes), at + (long) page * PAGE);
        }
    }

    /// The digest of a block as the source gave it.
    byte[] expected(int block) {
        synchronized (this) {
            if (!saved.get(block) && !pending.get(block)) {
                return layout.zeroDigest(block);
            }
        }
        return readDigest(sourceDigestAt(block));
    }

    /// Whether a saved block is all zero.
    boolean isZero(int block) {
        return Arrays.equals(expected(block), layout.zeroDigest(block));
    }

    /// Notes what was read back from the target.
    void putReadBack(int block, byte[] digest) {
        try {
            writeFully(channel, ByteBuffer.wrap(digest), targetDigestAt(block));
        } catch (IOException e) {
            throw failed("could not be written", file, e);
        }
        synchronized (readBack) {
            readBack.set(block);
        }
    }

    /// Whether [#putReadBack(int, byte\[\])] was called for that block.
    boolean isReadBack(int block) {
        synchronized (readBack) {
            return readBack.get(block);
        }
    }

    /// The first block that must hold data and was not read back because the target has a hole there; -1 when there is none.
    ///
    /// @param wanted whether a block was to be read back
    int firstMissing(IntPredicate wanted) {
        for (int block = saved.nextSetBit(0); block >= 0; block = saved.nextSetBit(block + 1)) {
            if (wanted.test(block) && !readBack.get(block) && !isZero(block)) {
                return block;
            }
        }
        return -1;
    }

    /// The root over the digests of all blocks as the source gave them; empty where none were made.
    String sourceRoot() {
        return layout.method() == Method.NONE ? "" : root(saved, layout.blocks(), true);
    }

    /// The root over the digests of all blocks as the target gave them.
    String targetRoot() {
        return root(readBack, layout.blocks(), false);
    }

    /// In two levels, so that what has no data costs nothing: SHA-256 over the SHA-256 of each batch of digests.
    private String root(BitSet known, int blocks, boolean source) {
        var root = BlockDigest.sha256();
        var sha = BlockDigest.sha256();
        int width = layout.method().bytes();
        var batch = ByteBuffer.allocate(BATCH * width);
        var plain = layout.wholeDisk() ? zeroBatch(sha) : null; // nearly all of a big disk
        try {
            for (int from = 0; from < blocks; from += BATCH) {
                int count = Math.min(BATCH, blocks - from);
                int next = known.nextSetBit(from);
                if (plain != null && (next < 0 || next >= from + count) && from + count < blocks) {
                    root.update(plain);
                    continue;
                }
                readFully(channel, batch.clear().limit(count * width), source ? sourceDigestAt(from) : targetDigestAt(from));
                for (int i = 0; i < count; i++) {
                    if (!known.get(from + i)) {
                        batch.put(i * width, layout.zeroDigest(from + i));
                    }
                }
                sha.update(batch.array(), 0, count * width);
                root.update(sha.digest());
            }
        } catch (IOException e) {
            throw failed("could not be read", file, e);
        }
        return HexFormat.of().formatHex(root.digest());
    }

    private byte[] zeroBatch(MessageDigest sha) {
        for (int i = 0; i < BATCH; i++) {
            sha.update(layout.zeroDigest(0));
        }
        return sha.digest();
    }

    private byte[] readDigest(long at) {
        var digest = ByteBuffer.allocate(layout.method().bytes());
        try {
            if (readFully(channel, digest, at) < digest.capacity()) {
                throw new IOException("it ends before the digest at " + at);
            }
        } catch (IOException e) {
            throw failed("could not be read", file, e);
        }
        return digest.array();
    }

    private long sourceDigestAt(int block) {
        return digestsAt(layout) + (long) block * layout.method().bytes();
    }

    private long targetDigestAt(int block) {
        return sourceDigestAt(layout.blocks()) + (long) block * layout.method().bytes();
    }

    private static long digestsAt(BlockLayout layout) {
        return PAGE + Math.ceilDiv((layout.blocks() + 7L) / 8, PAGE) * PAGE;
    }

    /// Behind all digests, and nothing at all where nothing was made zero.
    private static long zeroedAt(BlockLayout layout) {
        return digestsAt(layout) + 2L * layout.blocks() * layout.method().bytes();
    }

    /// Gives up all of it, so that the next run begins from zero.
    void discard() {
        close();
        remove(file);
    }

    /// Gives up all of it where nothing need be known of this copy any more; what is open of it may still be read.
    void keepNot() {
        remove(file, lasting);
    }

    /// Lets the next [#open] begin from zero.
    static void remove(Path file) {
        remove(file, true);
    }

    private static void remove(Path file, boolean forever) {
        try {
            if (Files.deleteIfExists(file) && forever) {
                syncFolder(file);
            }
        } catch (IOException e) {
            throw failed("could not be removed", file, e);
        }
    }

    private static void syncFolder(Path file) throws IOException {
        try (var folder = FileChannel.open(file.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        }
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

    private static FaultException failed(String what, Path file, IOException cause) {
        return new FaultException(CopyFault.COPY_CHECKPOINT_FAILED, "the checkpoint " + file + " " + what
                + (FileSink.isFull(cause) ? ": the work volume is full" : ""), cause);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw failed("could not be closed", file, e);
        }
    }

    /// A logger is made where there is something to be said: the first one is looked for in all jars.
    private static void log(System.Logger.Level level, String message, @Nullable Object... values) {
        System.getLogger(Checkpoint.class.getName()).log(level, message, values);
    }
}
