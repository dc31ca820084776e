package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.JobOrder;
import io.godwit.protocol.JobProcesses;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Real processes, really killed.
class WorkerSurvivalIT {
    private static final JobName NAME = new JobName("job-1");
    private static final Duration LONG = Duration.ofSeconds(30);

    @TempDir
    private Path temporary;
    private final VmMigrationId owner = VmMigrationId.random();
    private final List<ChildProcessWorkerPool> pools = new ArrayList<>();
    private Workshop workshop = new Workshop(Path.of("/"), Path.of("/"), List.of(), Workshop.IMPATIENT);

    @BeforeEach
    void open() {
        workshop = new Workshop(temporary.resolve("pool"), temporary.resolve("run"), Workshop.scripted(), Workshop.IMPATIENT);
    }

    @AfterEach
    void leaveNothing() {
        await().atMost(LONG).until(() -> pool().stopAll(owner));
        pools.forEach(ChildProcessWorkerPool::close);
    }

    private ChildProcessWorkerPool pool() {
        var pool = workshop.open();
        pools.add(pool);
        return pool;
    }

    @Test
    void aWorkerSurvivesItsServerAndIsAdoptedWithTheSamePid() throws Exception {
        var server = server("endless");
        var worker = awaitWorker();
        kill(server);

        var next = pool();
        assertThat(next.ensure(owner, workshop.job(owner, NAME, "endless"), 1)).isInstanceOf(JobStatus.Running.class);
        assertThat(next.status(owner, NAME).progress().phases()).extracting("name").containsExactly("started");
        assertThat(workshop.starts(owner)).containsExactly(Long.toString(worker));
        assertThat(ProcessHandle.of(worker)).isPresent();
        assertThat(pidOf(NAME)).isEqualTo(worker);
    }

    @Test
    void aKilledGroupIsLostAndTheNextAttemptStartsAnew() throws Exception {
        var server = server("endless");
        var worker = awaitWorker();
        var child = workshop.pidIn(owner, "child");
        var left = workshop.pidIn(owner, "left");
        assertThat(ProcessHandle.of(left)).as("what the tool left").isPresent();
        kill(server);
        var handle = ProcessHandle.of(worker).orElseThrow();
        assertThat(handle.destroyForcibly()).isTrue();
        handle.onExit().get(10, TimeUnit.SECONDS);

        var next = pool();
        var job = workshop.job(owner, NAME, "endless");
        assertThat(next.ensure(owner, job, 1)).isInstanceOfSatisfying(JobStatus.Broken.class,
                broken -> assertThat(broken.fault().code()).isEqualTo(SpiFault.WORKER_LOST.name()));
        assertThat(isAlive(child)).as("the worker's child").isFalse();
        assertThat(isAlive(left)).as("what the tool left").isFalse();
        assertThat(next.status(owner, NAME)).isInstanceOf(JobStatus.Broken.class);

        assertThat(next.ensure(owner, job, 2)).isInstanceOf(JobStatus.Running.class);
        await().atMost(LONG).until(() -> workshop.starts(owner).size() == 2);
        assertThat(workshop.folder(owner, NAME).readOrder().orElseThrow().attempt()).isEqualTo(2);
    }

    @Test
    void anOrderThatNoWorkerEverTookIsBegunInTheSameAttempt() throws Exception {
        var job = workshop.job(owner, NAME, "end");
        pool();
        Files.createDirectories(workshop.folder(owner, NAME).path());
        workshop.folder(owner, NAME).writeOrder(new JobOrder(owner, 1, 3600, job)); // and here its server was killed
        var next = pool();
        assertThat(next.status(owner, NAME)).isInstanceOf(JobStatus.Broken.class);
        next.ensure(owner, job, 1);
        await().atMost(LONG).until(() -> next.status(owner, NAME) instanceof JobStatus.Done);
        assertThat(workshop.starts(owner)).hasSize(1);
    }

    @Test
    void aWorkerThatIsSlowToStartIsWaitedForAndNotStartedTwice() throws Exception {
        var slow = new ArrayList<>(List.of("sh", "-c", "while [ ! -e \"$0/go\" ]; do sleep 0.1; done; exec \"$@\"", temporary.toString()));
        slow.addAll(Workshop.scripted());
        workshop = new Workshop(workshop.root(), workshop.runtime(), slow, Workshop.IMPATIENT.start(Duration.ofMillis(200)));
        var job = workshop.job(owner, NAME, "end");
        assertThat(pool().ensure(owner, job, 1)).isInstanceOf(JobStatus.Running.class);
        assertThat(pool().ensure(owner, job, 1)).isInstanceOf(JobStatus.Running.class);
        assertThat(pool().status(owner, NAME)).isInstanceOf(JobStatus.Running.class);
        Files.createFile(temporary.resolve("go"));
        await().atMost(LONG).until(() -> pool().status(owner, NAME) instanceof JobStatus.Done);
        assertThat(workshop.starts(owner)).hasSize(1);
    }

    @Test
    void noTwoServersRunOneJobTwice() throws Exception {
        var job = workshop.job(owner, NAME, "endless");
        int servers = 4;
        var go = new CountDownLatch(1);
        var views = new ArrayList<ChildProcessWorkerPool>();
        for (int i = 0; i < servers; i++) {
            views.add(pool());
        }
        try (var threads = Executors.newFixedThreadPool(servers)) {
            var results = views.stream().map(view -> threads.submit((Callable<JobStatus>) () -> {
                go.await();
                return view.ensure(owner, job, 1);
            })).toList();
            go.countDown();
            for (var result : results) {
                assertThat(result.get(30, TimeUnit.SECONDS)).isInstanceOf(JobStatus.Running.class);
            }
        }
        await().atMost(LONG).until(() -> !workshop.starts(owner).isEmpty());
        assertThat(workers()).hasSize(1);
        assertThat(workshop.starts(owner)).hasSize(1);
    }

    /// Past the pool's own gate, as a server would that has been asleep: the kernel lock is what holds.
    @Test
    void aSecondWorkerOfTheSameJobDoesNothing() throws Exception {
        pool().ensure(owner, workshop.job(owner, NAME, "endless"), 1);
        awaitWorker();
        var command = new ArrayList<>(Workshop.scripted());
        command.add(workshop.folder(owner, NAME).path().toString());
        var second = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(temporary.resolve("second.log").toFile()).start();
        assertThat(second.waitFor(20, TimeUnit.SECONDS)).isTrue();
        assertThat(second.exitValue()).isEqualTo(75);
        assertThat(workshop.starts(owner)).hasSize(1);
        assertThat(pool().status(owner, NAME)).isInstanceOf(JobStatus.Running.class);
    }

    @Test
    void cancelLeavesNoProcess() throws Exception {
        var pool = pool();
        pool.ensure(owner, workshop.job(owner, NAME, "endless"), 1);
        awaitWorker();
        await().atMost(LONG).until(() -> pool.stop(owner, NAME));
        assertThat(JobProcesses.of(workshop.folder(owner, NAME))).isEmpty();
        assertThat(isAlive(workshop.pidIn(owner, "left"))).isFalse();
        assertThat(pool.status(owner, NAME)).isInstanceOfSatisfying(JobStatus.Broken.class,
                broken -> assertThat(broken.fault().code()).isEqualTo("JOB_CANCELED"));
        assertThat(temporary.resolve("run")).isDirectoryNotContaining(path -> path.getFileName().toString().startsWith("w-"));
    }

    @Test
    void aJobThatWillNotStopIsKilled() throws Exception {
        var pool = pool();
        pool.ensure(owner, workshop.job(owner, NAME, "stubborn"), 1);
        awaitWorker();
        await().atMost(LONG).until(() -> pool.stop(owner, NAME));
        assertThat(JobProcesses.of(workshop.folder(owner, NAME))).isEmpty();
        assertThat(pool.status(owner, NAME)).isInstanceOfSatisfying(JobStatus.Broken.class,
                broken -> assertThat(broken.fault().code()).isEqualTo(SpiFault.WORKER_LOST.name()));
    }

    @Test
    void aWorkerThatAnswersNoMoreIsKilledAndTheNextAttemptStartsAnew() throws Exception {
        workshop = new Workshop(workshop.root(), workshop.runtime(), Workshop.scripted(), Workshop.IMPATIENT.deaf(Duration.ofSeconds(5)));
        var pool = pool();
        var job = workshop.job(owner, NAME, "endless");
        pool.ensure(owner, job, 1);
        var worker = awaitWorker();
        stopInItsTracks(worker);
        await().atMost(Duration.ofMinutes(2)).until(() -> pool.status(owner, NAME) instanceof JobStatus.Broken);
        assertThat(pool.status(owner, NAME)).isInstanceOfSatisfying(JobStatus.Broken.class, broken -> {
            assertThat(broken.fault().code()).isEqualTo(SpiFault.WORKER_LOST.name());
            assertThat(broken.fault().why()).contains("did not answer");
        });
        assertThat(isAlive(worker)).isFalse();
        assertThat(isAlive(workshop.pidIn(owner, "left"))).as("what the tool left").isFalse();
        assertThat(pool.ensure(owner, job, 2)).isInstanceOf(JobStatus.Running.class);
        await().atMost(LONG).until(() -> workshop.starts(owner).size() == 2);
    }

    private static void stopInItsTracks(long pid) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor()).isZero();
    }

    @Test
    void aWorkerThatCannotStartSaysWhy() {
        workshop = new Workshop(workshop.root(), workshop.runtime(), List.of("sh", "-c", "echo no java here >&2; exit 3"),
                Workshop.IMPATIENT);
        assertThat(org.assertj.core.api.Assertions.catchThrowableOfType(io.godwit.model.fault.FaultException.class,
                () -> pool().ensure(owner, workshop.job(owner, NAME, "end"), 1)).fault()).satisfies(fault -> {
                    assertThat(fault.code()).isEqualTo("WORKER_NOT_STARTED");
                    assertThat(fault.why()).contains("exit code 3").contains("no java here");
                });
    }

    @Test
    void secretsOfTheServerDoNotReachTheWorker() throws Exception {
        pool().ensure(owner, workshop.job(owner, NAME, "endless"), 1);
        var worker = awaitWorker();
        var names = Files.readString(Path.of("/proc/" + worker + "/environ"), java.nio.charset.StandardCharsets.ISO_8859_1).split("\0");
        assertThat(names).allMatch(each -> each.matches(
                "(PATH|HOME|USER|LANG|LC_ALL|TZ|JAVA_HOME|TMPDIR|XDG_RUNTIME_DIR|SSL_CERT_\\w+|GODWIT_JOB_FOLDER|(GODWIT_WORKER_|LIBGUESTFS_|VIRTIO_WIN)\\w*)=(?s).*"));
    }

    private Process server(String script) throws IOException {
        var command = List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-cp",
                System.getProperty("java.class.path"),
                ServerProcess.class.getName(), "start", workshop.root().toString(), workshop.runtime().toString(), owner.value(), script);
        var server = new ProcessBuilder(command).redirectError(temporary.resolve("server.log").toFile()).start();
        assertThat(server.inputReader().readLine()).isEqualTo("started");
        return server;
    }

    private static void kill(Process server) throws InterruptedException {
        server.destroyForcibly();
        assertThat(server.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }

    /// Its pid, once its script has come to its wait.
    private long awaitWorker() throws IOException {
        await().atMost(LONG).until(() -> isAlive(workshop.pidIn(owner, "left")) && workshop.pidIn(owner, "child") > 0);
        return pidOf(NAME);
    }

    private long pidOf(JobName name) throws IOException {
        return workshop.folder(owner, name).readProcess().orElseThrow().pid();
    }

    private List<ProcessHandle> workers() {
        return JobProcesses.of(workshop.folder(owner, NAME)).stream()
                .filter(each -> each.info().commandLine().orElse("").contains(ScriptedWorker.class.getName())).toList();
    }

    private static boolean isAlive(long pid) {
        return pid > 0 && ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }
}
