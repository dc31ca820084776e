package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobProcesses;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A worker process that a server under test started.
///
/// @param folder of its job
record SmokeWorker(JobFolder folder, long pid) {
    /// How a server is told to start workers: the real ones, with a converter that takes seconds instead of minutes.
    static List<String> command(String... options) {
        return Stream.of(Stream.of(Deployment.java().toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Dgodwit.converter=fake"),
                Stream.of(options),
                Stream.of("-cp", Deployment.classPath("worker") + File.pathSeparator + Deployment.converterTestClasses(),
                        "io.godwit.worker.WorkerMain"))
                .flatMap(words -> words).toList();
    }

    /// Waits until a job of that VM migration runs.
    static SmokeWorker awaitRunning(Path pool, String vmMigration) {
        return await("a worker of " + vmMigration).atMost(60, SECONDS).until(() -> running(pool, vmMigration), Optional::isPresent)
                .orElseThrow();
    }

    /// Processes of any job of that VM migration that are alive.
    static List<Long> processesOf(Path pool, String vmMigration) {
        return jobs(pool, vmMigration).flatMap(folder -> JobProcesses.of(folder).stream()).map(ProcessHandle::pid).toList();
    }

    /// Ends whatever a test that failed has left behind.
    static void killAllOf(Path folder) {
        ProcessHandle.allProcesses().filter(each -> environment(each.pid()).contains(JobFolder.MARK + "=" + folder))
                .forEach(ProcessHandle::destroyForcibly);
    }

    /// Who works, or worked, on this job now.
    long pidOfItsJob() {
        try {
            return folder.readProcess().orElseThrow().pid();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void pause() {
        signal("STOP", pid);
    }

    void resume() {
        signal("CONT", pid);
    }

    /// SIGKILL to the tool of that name which the worker has running, as soon as it has one.
    void killTool(String name) {
        await(name).atMost(30, SECONDS).until(() -> JobProcesses.of(folder).stream()
                .filter(each -> each.info().command().map(Path::of).map(Path::getFileName).map(Path::toString).orElse("").startsWith(name))
                .map(ProcessHandle::destroyForcibly).toList().contains(true));
    }

    /// SIGKILL to the worker and all that it started.
    void killGroup() {
        JobProcesses.of(folder).forEach(ProcessHandle::destroyForcibly);
        await().atMost(10, SECONDS).until(() -> JobProcesses.of(folder).isEmpty());
    }

    private static Optional<SmokeWorker> running(Path pool, String vmMigration) {
        return jobs(pool, vmMigration).map(SmokeWorker::alive).flatMap(Optional::stream).findFirst();
    }

    private static Optional<SmokeWorker> alive(JobFolder folder) {
        try {
            var process = folder.readProcess();
            return process.flatMap(known -> ProcessHandle.of(known.pid())).filter(ProcessHandle::isAlive)
                    .map(handle -> new SmokeWorker(folder, handle.pid()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<JobFolder> jobs(Path pool, String vmMigration) {
        var jobs = pool.resolve(".godwit").resolve(vmMigration).resolve("jobs");
        if (!Files.isDirectory(jobs)) {
            return Stream.of();
        }
        try (var folders = Files.list(jobs)) {
            return folders.map(JobFolder::new).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void signal(String name, long pid) {
        try {
            var exit = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).inheritIO().start().waitFor();
            if (exit != 0) {
                throw new IllegalStateException("kill -" + name + " " + pid + " ended with " + exit);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static String environment(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "environ"), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
