package io.godwit.provider.local;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.Control;
import io.godwit.protocol.DurableFile;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.JobProcesses;
import io.godwit.protocol.KernelLock;
import io.godwit.protocol.WorkerClient;
import io.godwit.protocol.WorkerProcess;
import io.godwit.protocol.WorkerReport;
import io.godwit.provider.ProviderSettings.Node;
import io.godwit.provider.SpiFault;
import io.godwit.provider.WorkerPool;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Workers as processes of this machine, each in a session of its own, so that they outlive the server. A worker is alive while it holds
/// the kernel lock of its job's folder: who gets that lock has its death proven, kills what it may have left, and only then believes the
/// end that is written there, or starts the next attempt. All of this happens under a second lock, so that no two servers start one job.
final class ChildProcessWorkerPool implements WorkerPool, AutoCloseable {
    /// How long is waited for what.
    ///
    /// @param answer for a worker to answer what it can answer at once
    /// @param start in one call of `ensure`, for a new worker to take its lock
    /// @param cancel from asking a job to stop until SIGTERM
    /// @param terminate from SIGTERM until SIGKILL
    /// @param look in one call of `stop`, for a process to be gone
    /// @param deaf for a worker that holds its lock to answer at all, until it is killed
    record Patience(Duration answer, Duration start, Duration cancel, Duration terminate, Duration look, Duration deaf) {
        static final Patience DEFAULT = new Patience(Duration.ofSeconds(3), Duration.ofSeconds(5), Duration.ofSeconds(10),
                Duration.ofSeconds(10), Duration.ofSeconds(3), Duration.ofMinutes(5));

        Patience start(Duration limit) {
            return new Patience(answer, limit, cancel, terminate, look, deaf);
        }

        Patience deaf(Duration limit) {
            return new Patience(answer, start, cancel, terminate, look, limit);
        }
    }

    private static final Logger LOG = System.getLogger(ChildProcessWorkerPool.class.getName());
    private static final Duration LONG_POLL = Duration.ofSeconds(30);
    private static final Duration LONGEST_START = Duration.ofMinutes(1);
    private static final Duration KILL_PATIENCE = Duration.ofSeconds(5);
    private static final Duration WATCH_AGAIN = Duration.ofSeconds(1);
    private static final int NOT_MINE = 75; // how a worker ends that found another one at work
    private static final int LONGEST_RUNTIME_PATH = 80; // of 107 bytes for a socket's path, with room for names of tools' sockets
    private static final Set<String> PASSED_ON = Set.of("PATH", "HOME", "USER", "LANG", "LC_ALL", "TZ", "JAVA_HOME", "TMPDIR",
            "XDG_RUNTIME_DIR", "SSL_CERT_FILE", "SSL_CERT_DIR");
    private static final List<String> PASSED_ON_PREFIXES = List.of("GODWIT_WORKER_", "LIBGUESTFS_", "VIRTIO_WIN"); // anything else may be a secret

    private final Pool pool;
    private final Node node;
    private final Duration silence;
    private final Patience patience;
    private final WorkerClient client;
    private final List<Consumer<VmMigrationId>> listeners = new CopyOnWriteArrayList<>();
    private final Map<Path, Thread> watches = new ConcurrentHashMap<>();
    private final Map<Path, JobProgress> heard = new ConcurrentHashMap<>(); // of those that are watched
    private final Map<Path, Long> stopAskedAt = new ConcurrentHashMap<>();
    private volatile boolean closed;

    ChildProcessWorkerPool(Pool pool, Node node, Duration silence, Patience patience) {
        this.pool = pool;
        this.node = node;
        this.silence = silence;
        this.patience = patience;
        client = new WorkerClient(patience.answer());
    }

    @Override
    public JobStatus ensure(VmMigrationId owner, WorkerJob job, int attempt) {
        var folder = pool.owner(owner).job(job.name());
        try {
            DurableFile.makeFolders(folder.path());
            try (var gate = gate(folder)) {
                if (gate == null) { // another thread or server is starting it, or looking
                    return new JobStatus.Running(job.name(), JobProgress.NONE);
                }
                try (var dead = KernelLock.tryTake(folder.lock()).orElse(null)) {
                    if (dead == null) {
                        watch(owner, folder);
                        return ask(folder, job.name());
                    }
                    if (isStarting(folder)) {
                        return new JobStatus.Running(job.name(), JobProgress.NONE);
                    }
                    var end = endOf(folder, job.name());
                    if (end.isPresent() && (end.get().status() instanceof JobStatus.Done || end.get().attempt() >= attempt)) {
                        return end.get().status();
                    }
                }
                start(folder, new JobOrder(owner, attempt, silence.toSeconds(), job));
            }
            watch(owner, folder);
            return new JobStatus.Running(job.name(), JobProgress.NONE);
        } catch (IOException e) {
            throw LocalFault.translate("job " + job.name() + " of " + owner + " cannot be started", e);
        }
    }

    @Override
    public JobStatus status(VmMigrationId owner, JobName name) {
        var folder = pool.owner(owner).job(name);
        try {
            if (!Files.isDirectory(folder.path())) {
                return lost(folder, name, "it was never started, or its folder is gone");
            }
            try (var gate = gate(folder)) {
                if (gate == null) {
                    return new JobStatus.Running(name, JobProgress.NONE);
                }
                try (var dead = KernelLock.tryTake(folder.lock()).orElse(null)) {
                    if (dead == null) {
                        watch(owner, folder);
                        return ask(folder, name);
                    }
                    if (isStarting(folder)) {
                        return new JobStatus.Running(name, JobProgress.NONE);
                    }
                    return endOf(folder, name).map(WorkerReport::status).orElseGet(() -> lost(folder, name, "it was never started"));
                }
            }
        } catch (IOException e) {
            throw LocalFault.translate("job " + name + " of " + owner + " cannot be looked at", e);
        }
    }

    /// Taken for every look and every start, for moments.
    private @Nullable KernelLock gate(JobFolder folder) throws IOException {
        return KernelLock.take(folder.path().resolve(".gate"), patience.answer()).orElse(null);
    }

    /// Whether a worker is on its way to its lock, perhaps started by a server that is dead by now; asked with the lock in hand.
    private static boolean isStarting(JobFolder folder) throws IOException {
        if (folder.readProcess().isPresent()) { // written by who has the lock
            return false;
        }
        var order = folder.orderedAt();
        return order.isPresent() && Duration.between(order.get(), Instant.now()).compareTo(LONGEST_START) < 0
                && !JobProcesses.of(folder).isEmpty();
    }

    /// What is written, or that nothing is, of a worker that is proven dead: the caller holds its lock. Empty where none has begun.
    private Optional<WorkerReport> endOf(JobFolder folder, JobName name) throws IOException {
        if (!JobProcesses.kill(folder, KILL_PATIENCE)) {
            throw new FaultException(SpiFault.WORKER_UNREACHABLE, "job " + name + " is dead, but not all that it started",
                    "these processes cannot be killed: " + JobProcesses.of(folder).stream().map(ProcessHandle::pid).toList());
        }
        var order = folder.readOrder();
        if (order.isEmpty() || folder.readProcess().isEmpty()) {
            return Optional.empty();
        }
        var end = folder.readEnd().filter(each -> each.attempt() >= order.get().attempt());
        return end.isPresent()
                ? end
                : Optional.of(new WorkerReport(order.get().attempt(), Long.MAX_VALUE, lost(folder, name, "it died without a word")));
    }

    private static JobStatus lost(JobFolder folder, JobName name, String why) {
        return new JobStatus.Broken(name, JobProgress.NONE,
                Fault.of(SpiFault.WORKER_LOST, "the worker of job " + name + " is gone", why + "; its log is " + folder.log()));
    }

    private JobStatus ask(JobFolder folder, JobName name) {
        try {
            return client.status(folder.socket(), 0, Duration.ZERO).status();
        } catch (IOException e) { // it starts, ends or is too busy; that it is alive was seen by its lock
            LOG.log(Level.DEBUG, "job {0} does not answer: {1}", name, e.getMessage());
            return new JobStatus.Running(name, JobProgress.NONE);
        }
    }

    private void start(JobFolder folder, JobOrder order) throws IOException {
        stopAskedAt.remove(folder.path());
        linkRuntimeFolder(folder);
        folder.forgetProcess(); // before the order: without it nobody takes an order for begun
        folder.writeOrder(order);
        var command = new ArrayList<>(List.of("setsid", "--wait"));
        command.addAll(node.workerCommand());
        command.add(folder.path().toString());
        var builder = new ProcessBuilder(command).directory(folder.path().toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(folder.log().toFile()));
        builder.environment().keySet()
                .removeIf(name -> !PASSED_ON.contains(name) && PASSED_ON_PREFIXES.stream().noneMatch(name::startsWith));
        builder.environment().put(JobFolder.MARK, folder.path().toString());
        var process = builder.start();
        awaitLock(folder, order, process);
    }

    private void awaitLock(JobFolder folder, JobOrder order, Process process) throws IOException {
        var deadline = System.nanoTime() + patience.start().toNanos();
        try {
            while (folder.readProcess().isEmpty()) {
                if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                    if (process.exitValue() == NOT_MINE || folder.readEnd().filter(end -> end.attempt() >= order.attempt()).isPresent()) {
                        return;
                    }
                    throw new FaultException(LocalFault.WORKER_NOT_STARTED, "job " + order.job().name() + " was not begun",
                            "its worker ended with exit code " + process.exitValue() + "; its log " + folder.log() + " ends with: "
                                    + tail(folder.log()));
                }
                if (System.nanoTime() - deadline > 0) {
                    return; // whoever looks next sees that it is starting
                }
            }
        } catch (InterruptedException e) { // the worker goes on; whoever looks next finds it by its lock
            Thread.currentThread().interrupt();
        }
    }

    private static String tail(Path log) throws IOException {
        var text = Files.readString(log, StandardCharsets.ISO_8859_1);
        return text.substring(Math.max(0, text.length() - 500)).strip();
    }

    /// A short path for sockets, the same after every restart.
    private void linkRuntimeFolder(JobFolder folder) throws IOException {
        var target = node.runtimeDirectory().toAbsolutePath().resolve("w-" + hash(folder.path().toString()));
        if (target.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_RUNTIME_PATH) {
            throw new IOException(
                    "the runtime folder " + target + " has a longer path than " + LONGEST_RUNTIME_PATH + " bytes, too long for sockets");
        }
        DurableFile.makeFolders(node.runtimeDirectory().toAbsolutePath());
        if (Files.exists(folder.runLink(), LinkOption.NOFOLLOW_LINKS)) {
            if (Files.readSymbolicLink(folder.runLink()).equals(target)) {
                return;
            }
            Files.delete(folder.runLink());
        }
        Files.createSymbolicLink(folder.runLink(), target);
    }

    private static String hash(String text) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)), 0, 8);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Asks by the protocol, then by SIGTERM, then kills all of it; each call does what is due by now.
    @Override
    public boolean stop(VmMigrationId owner, JobName name) {
        return stop(pool.owner(owner).job(name), name.value());
    }

    private boolean stop(JobFolder folder, String name) {
        try {
            if (!Files.isDirectory(folder.path()) || isDead(folder)) {
                stopAskedAt.remove(folder.path());
                return true;
            }
            var now = System.nanoTime();
            var asked = stopAskedAt.putIfAbsent(folder.path(), now);
            var since = asked == null ? Duration.ZERO : Duration.ofNanos(now - asked);
            if (since.compareTo(patience.cancel().plus(patience.terminate())) > 0) {
                LOG.log(Level.WARNING, "job {0} does not end and is killed", name);
                var _ = JobProcesses.kill(folder, KILL_PATIENCE);
            } else if (since.compareTo(patience.cancel()) > 0) {
                terminate(folder);
            } else {
                cancel(folder, name);
            }
            return awaitDeath(folder);
        } catch (IOException e) {
            throw LocalFault.translate("job " + name + " cannot be stopped", e);
        }
    }

    private void cancel(JobFolder folder, String name) {
        try {
            client.control(folder.socket(), new Control.Cancel());
        } catch (IOException e) { // it starts or ends; the next call, or a signal, will tell
            LOG.log(Level.DEBUG, "job {0} cannot be asked to stop: {1}", name, e.getMessage());
        }
    }

    private static void terminate(JobFolder folder) throws IOException {
        var pid = folder.readProcess().map(WorkerProcess::pid);
        JobProcesses.of(folder).stream().filter(each -> pid.filter(worker -> worker == each.pid()).isPresent())
                .forEach(ProcessHandle::destroy);
    }

    private boolean awaitDeath(JobFolder folder) throws IOException {
        var deadline = System.nanoTime() + patience.look().toNanos();
        while (!isDead(folder)) {
            if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
                return false;
            }
            LockSupport.parkNanos(50_000_000);
        }
        stopAskedAt.remove(folder.path());
        return true;
    }

    private boolean isDead(JobFolder folder) throws IOException {
        try (var gate = gate(folder); var dead = gate == null ? null : KernelLock.tryTake(folder.lock()).orElse(null)) {
            return dead != null && JobProcesses.kill(folder, KILL_PATIENCE);
        }
    }

    @Override
    public boolean stopAll(VmMigrationId owner) {
        try {
            boolean allDead = true;
            for (var folder : pool.owner(owner).allJobs()) {
                allDead &= stop(folder, String.valueOf(folder.path().getFileName()));
            }
            return allDead;
        } catch (IOException e) {
            throw LocalFault.translate("the jobs of " + owner + " cannot be stopped", e);
        }
    }

    @Override
    public boolean limit(VmMigrationId owner, JobName name, CopyShare share) {
        var folder = pool.owner(owner).job(name);
        try {
            client.control(folder.socket(), new Control.Limits(share));
            return true;
        } catch (IOException e) { // it starts or ends, or does something else
            LOG.log(Level.DEBUG, "job {0} cannot be told its limits: {1}", name, e.getMessage());
            return false;
        }
    }

    @Override
    public boolean secrets(VmMigrationId owner, JobName name, Map<String, String> values) {
        var folder = pool.owner(owner).job(name);
        try {
            client.control(folder.socket(), new Control.Secrets(values));
            return true;
        } catch (IOException e) { // it starts or ends
            LOG.log(Level.DEBUG, "job {0} cannot be given its secrets: {1}", name, e.getMessage());
            return false;
        }
    }

    @Override
    public Optional<JobProgress> heard(VmMigrationId owner, JobName name) {
        return Optional.ofNullable(heard.get(pool.owner(owner).job(name).path()));
    }

    @Override
    public void onChange(Consumer<VmMigrationId> listener) {
        listeners.add(listener);
    }

    /// Follows a job until it ends. What it hears is a hint; the lock decides.
    private void watch(VmMigrationId owner, JobFolder folder) {
        watches.computeIfAbsent(folder.path(),
                _ -> Thread.ofVirtual().name("watch-" + folder.path().getFileName()).start(() -> follow(owner, folder)));
    }

    private void follow(VmMigrationId owner, JobFolder folder) {
        try {
            long version = 0;
            int phases = 0;
            long answeredAt = System.nanoTime();
            while (!closed) {
                try {
                    var report = client.status(folder.socket(), version, LONG_POLL);
                    answeredAt = System.nanoTime();
                    version = report.version();
                    heard.put(folder.path(), report.status().progress());
                    if (report.status().progress().phases().size() != phases) {
                        phases = report.status().progress().phases().size();
                        tell(owner);
                    }
                } catch (IOException e) {
                    if (closed || !Files.isDirectory(folder.path()) || isFree(folder)) {
                        return;
                    }
                    if (System.nanoTime() - answeredAt > patience.deaf().toNanos()) {
                        endDeaf(folder);
                        answeredAt = System.nanoTime();
                    }
                    LockSupport.parkNanos(WATCH_AGAIN.toNanos());
                }
            }
        } catch (IOException e) {
            LOG.log(Level.WARNING, "job {0} is not followed any more: {1}", folder.path().getFileName(), e);
        } finally {
            heard.remove(folder.path());
            watches.remove(folder.path());
            if (!closed) {
                tell(owner);
            }
        }
    }

    /// Makes an end of a worker that lives and does not answer, or nobody would ever: the next attempt goes on from its checkpoint.
    private void endDeaf(JobFolder folder) throws IOException {
        try (var gate = gate(folder)) {
            var order = folder.readOrder();
            if (gate == null || order.isEmpty()) {
                return;
            }
            var name = order.get().job().name();
            LOG.log(Level.WARNING, "job {0} has not answered for {1} and is killed", name, patience.deaf());
            var _ = JobProcesses.kill(folder, KILL_PATIENCE);
            try (var dead = KernelLock.tryTake(folder.lock()).orElse(null)) {
                if (dead != null && folder.readEnd().filter(end -> end.attempt() >= order.get().attempt()).isEmpty()) {
                    folder.writeEnd(new WorkerReport(order.get().attempt(), Long.MAX_VALUE,
                            lost(folder, name, "it lived, did not answer for " + patience.deaf().toSeconds() + " s, and was killed")));
                }
            }
        }
    }

    private boolean isFree(JobFolder folder) throws IOException {
        try (var gate = gate(folder); var free = gate == null ? null : KernelLock.tryTake(folder.lock()).orElse(null)) {
            return free != null && !isStarting(folder);
        }
    }

    private void tell(VmMigrationId owner) {
        for (var listener : listeners) {
            try {
                listener.accept(owner);
            } catch (RuntimeException e) {
                LOG.log(Level.WARNING, "a listener for ended jobs failed", e);
            }
        }
    }

    /// Lets go of the workers; they go on.
    @Override
    public void close() {
        closed = true;
        watches.values().forEach(Thread::interrupt);
        client.close();
    }
}
