package io.godwit.transfer;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.BlockReader;
import io.godwit.blockio.BlockSink;
import io.godwit.blockio.FileSink;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Export;
import io.godwit.export.Exports;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.model.fault.FaultException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/// One disk on its way into its volume: copied, flushed, read back.
final class DiskTransfer {
    private static final System.Logger LOG = System.getLogger(DiskTransfer.class.getName());
    private static final long LEAST_BETWEEN_SAVES = 64L << 20;
    private static final int SAMPLE = 16;
    private static final int NAMED_MISMATCHES = 10;
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final String job;
    private final DiskCopy disk;
    private final Path checkpointFile;
    private final Path target;
    private final Exports exports;
    private final CopySettings settings;
    private final Verify verify;
    private final BlockLayout layout;
    private final LongAdder copied = new LongAdder(); // bytes of data that this run wrote
    private final LongAdder foundZero = new LongAdder(); // bytes that were read and were zero
    private final LongAdder resumed = new LongAdder(); // bytes of data that an earlier run wrote
    private final LongAdder moved = new LongAdder();
    private final LongAdder verified = new LongAdder();
    private volatile @Nullable BlockPlan plan;
    private volatile @Nullable Runnable wake;
    private volatile boolean stopped;
    private volatile boolean verifying;

    DiskTransfer(String job, DiskCopy disk, Path workVolume, Exports exports, CopySettings settings, Verify verify) {
        this.job = job;
        this.disk = disk;
        this.checkpointFile = workVolume.resolve("copy").resolve(disk.key() + ".checkpoint");
        this.target = workVolume.resolve(switch (disk.target()) {
            case TargetSpec.RawFile(var path, _) -> path;
            case TargetSpec.BlockDevice(var path, _) -> path;
        });
        this.exports = exports;
        this.settings = settings;
        this.verify = verify;
        this.layout = new BlockLayout(disk.sizeBytes(), settings.blockBytes(), settings.digest());
    }

    /// From any thread: saves a checkpoint and ends with `COPY_STOPPED`.
    void stop() {
        stopped = true;
        var sleeper = wake;
        if (sleeper != null) {
            sleeper.run();
        }
    }

    boolean verifying() {
        return verifying;
    }

    DiskProgress progress(long bytesPerSecond) {
        var map = plan;
        long done = map == null ? 0 : map.zeroBytes() + map.unwantedBytes() + copied.sum() + foundZero.sum();
        return new DiskProgress(disk.key(), done, disk.sizeBytes(), moved.sum(), verified.sum(), bytesPerSecond);
    }

    long bytesMoved() {
        return moved.sum() + verified.sum();
    }

    DiskReport run() {
        requireRunning();
        try (var export = exports.open(disk.source()); var sink = FileSink.open(target)) {
            if (sink.sizeBytes() != disk.sizeBytes()) {
                throw new FaultException(CopyFault.COPY_TARGET_SIZE_WRONG, "disk " + disk.key() + " cannot be copied to " + target,
                        "the disk has " + disk.sizeBytes() + " bytes, the volume " + sink.sizeBytes());
            }
            var identity = List.of(job, disk.key(), disk.sourceIdentity(), disk.targetIdentity());
            try (var checkpoint = Checkpoint.open(checkpointFile, layout, identity, () -> {
                sink.clear();
                sink.flush();
            })) {
                return run(export, sink, checkpoint);
            }
        }
    }

    private DiskReport run(Export export, BlockSink sink, Checkpoint checkpoint) {
        copy(export, sink, checkpoint);
        export.requireUnchanged();
        var sourceRoot = checkpoint.sourceRoot();
        String targetRoot = null;
        if (verify != Verify.OFF) {
            verifying = true;
            verify(checkpoint);
            if (verify == Verify.FULL) {
                targetRoot = checkpoint.targetRoot();
            }
        }
        long data = copied.sum() + resumed.sum();
        return new DiskReport(disk.key(), disk.sizeBytes(), data, disk.sizeBytes() - data, resumed.sum(), layout.blockBytes(),
                layout.method().label(),
                sourceRoot, targetRoot);
    }

    // --- copy

    private void copy(Export export, BlockSink sink, Checkpoint checkpoint) {
        try (var source = NbdSource.open(export.uri(), settings.nbd())) {
            if (source.sizeBytes() != disk.sizeBytes()) {
                throw new FaultException(CopyFault.COPY_SOURCE_SIZE_WRONG, "disk " + disk.key() + " cannot be copied",
                        "it should have " + disk.sizeBytes() + " bytes, and its source has " + source.sizeBytes());
            }
            var blocks = new BlockPlan(source, layout, piece -> !isResumed(piece, checkpoint));
            plan = blocks;
            var workers = new Workers(source::close);
            wake = source::close;
            long limit = Math.max(LEAST_BETWEEN_SAVES, disk.sizeBytes() / 100);
            try (var saver = new Saver(checkpoint, limit, sink::flush, source::close)) {
                requireRunning();
                workers.run("copy-" + disk.key(), source.connections(),
                        () -> copyBlocks(source.reader(), blocks, sink, checkpoint, saver, workers));
                if (saver.failure() != null) {
                    workers.fail(saver.failure());
                    throw saver.failure();
                }
            } finally {
                wake = null;
            }
            saveLast(sink, checkpoint, workers);
            requireRunning();
            try {
                workers.rethrow();
            } catch (FaultException e) {
                throw explained(e, export);
            }
        } catch (FaultException e) {
            requireRunning();
            throw e;
        }
    }

    private boolean isResumed(BlockPlan.Piece piece, Checkpoint checkpoint) {
        boolean saved = checkpoint.isSaved(piece.block());
        if (saved && !checkpoint.isZero(piece.block())) {
            resumed.add(piece.length());
        }
        return saved;
    }

    /// Also after a failure: what was written is not to be copied again.
    private static void saveLast(BlockSink sink, Checkpoint checkpoint, Workers workers) {
        try {
            checkpoint.save(sink::flush);
        } catch (FaultException e) {
            workers.fail(e);
        }
    }

    private static FaultException explained(FaultException failure, Export export) {
        if (failure.fault().is(BlockFault.NBD_CLOSED)) {
            try {
                export.requireAlive(LAST_WORDS);
            } catch (FaultException death) {
                death.addSuppressed(failure);
                return death;
            }
        }
        return failure;
    }

    private void copyBlocks(BlockReader reader, BlockPlan blocks, BlockSink sink, Checkpoint checkpoint, Saver saver, Workers workers) {
        try (reader) {
            try {
                copyBlocks(reader, blocks, new BlockWriter(sink, checkpoint, saver), workers);
            } catch (RuntimeException | Error e) {
                workers.fail(e); // before this connection is closed: some servers die of that, and their death is not the cause
            }
        }
    }

    private void copyBlocks(BlockReader reader, BlockPlan blocks, BlockWriter writer, Workers workers) {
        boolean more = true;
        while (!stopped && !workers.failed()) {
            while (more && reader.inFlight() < reader.depth()) {
                var piece = blocks.next();
                if (piece == null) {
                    more = false;
                } else {
                    reader.submit(piece.offset(), piece.length(), piece.block());
                }
            }
            if (reader.inFlight() == 0) {
                return;
            }
            reader.take(writer);
        }
    }

    private void requireRunning() {
        if (stopped) {
            throw new FaultException(CopyFault.COPY_STOPPED, "the copy of disk " + disk.key() + " was stopped", "it was asked to stop");
        }
    }

    /// Takes what was read of one block: digest, write, note. For one thread.
    private final class BlockWriter implements BlockReader.Taker {
        private final BlockSink sink;
        private final Checkpoint checkpoint;
        private final Saver saver;
        private final BlockDigest digest = layout.method().start();
        private final MemorySegment zeroes = MemorySegment.ofBuffer(ByteBuffer.allocateDirect(layout.blockBytes()));
        private @Nullable ByteBuffer padded;

        BlockWriter(BlockSink sink, Checkpoint checkpoint, Saver saver) {
            this.sink = sink;
            this.checkpoint = checkpoint;
            this.saver = saver;
        }

        @Override
        public void taken(long tag, long offset, ByteBuffer bytes) {
            int block = (int) tag;
            int length = bytes.remaining();
            moved.add(length);
            if (isZero(bytes)) {
                if (!sink.readsAsZero()) {
                    sink.write(offset, bytes.duplicate());
                }
                checkpoint.put(block, checkpoint.zeroDigestOf(block));
                foundZero.add(length);
                saver.written(1);
                return;
            }
            var of = digest.of(length == layout.lengthOf(block) ? bytes : padded(block, offset, bytes));
            sink.write(offset, bytes);
            checkpoint.put(block, of);
            copied.add(length);
            saver.written(length);
        }

        private boolean isZero(ByteBuffer bytes) {
            var segment = MemorySegment.ofBuffer(bytes);
            return segment.mismatch(zeroes.asSlice(0, segment.byteSize())) < 0;
        }

        /// The whole block, zeroes around what is data.
        private ByteBuffer padded(int block, long offset, ByteBuffer bytes) {
            var whole = padded == null ? ByteBuffer.allocateDirect(layout.blockBytes()) : padded;
            padded = whole;
            MemorySegment.ofBuffer(whole.clear()).fill((byte) 0);
            whole.put((int) (offset - layout.offsetOf(block)), bytes, bytes.position(), bytes.remaining());
            return whole.limit(layout.lengthOf(block));
        }
    }

    // --- read back

    private void verify(Checkpoint checkpoint) {
        var wrong = new ArrayList<String>();
        try (var export = exports.open(new ExportSpec.File(target.toString(), null));
                var map = NbdSource.open(export.uri(), settings.nbd())) {
            var blocks = new BlockPlan(map, layout, piece -> verify == Verify.FULL || piece.block() % SAMPLE == 0);
            var workers = new Workers(map::close);
            wake = map::close;
            workers.run("verify-" + disk.key(), settings.nbd().connections(), () -> verifyBlocks(blocks, checkpoint, wrong, workers));
            wake = null;
            requireRunning();
            workers.rethrow();
            if (verify == Verify.FULL) {
                verified.add(disk.sizeBytes() - verified.sum()); // its own extents say that the rest is one hole
            }
        }
        int missing = verify == Verify.FULL && wrong.isEmpty() ? checkpoint.firstMissing() : -1;
        if (missing >= 0) {
            wrong.add(layout.offsetOf(missing) + " (a hole where there should be data)");
        }
        if (!wrong.isEmpty()) {
            checkpoint.discard(); // nothing of this copy can be trusted
            throw new FaultException(CopyFault.COPY_VERIFY_MISMATCH,
                    "disk " + disk.key() + " was read back from " + target + " otherwise than it was read from its source",
                    wrong.size() + (wrong.size() == 1 ? " block" : " blocks") + " of " + layout.blockBytes() + " bytes, at offset "
                            + String.join(", ", wrong.subList(0, Math.min(NAMED_MISMATCHES, wrong.size()))));
        }
    }

    private void verifyBlocks(BlockPlan blocks, Checkpoint checkpoint, List<String> wrong, Workers workers) {
        var digest = layout.method().start();
        try (var volume = ReadBack.open(target, layout.blockBytes())) {
            if (!volume.direct()) {
                LOG.log(System.Logger.Level.INFO, "{0} is read back through the page cache: its file system has no O_DIRECT", target);
            }
            for (var piece = blocks.next(); piece != null && !stopped && !workers.failed(); piece = blocks.next()) {
                int block = piece.block();
                var found = digest.of(volume.read(layout.offsetOf(block), layout.lengthOf(block)));
                if (!Arrays.equals(found, checkpoint.expected(block))) {
                    synchronized (wrong) {
                        wrong.add(Long.toString(layout.offsetOf(block)));
                    }
                }
                checkpoint.putReadBack(block, found);
                verified.add(layout.lengthOf(block));
            }
        }
    }
}
