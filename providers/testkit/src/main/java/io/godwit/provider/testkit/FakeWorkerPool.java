package io.godwit.provider.testkit;

import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.ConversionReport;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobResult.ConvertedDisk;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.ReadBack;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.WorkerPool;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/// Jobs in memory that end by a clock. What becomes of a job is a [Fate], by default success after ten seconds.
public final class FakeWorkerPool implements WorkerPool {
    /// What is encrypted in a guest that the plan has keys for.
    public static final List<String> ENCRYPTED = List.of("/dev/sda2", "/dev/vg/root");

    /// What becomes of one run of a job.
    ///
    /// @param takes until it ends
    /// @param fault that it ends with; empty = it succeeds
    public record Fate(Duration takes, Optional<Fault> fault) {
        public static Fate endsWell(Duration takes) {
            return new Fate(takes, Optional.empty());
        }
    }

    /// Decides what becomes of a run.
    public interface Fates {
        Fate of(VmMigrationId owner, WorkerJob job, int attempt);
    }

    /// What a job's success brings.
    public interface Results {
        JobResult of(WorkerJob job);
    }

    private record Key(VmMigrationId owner, JobName name) {}

    private record Run(WorkerJob job, int attempt, Instant ends, Optional<Fault> fault) {}

    private final Map<Key, Run> runs = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<Key, Integer> starts = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<Key, Map<String, String>> secrets = Collections.synchronizedMap(new LinkedHashMap<>());
    private final Map<Key, CopyShare> shares = Collections.synchronizedMap(new LinkedHashMap<>());
    private final List<Consumer<VmMigrationId>> listeners = new CopyOnWriteArrayList<>();
    private final Calls calls;
    private final InstantSource clock;
    private boolean unreachable;
    private Fates fates = (_, _, _) -> Fate.endsWell(Duration.ofSeconds(10));
    private Results results = FakeWorkerPool::success;

    public FakeWorkerPool(InstantSource clock) {
        this(Calls.AT_ONCE, clock);
    }

    public FakeWorkerPool(Calls calls, InstantSource clock) {
        this.calls = calls;
        this.clock = clock;
    }

    public void fates(Fates next) {
        fates = next;
    }

    public void results(Results next) {
        results = next;
    }

    /// Whether the machine of the workers answers nothing; its jobs go on.
    public void unreachable(boolean now) {
        unreachable = now;
    }

    /// How often a process was started for that job.
    public int starts(VmMigrationId owner, JobName name) {
        return starts.getOrDefault(new Key(owner, name), 0);
    }

    /// The jobs that have a living process, over all owners.
    public List<WorkerJob> running() {
        return List.copyOf(runs.values()).stream().filter(this::alive).map(Run::job).toList();
    }

    /// The jobs of that owner that have a living process.
    public List<WorkerJob> running(VmMigrationId owner) {
        return all().stream().filter(each -> each.getKey().owner().equals(owner) && alive(each.getValue()))
                .map(each -> each.getValue().job()).toList();
    }

    /// The last job of that kind that was started for the owner.
    public <T extends WorkerJob> Optional<T> last(VmMigrationId owner, Class<T> kind) {
        return all().stream().filter(each -> each.getKey().owner().equals(owner) && kind.isInstance(each.getValue().job()))
                .map(each -> kind.cast(each.getValue().job())).reduce((_, second) -> second);
    }

    /// Ends all that runs for that owner well, now.
    public void finish(VmMigrationId owner) {
        for (var each : all()) {
            var run = each.getValue();
            if (each.getKey().owner().equals(owner) && alive(run)) {
                runs.put(each.getKey(), new Run(run.job(), run.attempt(), clock.instant(), Optional.empty()));
            }
        }
        List.copyOf(listeners).forEach(listener -> listener.accept(owner));
    }

    private boolean alive(Run run) {
        return clock.instant().isBefore(run.ends());
    }

    private List<Map.Entry<Key, Run>> all() {
        synchronized (runs) {
            return List.copyOf(runs.entrySet());
        }
    }

    @Override
    public JobStatus ensure(VmMigrationId owner, WorkerJob job, int attempt) {
        return calls.change("ensureJob " + owner + " " + job.name(), () -> {
            var key = new Key(owner, job.name());
            var run = runs.get(key);
            if (run == null || (!alive(run) && run.fault().isPresent() && run.attempt() < attempt)) {
                var fate = fates.of(owner, job, attempt);
                runs.put(key, new Run(job, attempt, clock.instant().plus(fate.takes()), fate.fault()));
                starts.merge(key, 1, Integer::sum);
                var share = job instanceof WorkerJob.Copy copy ? copy.options().share() : null;
                if (share != null) {
                    shares.put(key, share);
                }
                List.copyOf(listeners).forEach(listener -> listener.accept(owner));
            }
            return status(owner, job.name());
        });
    }

    @Override
    public JobStatus status(VmMigrationId owner, JobName name) {
        if (unreachable) {
            throw new FaultException(SpiFault.WORKER_UNREACHABLE, "job " + name, "no answer");
        }
        var run = runs.get(new Key(owner, name));
        if (run == null) {
            return new JobStatus.Broken(name, JobProgress.NONE, Fault.of(SpiFault.WORKER_LOST, "job " + name, "it was never started"));
        }
        var progress = progress(run);
        if (alive(run)) {
            return new JobStatus.Running(name, progress);
        }
        List.copyOf(listeners).forEach(listener -> listener.accept(owner));
        if (run.fault().isPresent()) {
            return new JobStatus.Broken(name, progress, run.fault().get());
        }
        var sides = run.job().sideTasks().stream().map(task -> new SideResult(task.name(), bytes(task))).toList();
        return new JobStatus.Done(name, progress, results.of(run.job()), sides);
    }

    private static long bytes(SideTask task) {
        return switch (task) {
            case SideTask.CheckDigests(_, var ranges) -> ranges.size();
        };
    }

    private JobProgress progress(Run run) {
        var disks = run.job() instanceof WorkerJob.Copy copy ? copy.disks() : List.<DiskCopy>of();
        return new JobProgress(List.of(), disks.stream().map(disk -> {
            long done = alive(run) ? disk.sizeBytes() / 2 : disk.sizeBytes();
            return new DiskProgress(disk.key(), done, disk.sizeBytes(), done, done, 1 << 20);
        }).toList());
    }

    @Override
    public boolean stop(VmMigrationId owner, JobName name) {
        return calls.<Boolean>change("stopJob " + owner + " " + name, () -> {
            var key = new Key(owner, name);
            var run = runs.get(key);
            if (run != null && alive(run)) {
                runs.put(key, new Run(run.job(), run.attempt(), clock.instant(),
                        Optional.of(Fault.of(SpiFault.WORKER_LOST, "job " + name, "it was stopped"))));
            }
            return true;
        });
    }

    @Override
    public boolean stopAll(VmMigrationId owner) {
        boolean dead = true;
        for (var key : List.copyOf(runs.keySet())) {
            if (key.owner().equals(owner)) {
                dead &= stop(owner, key.name());
            }
        }
        return dead;
    }

    @Override
    public boolean secrets(VmMigrationId owner, JobName name, Map<String, String> values) {
        return calls.<Boolean>change("giveSecrets " + owner + " " + name, () -> {
            var key = new Key(owner, name);
            var run = runs.get(key);
            if (run == null || !alive(run) || unreachable) {
                return false;
            }
            secrets.put(key, Map.copyOf(values));
            return true;
        });
    }

    /// What a job was given last.
    public Map<String, String> secretsOf(VmMigrationId owner, JobName name) {
        return secrets.getOrDefault(new Key(owner, name), Map.of());
    }

    @Override
    public boolean limit(VmMigrationId owner, JobName name, CopyShare share) {
        return calls.<Boolean>change("limitJob " + owner + " " + name, () -> {
            var key = new Key(owner, name);
            var run = runs.get(key);
            if (run == null || !alive(run) || unreachable) {
                return false;
            }
            shares.put(key, share);
            return true;
        });
    }

    /// What that job was told last that it may take; empty where it was told nothing.
    public Optional<CopyShare> share(VmMigrationId owner, JobName name) {
        return Optional.ofNullable(shares.get(new Key(owner, name)));
    }

    @Override
    public Optional<JobProgress> heard(VmMigrationId owner, JobName name) {
        return Optional.ofNullable(runs.get(new Key(owner, name))).filter(this::alive).map(this::progress);
    }

    @Override
    public void onChange(Consumer<VmMigrationId> listener) {
        listeners.add(listener);
    }

    /// What a job brings when all goes well: a Debian that boots, half of each disk data, with keys all [#ENCRYPTED] opened.
    public static JobResult success(WorkerJob job) {
        return switch (job) {
            case WorkerJob.Inspect inspect -> new JobResult.Inspected(new GuestReport(
                    List.of(new GuestReport.GuestSystem("/dev/sda1", "linux",
                            "debian", "Debian GNU/Linux 12", 12, 5, "x86_64", "web", List.of("6.1.0-29-amd64"), true)),
                    List.of(), inspect.keys().isEmpty() ? List.of() : ENCRYPTED));
            case WorkerJob.Convert convert -> new JobResult.Converted(convert.generation(),
                    new ConversionReport("virt-v2v-in-place 2.2.0", convert.machine().uefi(), "q35", "virtio-blk", "virtio-net", true, true,
                            false, List.of()),
                    convert.disks().stream().map(disk -> new ConvertedDisk(disk.key(),
                            "overlays/" + convert.generation() + "/" + disk.key() + ".qcow2", disk.key() + "@" + convert.generation()))
                            .toList(),
                    "logs/convert.log");
            case WorkerJob.Copy copy -> new JobResult.Copied(copy.disks().stream().map(FakeWorkerPool::copied).toList());
            case WorkerJob.Commit commit -> new JobResult.Committed(commit.disks().stream().map(FakeWorkerPool::copied).toList());
            case WorkerJob.CheckBoot boot -> new JobResult.BootChecked(new BootReport(BootReport.Verdict.BOOTED, "login:", 12,
                    boot.evidenceDirectory() + "/console.txt", null, BootReport.Proof.CONSOLE));
        };
    }

    private static DiskReport copied(DiskCopy disk) {
        long data = Math.ceilDiv(disk.sizeBytes(), 2);
        return new DiskReport(disk.key(), disk.sizeBytes(), data, disk.sizeBytes() - data, 0L, 0, Math.ceilDiv(disk.sizeBytes(), 1L << 20),
                1 << 20, "SHA-256", "aa", "aa",
                ReadBack.DEVICE, disk.sizeBytes(), WorkerJob.Verify.FULL, Math.ceilDiv(disk.sizeBytes(), 1L << 20), null);
    }
}
