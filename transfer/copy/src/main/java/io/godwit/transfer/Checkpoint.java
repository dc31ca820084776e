package io.godwit.transfer;

import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What of a disk is known to lie on its volume, in a file of the work volume: one bit per block, its digest as read from the source, its
/// digest as read back, and one bit per block that was made zero without being read. It binds the job's name, source, target, size and layout: under any difference there is a new, empty one.
///
/// A bit is on disk only after the data that it covers ([#save(Runnable)] flushes in that order), so that a crash at any moment loses work
/// and never truth. Blocks without a bit count as zeroes that were never written.
final class Checkpoint implements AutoCloseable {
    private static final int DRAWS = 8; // for each block that is wanted: some are drawn twice, some are zero

    private final CheckpointFile file;
    private final BlockLayout layout;
    private final boolean lasting;
    private final BitSet saved; // guarded by this, as are the next three
    private BitSet pending = new BitSet();
    private final BitSet zeroed;
    private BitSet pendingZeroed = new BitSet();
    private final BitSet readBack = new BitSet();
    private final boolean resumed;
    private boolean lost; // guarded by this, as is why
    private @Nullable RuntimeException why;

    private Checkpoint(CheckpointFile file, BlockLayout layout, boolean lasting, BitSet saved, BitSet zeroed, boolean resumed) {
        this.file = file;
        this.layout = layout;
        this.lasting = lasting;
        this.saved = saved;
        this.zeroed = zeroed;
        this.resumed = resumed;
    }

    /// Whose checkpoint it is.
    ///
    /// @param job all that a resumed job must have in common with the one that it goes on with
    /// @param target all that a pass must have in common with the last one, to compare with its digests
    /// @param compares whether this job compares with the last pass
    record Identity(List<String> job, List<String> target, boolean compares) {}

    /// Opens the checkpoint of an earlier run of exactly this job, or makes a new one in its place: its file is there, and nobody else's, from before
    /// the target is changed.
    ///
    /// @param prepareTarget called before a new checkpoint can be believed; says whether the target reads as zero, on disk, from then on
    /// @param lasting whether another run may go on from it: else nothing of it is flushed to its device
    /// @throws FaultException `COPY_CHECKPOINT_BUSY` while another copy has it open
    static Checkpoint open(Path file, BlockLayout layout, Identity identity, boolean lasting, BooleanSupplier prepareTarget) {
        var binding = CheckpointBinding.of(layout, identity);
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            return open(CheckpointFile.openAlone(file, layout), layout, binding, identity.compares(), lasting, prepareTarget);
        } catch (IOException e) {
            throw CheckpointFile.failed("could not be opened", file, e);
        }
    }

    private static Checkpoint open(CheckpointFile there, BlockLayout layout, CheckpointBinding binding, boolean compares, boolean lasting,
            BooleanSupplier prepareTarget) throws IOException {
        var file = there;
        try {
            var found = lasting ? resume(file, layout, binding) : null;
            if (found != null) {
                log(System.Logger.Level.INFO, "{0}: {1} of {2} blocks were copied before", file.path(), found.saved.cardinality(),
                        layout.blocks());
                return found;
            }
            file = keepLast(file, layout, binding, compares);
            file.empty(lasting); // before the target is changed: the job that it belongs to must not believe it any more
            file.bind(binding, prepareTarget.getAsBoolean(), lasting);
            return new Checkpoint(file, layout, lasting, new BitSet(), new BitSet(), false);
        } catch (IOException | RuntimeException e) {
            file.close();
            throw e;
        }
    }

    /// The checkpoint of a whole pass over this very target becomes the digests to compare with. Any other job in between has made them worthless.
    ///
    /// @return the file that takes its place, or the same
    private static CheckpointFile keepLast(CheckpointFile file, BlockLayout layout, CheckpointBinding binding, boolean wanted)
            throws IOException {
        var last = lastOf(file.path());
        Files.deleteIfExists(last);
        if (!wanted || !file.isBound() || !file.isOfTarget(binding) || !file.isComplete()) {
            return file;
        }
        file.close();
        Files.move(file.path(), last, StandardCopyOption.ATOMIC_MOVE);
        return CheckpointFile.openAlone(file.path(), layout);
    }

    /// The files beside it that this class removes.
    static List<Path> beside(Path file) {
        return List.of(lastOf(file));
    }

    private static Path lastOf(Path file) {
        return file.resolveSibling(file.getFileName() + ".last");
    }

    /// The digests of the last pass over the target, where this job may compare with them; `null` when there are none.
    static @Nullable Checkpoint last(Path file, BlockLayout layout, Identity identity) {
        try {
            var last = identity.compares() ? CheckpointFile.find(lastOf(file), layout) : null;
            if (last == null) {
                return null;
            }
            var found = last.isOfTarget(CheckpointBinding.of(layout, identity)) ? of(last, layout) : null;
            if (found == null) {
                last.close();
            }
            return found;
        } catch (IOException e) {
            throw CheckpointFile.failed("could not be opened", lastOf(file), e);
        }
    }

    private static @Nullable Checkpoint resume(CheckpointFile file, BlockLayout layout, CheckpointBinding binding) throws IOException {
        if (!file.isBound()) {
            log(System.Logger.Level.DEBUG, "{0}: no checkpoint, a new copy from zero", file.path());
            return null;
        }
        if (!file.isOfJob(binding)) {
            log(System.Logger.Level.WARNING, "{0}: the checkpoint is of another {1}: a new copy from zero", file.path(),
                    file.differenceTo(binding));
            return null;
        }
        return of(file, layout);
    }

    private static @Nullable Checkpoint of(CheckpointFile file, BlockLayout layout) throws IOException {
        var saved = file.saved();
        var zeroed = file.zeroed();
        if (saved.length() > layout.blocks() || zeroed.length() > layout.blocks()) {
            log(System.Logger.Level.WARNING, "{0}: the checkpoint names blocks behind the end: a new copy from zero", file.path());
            return null;
        }
        return new Checkpoint(file, layout, true, saved, zeroed, true);
    }

    /// Whether an earlier run was found.
    boolean resumed() {
        return resumed;
    }

    /// Whether the target read as zero when this job began, so that what it has not written still does.
    boolean targetWasZero() {
        return file.targetWasZero();
    }

    /// Some of the blocks that an earlier run has saved, by preference of data, and some of those that it made zero; none where it has saved none.
    synchronized List<Integer> someSaved(int count, RandomGenerator random) {
        var all = drawn(saved, count, random);
        var data = all.stream().filter(block -> !isZero(block)).toList();
        return Stream.concat((data.isEmpty() ? all : data).stream().limit(count), drawn(zeroed, count, random).stream().limit(count))
                .distinct().toList();
    }

    private static List<Integer> drawn(BitSet from, int count, RandomGenerator random) {
        int length = from.length();
        return length == 0
                ? List.of()
                : Stream.generate(() -> from.nextSetBit(random.nextInt(length))).limit((long) count * DRAWS).distinct().toList();
    }

    /// Notes that the whole target is as these digests say.
    void complete() {
        try {
            file.complete();
            flush(false);
        } catch (IOException e) {
            throw failed("could not be written", e);
        }
    }

    private void flush(boolean metadata) throws IOException {
        if (lasting) {
            file.flush(metadata);
        }
    }

    /// Whether an earlier run, or this one, has saved that block. Only bits of an earlier run may change what is copied.
    synchronized int savedBlocks() {
        return saved.cardinality();
    }

    synchronized boolean isSaved(int block) {
        return saved.get(block);
    }

    /// Notes the digest of a block as it was read from the source; it counts from [#written(int)] on.
    void putDigest(int block, byte[] digest) {
        try {
            file.sourceDigests().put(block, digest);
        } catch (IOException e) {
            throw failed("could not be written", e);
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
                throw why == null ? new IllegalStateException("an earlier save of " + file.path() + " failed") : why;
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
            file.sourceDigests().write();
            flush(false);
            synchronized (this) {
                saved.or(fresh);
                zeroed.or(freshZeroed);
            }
            file.writeSaved(saved, fresh); // this method alone changes them
            file.writeZeroed(zeroed, freshZeroed);
            flush(true);
            return fresh;
        } catch (IOException e) {
            throw failed("could not be flushed", e);
        }
    }

    /// The digest of a block as the source gave it.
    byte[] expected(int block) {
        synchronized (this) {
            if (!saved.get(block) && !pending.get(block)) {
                return layout.zeroDigest(block);
            }
        }
        try {
            return file.sourceDigests().get(block);
        } catch (IOException e) {
            throw failed("could not be read", e);
        }
    }

    /// Whether a saved block is all zero.
    boolean isZero(int block) {
        return Arrays.equals(expected(block), layout.zeroDigest(block));
    }

    /// Notes what was read back from the target.
    void putReadBack(int block, byte[] digest) {
        try {
            file.targetDigests().put(block, digest);
        } catch (IOException e) {
            throw failed("could not be written", e);
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
        return layout.method() == Method.NONE ? "" : root(file.sourceDigests(), saved);
    }

    /// The root over the digests of all blocks as the target gave them.
    String targetRoot() {
        return root(file.targetDigests(), readBack);
    }

    private String root(DigestTable digests, BitSet known) {
        try {
            return digests.root(known);
        } catch (IOException e) {
            throw failed("could not be read", e);
        }
    }

    /// Gives up all of it, so that the next run begins from zero. Its file stays: it tells that the target was written to.
    void discard() {
        try {
            file.empty(lasting);
        } catch (IOException e) {
            throw failed("could not be emptied", e);
        } finally {
            close();
        }
    }

    /// Gives up all of it where nothing need be known of this copy any more; what is open of it may still be read.
    void keepNot() {
        try {
            CheckpointFile.remove(file.path(), lasting);
        } catch (IOException e) {
            throw failed("could not be removed", e);
        }
    }

    /// Lets the next [#open] begin from zero.
    ///
    /// @throws FaultException `COPY_CHECKPOINT_BUSY` while another copy has it open
    static void forget(Path file) {
        try {
            CheckpointFile.empty(file);
        } catch (IOException e) {
            throw CheckpointFile.failed("could not be emptied", file, e);
        }
    }

    private FaultException failed(String what, IOException cause) {
        return CheckpointFile.failed(what, file.path(), cause);
    }

    @Override
    public void close() {
        try {
            file.close();
        } catch (IOException e) {
            throw failed("could not be closed", e);
        }
    }

    /// A logger is made where there is something to be said: the first one is looked for in all jars.
    private static void log(System.Logger.Level level, String message, @Nullable Object... values) {
        System.getLogger(Checkpoint.class.getName()).log(level, message, values);
    }
}
