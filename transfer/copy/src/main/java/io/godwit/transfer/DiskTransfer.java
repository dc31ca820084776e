package io.godwit.transfer;

import io.godwit.blockio.BlockFault;
import io.godwit.blockio.BlockSink;
import io.godwit.blockio.BlockSource;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Export;
import io.godwit.export.Exports;
import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.model.fault.FaultException;
import io.godwit.transfer.BlockDigest.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One disk on its way into its volume: copied, flushed, read back.
final class DiskTransfer {
    private static final long LEAST_BETWEEN_FLUSHES = 4L << 30; // a flush keeps the device from what is written meanwhile, as the read-back behind it does
    private static final int BLOCKS_TO_BELIEVE = 16;

    private final String job;
    private final DiskCopy disk;
    private final @Nullable Opened opened;
    private final Place place;
    private final Path workVolume;
    private final Exports exports;
    private final CopySettings settings;
    private final Verify verify;
    private final Throttle throttle;
    private final LongAdder moved = new LongAdder();
    private final LongAdder readBackBefore = new LongAdder();
    private volatile CopyPass.Counters counters = new CopyPass.Counters(moved); // of the last try, as is the next
    private volatile LongAdder verified = new LongAdder();
    private volatile @Nullable CopyPass pass;
    private volatile @Nullable Runnable wake;
    private volatile boolean stopped;
    private int saved; // blocks that last, after the last try
    private volatile boolean verifying;

    /// Where and how the checkpoint is kept.
    ///
    /// @param lasting whether another run may go on from it after a crash
    /// @param alone how a disk is copied for itself; `null` = it is one of a job's
    record Place(Path checkpoint, boolean lasting, @Nullable CopyAlone alone) {
        boolean targetIsZero() {
            return alone != null && alone.targetIsZero();
        }

        /// Whether another target would have another identity: of what a disk alone is copied to, some blocks are read before a checkpoint is believed.
        boolean knowsTarget() {
            return alone == null;
        }

        String nameOf(DiskCopy disk) {
            return alone == null ? "disk " + disk.key() : "the disk";
        }

        /// Whether a finished checkpoint is of use. Whoever copies a disk alone may use its target from then on, and nothing would tell.
        boolean outlivesSuccess() {
            return alone == null;
        }
    }

    /// The source of a disk, where it is open already: some servers end when a client leaves.
    record Opened(Export export, NbdSource source) {}

    DiskTransfer(String job, DiskCopy disk, @Nullable Opened opened, Place place, Path workVolume, Exports exports,
            CopySettings settings, Verify verify,
            Throttle throttle) {
        this.job = job;
        this.disk = disk;
        this.opened = opened;
        this.place = place;
        this.workVolume = workVolume;
        this.exports = exports;
        this.settings = settings;
        this.verify = verify;
        this.throttle = throttle;
        if (verify != Verify.OFF && settings.digest() == Method.NONE) {
            throw new IllegalArgumentException("nothing can be verified without digests");
        }
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
        var copy = pass;
        return new DiskProgress(disk.key(), copy == null ? 0 : copy.doneBytes(), disk.sizeBytes(), moved.sum(), verified.sum(),
                bytesPerSecond);
    }

    long bytesMoved() {
        return moved.sum() + readBackBefore.sum() + verified.sum();
    }

    /// Where a server has the target that goes away and comes back, the copy goes on from what was flushed to it.
    DiskReport run() {
        var retry = settings.nbd().retry();
        long since = 0;
        int savedBefore = -1;
        long verifiedBefore = 0;
        boolean first = true;
        for (int failures = 0;;) {
            try {
                return tryOnce(first);
            } catch (FaultException e) {
                boolean progress = saved > savedBefore || verified.sum() > verifiedBefore; // a target may fail at the same write, or read, each time
                savedBefore = Math.max(savedBefore, saved);
                verifiedBefore = Math.max(verifiedBefore, verified.sum());
                if (!retry.on() || !(disk.target() instanceof TargetSpec.Nbd) || !isLost(e) || (first && pass == null)) {
                    throw e;
                }
                first = false;
                long now = System.nanoTime();
                if (progress) {
                    since = now;
                    failures = 0;
                } else if (now - since >= retry.deadline().toNanos()) {
                    throw e;
                }
                log(System.Logger.Level.WARNING, "disk {0}: {1}; it is tried again", disk.key(), e.getMessage());
                pause(retry.pauseAfter(++failures));
                counters = new CopyPass.Counters(moved);
                readBackBefore.add(verified.sum());
                verified = new LongAdder();
            }
        }
    }

    private static boolean isLost(FaultException failure) {
        return failure.fault().is(BlockFault.TARGET_SERVER_LOST);
    }

    private void pause(Duration time) {
        var woken = new CountDownLatch(1);
        wake = woken::countDown;
        try {
            if (!stopped) {
                var _ = woken.await(time.toNanos(), TimeUnit.NANOSECONDS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            stopped = true;
        } finally {
            wake = null;
        }
    }

    private DiskReport tryOnce(boolean first) {
        requireRunning();
        verifying = false;
        var report = copyOnce(first);
        if (disk.target() instanceof TargetSpec.Qcow2File(var path, _)) { // its tables are the server's work, which no read-back looks at
            exports.checkVolume(workVolume.resolve(path));
        }
        return report;
    }

    private DiskReport copyOnce(boolean first) {
        var given = first ? opened : null;
        try (var export = given == null ? exports.open(disk.source()) : given.export();
                var target = DiskTarget.open(disk, place, workVolume, exports, settings.nbd(), first)) {
            try (var source = given == null
                    ? NbdSource.open(export.uri(), settings.nbd(), CopiedBlocks.contexts(disk), export::requireAlive)
                    : given.source()) {
                if (source.sizeBytes() != disk.sizeBytes()) {
                    throw new FaultException(CopyFault.COPY_SOURCE_SIZE_WRONG, place.nameOf(disk) + " cannot be copied",
                            "it should have " + disk.sizeBytes() + " bytes, and its source has " + source.sizeBytes());
                }
                return run(export, source, target, first);
            } catch (FaultException e) {
                throw export.explained(e);
            }
        }
    }

    private DiskReport run(Export export, BlockSource source, DiskTarget target, boolean first) {
        var sink = target.sink();
        var layout = unlessStopped(source, sink, () -> CopiedBlocks.of(disk, source, sink, settings));
        var identity = new Checkpoint.Identity(List.of(job, disk.key(), disk.sourceIdentity(), disk.targetIdentity()),
                List.of(disk.key(), disk.targetIdentity()), disk.scope() instanceof CopyScope.Differences);
        try (var checkpoint = unlessStopped(source, sink, () -> open(layout, identity, sink, first));
                var last = Checkpoint.last(place.checkpoint(), layout, identity)) {
            var sample = verify == Verify.SAMPLED ? new Sample(new SecureRandom().nextLong(), layout.blocks()) : null;
            var readBack = verify == Verify.OFF ? null : new VerifyPass(sink, layout, checkpoint, sample, verified);
            try {
                copy(source, sink, layout, checkpoint, last, readBack);
            } finally {
                saved = checkpoint.savedBlocks();
            }
            source.close();
            export.requireUnchanged();
            target.requireSameSize();
            var targetRoot = readBack == null ? null : verify(readBack, layout, checkpoint);
            target.requireSameSize();
            if (!place.outlivesSuccess()) {
                checkpoint.keepNot();
            } else if (layout.wholeDisk()) {
                checkpoint.complete();
            }
            long data = counters.copied.sum() + counters.resumed.sum();
            long unchanged = counters.unchanged.sum();
            return new DiskReport(disk.key(), disk.sizeBytes(), data, layout.bytes() - data - unchanged, unchanged, counters.resumed.sum(),
                    (long) layout.blocks(), layout.blockBytes(), layout.method().label(), checkpoint.sourceRoot(), targetRoot,
                    verify == Verify.OFF ? null : sink.readBack(), sink.sizeBytes(), verify,
                    verify == Verify.OFF ? 0L : sample == null ? layout.blocks() : (long) sample.size(),
                    sample == null ? null : sample.seed());
        }
    }

    /// Does what asks the source or the target for long, perhaps; they are closed when it is to stop.
    private <T> T unlessStopped(BlockSource source, BlockSink sink, Supplier<T> preparation) {
        wake = () -> {
            source.close();
            sink.close();
        };
        try {
            requireRunning();
            return preparation.get();
        } catch (FaultException e) {
            requireRunning();
            throw e;
        } finally {
            wake = null;
        }
    }

    private Checkpoint open(BlockLayout layout, Checkpoint.Identity identity, BlockSink sink, boolean first) {
        boolean written = place.lasting() && Files.exists(place.checkpoint()); // by an earlier run, perhaps, whatever was said of the target
        BooleanSupplier prepared = () -> prepare(sink, written);
        var found = Checkpoint.open(place.checkpoint(), layout, identity, place.lasting() || !first, prepared);
        if (place.knowsTarget() || !found.resumed()) {
            return found;
        }
        try {
            var some = found.someSaved(BLOCKS_TO_BELIEVE, new SecureRandom());
            if (!some.isEmpty()) { // else nothing tells what the target holds, and nothing is lost
                if (holds(sink, found, some, layout)) {
                    return found;
                }
                log(System.Logger.Level.WARNING, "{0}: {1} does not hold what was copied before: a new copy from zero", place.checkpoint(),
                        disk.target().place());
            }
        } catch (RuntimeException e) {
            found.close();
            throw e;
        }
        found.discard();
        return Checkpoint.open(place.checkpoint(), layout, identity, place.lasting() || !first, prepared);
    }

    /// Whether the target reads as zero, on disk, from now on.
    private boolean prepare(BlockSink sink, boolean written) {
        if (place.targetIsZero() && !written) {
            return true;
        }
        if (disk.scope() instanceof CopyScope.Everything) {
            sink.clear();
            sink.flush();
        }
        return sink.readsAsZero();
    }

    /// Whether some blocks of an earlier run are still there: a target may have been made anew under the same name.
    private static boolean holds(BlockSink sink, Checkpoint found, List<Integer> some, BlockLayout layout) {
        var digest = layout.method().start();
        var held = new AtomicBoolean(true);
        try (var reader = sink.reader()) {
            for (int block : some) {
                reader.submit(layout.offsetOf(block), layout.lengthOf(block), block);
                reader.take((tag, _, bytes) -> {
                    if (!Arrays.equals(digest.of(bytes), found.expected((int) tag))) {
                        held.set(false);
                    }
                });
            }
        }
        return held.get();
    }

    private void copy(BlockSource source, BlockSink sink, BlockLayout layout, Checkpoint checkpoint, @Nullable Checkpoint last,
            @Nullable VerifyPass readBack) {
        var workers = new Workers(failure -> {
            source.close();
            if (failure instanceof FaultException e && isLost(e)) {
                sink.close(); // so that no flush is waited for: a silent server has ten times as long for one
            }
        });
        wake = () -> workers.fail(stopFault());
        boolean several = sink.connections() > 1; // else what one writes is not sure to be seen by another before the end
        var behind = readBack == null || !several ? null : Thread.ofPlatform().daemon().name("verify-" + disk.key()).start(() -> {
            try {
                readBack.readBehind(workers);
            } catch (RuntimeException | Error e) {
                workers.fail(e);
            }
        });
        try (var saver = new Saver(checkpoint, unsavedBytes(), settings.saveEvery(), sink::settle, sink::flush, blocks -> {
            if (readBack != null) {
                readBack.flushed(blocks);
            }
        }, workers::fail)) {
            requireRunning();
            var pace = new Pace(
                    new Pace.Bounds(Math.min(source.connections(), sink.connections()), settings.nbd().depth(), layout.blockBytes(),
                            source.longestRead(), settings.nbd().windowBytes()));
            var copy = new CopyPass(source, sink, layout, checkpoint, last, saver, throttle, pace, counters);
            pass = copy;
            copy.run("copy-" + disk.key(), workers);
        } finally {
            wake = null;
            if (readBack != null && behind != null) {
                readBack.copied(!workers.failed());
                Workers.join(behind);
            }
        }
        try {
            checkpoint.save(sink::flush); // also after a failure: what was written is not to be copied again
            sink.flush(); // what is no block's must last too, and what a failed copy left
        } catch (RuntimeException e) {
            workers.fail(e);
        }
        if (readBack != null && readBack.differs()) {
            requireEqual(readBack.wrong(), layout, checkpoint);
        }
        workers.rethrow();
    }

    /// How much may be written before it is flushed, or a hundredth of all where that is more: what a crash costs, or what is read back behind the copy.
    private long unsavedBytes() {
        if (place.lasting()) {
            return settings.saveBytes();
        }
        boolean mayBeLost = settings.nbd().retry().on() && disk.target() instanceof TargetSpec.Nbd; // and then goes on from what was saved
        return verify == Verify.OFF && !mayBeLost ? Saver.NEVER : 2 * LEAST_BETWEEN_FLUSHES; // it is saved when half of that was written
    }

    /// @return the root over what was read back; `null` where that was not all
    private @Nullable String verify(VerifyPass readBack, BlockLayout layout, Checkpoint checkpoint) {
        verifying = true;
        var workers = new Workers(_ -> {
        });
        wake = () -> workers.fail(stopFault());
        requireRunning();
        workers.run("verify-" + disk.key(), readBack.threads(), () -> readBack.run(workers));
        wake = null;
        workers.rethrow();
        requireEqual(readBack.wrong(), layout, checkpoint);
        if (verify != Verify.FULL) {
            return null;
        }
        var all = this.verified;
        all.add(disk.sizeBytes() - all.sum()); // the volume's own extents say that the rest is one hole
        return checkpoint.targetRoot();
    }

    private void requireEqual(VerifyPass.Wrong wrong, BlockLayout layout, Checkpoint checkpoint) {
        if (wrong.blocks() > 0) {
            checkpoint.discard(); // nothing of this copy can be trusted
            throw new FaultException(CopyFault.COPY_VERIFY_MISMATCH,
                    place.nameOf(disk) + " was read back from " + disk.target().place() + " otherwise than it was read from its source",
                    wrong.blocks() + (wrong.blocks() == 1 ? " block" : " blocks") + " of " + layout.blockBytes() + " bytes, at offset "
                            + String.join(", ", wrong.places())
                            + (place.targetIsZero() && !(disk.target() instanceof TargetSpec.RawFile)
                                    ? "; it was said to be zero (--target-is-zero)"
                                    : ""));
        }
    }

    private void requireRunning() {
        if (stopped) {
            throw stopFault();
        }
    }

    private FaultException stopFault() {
        return new FaultException(CopyFault.COPY_STOPPED, "the copy of " + place.nameOf(disk) + " was stopped", "it was asked to stop");
    }

    /// A logger is made where there is something to be said: the first one is looked for in all jars.
    private static void log(System.Logger.Level level, String message, @Nullable Object... values) {
        System.getLogger(DiskTransfer.class.getName()).log(level, message, values);
    }
}
