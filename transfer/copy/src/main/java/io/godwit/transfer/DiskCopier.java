package io.godwit.transfer;

import io.godwit.blockio.FileSink;
import io.godwit.blockio.NbdSource;
import io.godwit.export.Export;
import io.godwit.export.Exports;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.model.fault.FaultException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Copies all disks of one job into their volumes and reads them back. Sparse: what the source says is zero is not read, and what is zero
/// is not written to a volume that reads as zero. Goes on where an earlier run of exactly the same job was killed, after losing at most 64 MiB
/// or 1 % of work. Holds the kernel lock of each volume while it works. One instance copies one job.
///
/// Memory is bounded by [CopySettings]: at most its `memoryBytes` of buffers (never less than one disk's), and 16 MiB more for the maps of
/// what is data. That bound does not grow with the disks but for five bits per block.
public final class DiskCopier {
    private static final long TELL_EVERY_MILLIS = 500;

    private final Exports exports;
    private final CopySettings settings;
    private final List<DiskTransfer> transfers = new ArrayList<>(); // guarded by itself
    private final CopyLimits limits = new CopyLimits();
    private boolean stopped; // guarded by transfers

    public DiskCopier(Exports exports, CopySettings settings) {
        this.exports = exports;
        this.settings = settings;
    }

    /// Does beside something else what every copy needs and what takes a twentieth of a second of a processor: binding the C library. May be
    /// left out.
    public static void prepare() {
        Thread.ofPlatform().daemon().name("prepare").start(FileSink::prepare);
    }

    /// The same of the digests that such copies make.
    public static void prepareDigests(CopySettings settings) {
        if (settings.digest() == BlockDigest.Method.XXH3_128) {
            Thread.ofPlatform().daemon().name("prepare-digests").start(NativeXxh3::find);
        }
    }

    /// What it may take from the source; to be changed at any time.
    public CopyLimits limits() {
        return limits;
    }

    /// Copies, and returns when every byte lies on its device and was read back as the job's options say.
    ///
    /// @param job its target and lock paths may be relative to its work volume, where the checkpoints are kept under `copy/`
    /// @param progress called about twice a second, on one thread, and once more at the end
    /// @throws FaultException the first fault of any disk; the others were stopped at their checkpoints
    public JobResult.Copied copy(WorkerJob.Copy job, Consumer<JobProgress> progress) {
        var locks = new ArrayList<VolumeLock>();
        try {
            for (var disk : job.disks()) {
                var lock = lockOf(disk);
                if (lock != null) {
                    locks.add(VolumeLock.take(Path.of(job.workVolume()).resolve(lock)));
                }
            }
            return new JobResult.Copied(copyLocked(job, progress));
        } finally {
            locks.reversed().forEach(VolumeLock::close);
        }
    }

    private static @Nullable String lockOf(DiskCopy disk) {
        return switch (disk.target()) {
            case TargetSpec.RawFile(_, var lock) -> lock;
            case TargetSpec.Qcow2File(_, var lock) -> lock;
            case TargetSpec.BlockDevice(_, var lock) -> lock;
            case TargetSpec.Nbd _ -> null; // its server's matter
        };
    }

    private List<DiskReport> copyLocked(WorkerJob.Copy job, Consumer<JobProgress> progress) {
        var how = job.options().verify() == Verify.OFF ? settings.method(CopySettings.NO_DIGEST) : settings;
        List<DiskTransfer> all;
        synchronized (transfers) {
            for (var disk : job.disks()) {
                var workVolume = Path.of(job.workVolume());
                var place = new DiskTransfer.Place(workVolume.resolve("copy").resolve(disk.key() + ".checkpoint"), true, null);
                transfers.add(new DiskTransfer(job.name().value(), disk, null, place, workVolume, exports, how, job.options().verify(),
                        limits.of(disk.key())));
            }
            all = List.copyOf(transfers);
            if (stopped) {
                all.forEach(DiskTransfer::stop);
            }
        }
        var reports = new DiskReport[all.size()];
        var next = new AtomicInteger();
        var workers = new Workers(_ -> all.forEach(DiskTransfer::stop));
        try (var _ = new Teller(all, limits, progress)) {
            workers.run("disk", Math.min(settings.parallelDisks(), all.size()), () -> {
                for (int i = next.getAndIncrement(); i < all.size() && !workers.failed(); i = next.getAndIncrement()) {
                    reports[i] = all.get(i).run();
                }
            });
        }
        workers.rethrow();
        return List.of(reports);
    }

    /// Copies one disk for itself, as `godwit copy` does. Digests are made as the settings say, also where nothing is read back.
    ///
    /// @param export of the disk's source, closed at the end; it is made anew where the copy has to begin again because its target was lost
    /// @param opened the same, connected: a server may end when a client leaves
    /// @param scratch a folder for what this run alone needs
    /// @param progress called about twice a second, and once more at the end
    public DiskReport copyAlone(DiskCopy disk, Export export, NbdSource opened, CopyAlone how, Path scratch,
            Consumer<JobProgress> progress) {
        var checkpoint = how.checkpoint();
        var place = new DiskTransfer.Place(checkpoint == null ? scratch.resolve("checkpoint") : checkpoint, checkpoint != null, how);
        var transfer = new DiskTransfer("alone", disk, new DiskTransfer.Opened(export, opened), place, scratch, exports, settings,
                how.verify(), limits.of(disk.key()));
        synchronized (transfers) {
            transfers.add(transfer);
            if (stopped) {
                transfer.stop();
            }
        }
        try (var _ = new Teller(List.of(transfer), limits, progress)) { // the lock of the target itself is enough for one process
            return transfer.run();
        }
    }

    /// Whether that file is the checkpoint of a copy.
    public static boolean isCheckpoint(Path file) throws IOException {
        return CheckpointFile.isOne(file);
    }

    /// Refuses a checkpoint that is in use.
    ///
    /// @param checkpoint a file that is there
    /// @throws FaultException `COPY_CHECKPOINT_BUSY` while another process copies with it
    public static void requireUnused(Path checkpoint) throws IOException {
        CheckpointFile.requireUnused(checkpoint);
    }

    /// The files beside a checkpoint that a copy removes or puts something else in the place of.
    public static List<Path> besideCheckpoint(Path file) {
        return Checkpoint.beside(file);
    }

    /// From any thread: saves checkpoints and makes [#copy(WorkerJob.Copy, Consumer)] end with `COPY_STOPPED`.
    public void stop() {
        synchronized (transfers) {
            stopped = true;
            transfers.forEach(DiskTransfer::stop);
        }
    }

    /// Tells progress on a thread of its own, so that a slow listener slows down no copy.
    private static final class Teller implements AutoCloseable {
        private final List<DiskTransfer> transfers;
        private final CopyLimits limits;
        private final Consumer<JobProgress> progress;
        private final Instant started = Instant.now();
        private final long[] lastBytes;
        private final double[] rates;
        private long lastNanos = System.nanoTime();
        private final List<JobProgress.Phase> phases = new ArrayList<>();
        private final CountDownLatch end = new CountDownLatch(1);
        private final Thread thread;

        Teller(List<DiskTransfer> transfers, CopyLimits limits, Consumer<JobProgress> progress) {
            this.transfers = transfers;
            this.limits = limits;
            this.progress = progress;
            this.lastBytes = new long[transfers.size()];
            this.rates = new double[transfers.size()];
            phases.add(new JobProgress.Phase("copy", started));
            this.thread = Thread.ofPlatform().daemon().name("copy-progress").start(this::run);
        }

        private void run() {
            try {
                boolean more = true;
                while (more) {
                    more = !end.await(TELL_EVERY_MILLIS, TimeUnit.MILLISECONDS);
                    tell();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }

        private void tell() {
            long now = System.nanoTime();
            double seconds = Math.max(1, now - lastNanos) / 1e9;
            lastNanos = now;
            var disks = new ArrayList<JobProgress.DiskProgress>();
            for (int i = 0; i < rates.length; i++) {
                var transfer = transfers.get(i);
                long bytes = transfer.bytesMoved();
                double weight = Math.min(1, seconds / 3); // the last few seconds
                rates[i] += weight * ((bytes - lastBytes[i]) / seconds - rates[i]);
                lastBytes[i] = bytes;
                disks.add(transfer.progress((long) rates[i]));
            }
            if (phases.size() == 1 && transfers.stream().anyMatch(DiskTransfer::verifying)) {
                phases.add(new JobProgress.Phase("verify", Instant.now()));
            }
            progress.accept(new JobProgress(List.copyOf(phases), List.copyOf(disks), limits.load()));
        }

        @Override
        public void close() {
            end.countDown();
            try {
                thread.join(5000);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
