package io.godwit.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.fault.FaultException;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.Control;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.KernelLock;
import io.godwit.protocol.WorkerClient;
import io.godwit.protocol.WorkerRefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WorkerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(5);

    @TempDir
    private Path temporary;
    private JobFolder folder = new JobFolder(Path.of("/"));
    private final ScriptedRunner runner = new ScriptedRunner();
    private final WorkerClient client = new WorkerClient(PATIENCE);

    @BeforeEach
    void makeTheFolder() throws Exception {
        folder = new JobFolder(Files.createDirectories(temporary.resolve("jobs/inspect-1")));
        Files.createSymbolicLink(folder.runLink(), temporary.resolve("r"));
    }

    @AfterEach
    void close() {
        runner.mayEnd.countDown();
        client.close();
    }

    @Test
    void runsTheJobOfItsFolderAndLeavesTheEndThere() throws Exception {
        folder.writeOrder(order(1));
        runner.mayEnd.countDown();

        assertThat(new Worker(folder.path(), runner).run()).isEqualTo(Worker.Exit.ENDED);

        var end = folder.readEnd().orElseThrow();
        assertThat(end.attempt()).isEqualTo(1);
        assertThat(end.status()).isInstanceOfSatisfying(JobStatus.Done.class, done -> {
            assertThat(done.result()).isEqualTo(ScriptedRunner.RESULT);
            assertThat(done.sideResults()).containsExactly(new JobStatus.SideResult("manifest", 42));
        });
        assertThat(folder.readProcess().orElseThrow().pid()).isEqualTo(ProcessHandle.current().pid());
        assertThat(temporary.resolve("r")).doesNotExist();
    }

    @Test
    void runsAnAttemptOnceAndTheNextOneAgain() throws Exception {
        folder.writeOrder(order(1));
        runner.mayEnd.countDown();
        new Worker(folder.path(), runner).run();
        new Worker(folder.path(), runner).run();
        assertThat(runner.runs).hasValue(1);

        folder.writeOrder(order(2));
        new Worker(folder.path(), runner).run();
        assertThat(runner.runs).hasValue(2);
        assertThat(folder.readEnd().orElseThrow().attempt()).isEqualTo(2);
    }

    @Test
    void doesNothingWhileAnotherHoldsTheLock() throws Exception {
        folder.writeOrder(order(1));
        try (var _ = KernelLock.tryTake(folder.lock()).orElseThrow()) {
            assertThat(new Worker(folder.path(), runner).run()).isEqualTo(Worker.Exit.NOT_MINE);
        }
        assertThat(runner.runs).hasValue(0);
        assertThat(folder.readEnd()).isEmpty();
    }

    @Test
    void tellsProgressToWhoWaitsForIt() throws Exception {
        var runs = new LinkedBlockingQueue<JobRun>();
        runner.atStart = runs::add;
        folder.writeOrder(order(1));
        var worker = start();
        var run = runs.poll(5, TimeUnit.SECONDS);
        assertThat(run).isNotNull();
        var first = client.status(folder.socket(), 0, Duration.ZERO);
        assertThat(first.status()).isInstanceOf(JobStatus.Running.class);

        var poll = CompletableFuture.supplyAsync(() -> {
            try {
                return client.status(folder.socket(), first.version(), Duration.ofSeconds(30));
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        });
        var progress = new JobProgress(List.of(), List.of(new DiskProgress("d", 1, 2, 1, 0, 1)));
        run.progress(progress);

        var news = poll.get(5, TimeUnit.SECONDS);
        assertThat(news.version()).isGreaterThan(first.version());
        assertThat(news.status().progress()).isEqualTo(progress);
        runner.mayEnd.countDown();
        assertThat(worker.get(5, TimeUnit.SECONDS)).isEqualTo(Worker.Exit.ENDED);
    }

    @Test
    void takesALargeOrderOverItsSocketAndRefusesAnother() throws Exception {
        var worker = start();
        var large = new JobOrder(new VmMigrationId("v-1"), 1, 3600,
                new WorkerJob.Inspect(new JobName("inspect-1"), "/work", List.of(),
                        IntStream.range(0, 20_000)
                                .mapToObj(i -> new DiskInput("disk-" + i, new ExportSpec.File("/disks/" + i, null), i, "scsi"))
                                .toList(),
                        null));
        awaitSocket();
        client.put(folder.socket(), large);
        client.put(folder.socket(), large);

        assertThat(runner.started.await(5, TimeUnit.SECONDS)).isTrue();
        assertThatThrownBy(() -> client.put(folder.socket(), order(1))).isInstanceOfSatisfying(WorkerRefusedException.class,
                refused -> assertThat(refused.status()).isEqualTo(409));
        assertThat(folder.readOrder()).contains(large);
        runner.mayEnd.countDown();
        assertThat(worker.get(5, TimeUnit.SECONDS)).isEqualTo(Worker.Exit.ENDED);
    }

    @Test
    void stopsWhenItIsCanceled() throws Exception {
        folder.writeOrder(order(1));
        var worker = start();
        assertThat(runner.started.await(5, TimeUnit.SECONDS)).isTrue();

        client.control(folder.socket(), new Control.Cancel());

        assertThat(worker.get(5, TimeUnit.SECONDS)).isEqualTo(Worker.Exit.ENDED);
        assertThat(fault()).isEqualTo("JOB_CANCELED");
    }

    @Test
    void stopsAtACheckpointWhenItsProcessIsAskedToEnd() throws Exception {
        folder.writeOrder(order(1));
        var worker = new Worker(folder.path(), runner);
        var _ = CompletableFuture.supplyAsync(worker::run);
        assertThat(runner.started.await(5, TimeUnit.SECONDS)).isTrue();

        assertThat(worker.stop(PATIENCE)).isTrue();

        assertThat(fault()).isEqualTo("WORKER_STOPPED");
    }

    @Test
    void stopsWhenNobodyHasAskedForItForTooLong() throws Exception {
        folder.writeOrder(new JobOrder(new VmMigrationId("v-1"), 1, 0, order(1).job()));
        assertThat(new Worker(folder.path(), runner).run()).isEqualTo(Worker.Exit.ENDED);
        assertThat(fault()).isEqualTo("WORKER_FORSAKEN");
    }

    @Test
    void breaksWithTheFaultOfASideTaskAndStopsTheJob() throws Exception {
        runner.side = task -> {
            throw new FaultException(WorkerFault.SOURCE_DIGEST_MISMATCH, task.name(), "planted");
        };
        folder.writeOrder(order(1));
        assertThat(new Worker(folder.path(), runner).run()).isEqualTo(Worker.Exit.ENDED);
        assertThat(fault()).isEqualTo("SOURCE_DIGEST_MISMATCH");
    }

    @Test
    void leavesAnEndEvenWhenTheJobFailsAsItShouldNot() throws Exception {
        runner.atStart = _ -> {
            throw new StackOverflowError("planted");
        };
        folder.writeOrder(order(1));
        assertThat(new Worker(folder.path(), runner).run()).isEqualTo(Worker.Exit.ENDED);
        assertThat(fault()).isEqualTo("WORKER_FAILED");
    }

    @Test
    void passesOnSecretsAndLimitsToAJobThatTakesThem() throws Exception {
        var limits = new LinkedBlockingQueue<Control.Limits>();
        var runs = new LinkedBlockingQueue<JobRun>();
        runner.atStart = runs::add;
        folder.writeOrder(order(1));
        var worker = start();
        var run = runs.poll(5, TimeUnit.SECONDS);
        assertThat(run).isNotNull();

        assertThatThrownBy(() -> client.control(folder.socket(), limits(7))).isInstanceOfSatisfying(
                WorkerRefusedException.class,
                refused -> assertThat(refused.status()).isEqualTo(501));
        var renewed = new LinkedBlockingQueue<String>();
        run.onSecrets(() -> renewed.add(run.secret("token").orElse("none")));
        run.onLimits(limits::add);
        client.control(folder.socket(), limits(9));
        client.control(folder.socket(), new Control.Secrets(Map.of("token", "t")));

        assertThat(limits).containsExactly(limits(7), limits(9));
        assertThat(run.secret("token")).contains("t");
        assertThat(renewed).containsExactly("t");
        runner.mayEnd.countDown();
        worker.get(5, TimeUnit.SECONDS);
    }

    @Test
    void aJobWaitsForASecretAndNotForEver() throws Exception {
        var runs = new LinkedBlockingQueue<JobRun>();
        runner.atStart = runs::add;
        folder.writeOrder(order(1));
        var worker = start();
        var run = runs.poll(5, TimeUnit.SECONDS);
        assertThat(run).isNotNull();

        assertThatThrownBy(() -> AwaitedSecret.of(run, "key", Duration.ofMillis(50))).hasMessageContaining("JOB_SECRET_MISSING");
        var awaited = CompletableFuture.supplyAsync(() -> AwaitedSecret.of(run, "key", Duration.ofMinutes(1)));
        client.control(folder.socket(), new Control.Secrets(Map.of("another", "a")));
        client.control(folder.socket(), new Control.Secrets(Map.of("key", "k")));
        assertThat(awaited.get(5, TimeUnit.SECONDS)).isEqualTo("k");
        runner.mayEnd.countDown();
        worker.get(5, TimeUnit.SECONDS);
    }

    private static Control.Limits limits(long bytesPerSecond) {
        return new Control.Limits(new CopyShare(bytesPerSecond, 0, 0, Map.of()));
    }

    private CompletableFuture<Worker.Exit> start() {
        return CompletableFuture.supplyAsync(new Worker(folder.path(), runner)::run);
    }

    private void awaitSocket() {
        org.awaitility.Awaitility.await().until(() -> Files.exists(folder.socket()));
    }

    private String fault() throws Exception {
        return folder.readEnd().orElseThrow().status() instanceof JobStatus.Broken broken ? broken.fault().code() : "none";
    }

    private static JobOrder order(int attempt) {
        return new JobOrder(new VmMigrationId("v-1"), attempt, 3600,
                new WorkerJob.Inspect(new JobName("inspect-1"), "/work", List.of(new SideTask.CheckDigests("manifest", List.of())),
                        List.of(), null));
    }
}
