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
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// A worker process that a server under test started.
///
/// @param folder of its job
record SmokeWorker(JobFolder folder, long pid) {
    private static final Duration SOON = Duration.ofMillis(5);

    /// How a server is told to start workers: the real ones, with a converter that takes seconds instead of minutes.
    ///
    /// @param holds folder of [StageHolds]
    static List<String> command(Path holds) {
        var command = new ArrayList<>(List.of(Deployment.java().toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(Deployment.cache("worker"));
        command.addAll(List.of("-Dgodwit.converter=fake", "-Dgodwit.converter.fake.holds=" + holds, "--enable-native-access=ALL-UNNAMED",
                "-Dgodwit.copy.limit.bytes=" + (64 << 20), // so that a copy can be caught on any machine
                "-cp", Deployment.classPath("worker") + File.pathSeparator + Deployment.converterTestClasses(),
                "io.godwit.worker.WorkerMain"));
        return command;
    }

    /// Waits until a job of that VM migration runs.
    ///
    /// @param job `inspect`, `convert`, `copy` or `boot`
    static SmokeWorker awaitRunning(Path pool, String vmMigration, String job) {
        return await("a worker that does " + job + " of " + vmMigration).atMost(120, SECONDS).pollDelay(Duration.ZERO).pollInterval(SOON)
                .until(() -> running(pool, vmMigration, job), Optional::isPresent).orElseThrow();
    }

    /// Processes of any job of that VM migration that are alive.
    static List<Long> processesOf(Path pool, String vmMigration) {
        return jobs(pool, vmMigration).flatMap(folder -> JobProcesses.of(folder).stream()).map(ProcessHandle::pid).toList();
    }

    /// Ends whatever a test that failed has left behind.
    static void killAllOf(Path folder) {
        ProcessHandle.allProcesses().filter(each -> read(each.pid(), "environ").contains(JobFolder.MARK + "=" + folder))
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

    /// It works on it still.
    void requireAtWork() {
        try {
            if (!ProcessHandle.of(pid).isPresent() || folder.readEnd().isPresent()) {
                throw new IllegalStateException("worker " + pid + " had ended " + folder + " before it was caught in its work");
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Waits until it has a program of that name running.
    void awaitTool(String name) {
        await(name).atMost(60, SECONDS).pollDelay(Duration.ZERO).pollInterval(SOON).until(() -> tools(name).findAny().isPresent());
    }

    /// SIGSTOP to all programs that it has running: it waits for them.
    void pauseTools() {
        tools("").forEach(tool -> signal("STOP", tool.pid()));
    }

    /// SIGSTOP to the program of that name, with that among its arguments, as soon as there is one.
    void pauseTool(String name, String argument) {
        var tool = await(name).atMost(60, SECONDS).pollDelay(Duration.ZERO).pollInterval(SOON)
                .until(() -> tools(name).filter(each -> read(each.pid(), "cmdline").contains("\0" + argument + "\0")).findAny(),
                        Optional::isPresent)
                .orElseThrow();
        signal("STOP", tool.pid());
    }

    void resumeTools() {
        tools("").forEach(tool -> signal("CONT", tool.pid()));
    }

    /// SIGKILL to the program of that name, as soon as it has one running.
    void killTool(String name) {
        await(name).atMost(60, SECONDS).pollDelay(Duration.ZERO).pollInterval(SOON)
                .until(() -> tools(name).map(ProcessHandle::destroyForcibly).toList().contains(true));
    }

    private Stream<ProcessHandle> tools(String name) {
        return JobProcesses.of(folder).stream().filter(each -> each.pid() != pid)
                .filter(each -> each.info().command().map(Path::of).map(Path::getFileName).map(Path::toString).orElse("").startsWith(name));
    }

    /// SIGKILL to the worker and all that it started.
    void killGroup() {
        JobProcesses.of(folder).forEach(ProcessHandle::destroyForcibly);
        await().atMost(10, SECONDS).until(() -> JobProcesses.of(folder).isEmpty());
    }

    private static Optional<SmokeWorker> running(Path pool, String vmMigration, String job) {
        return jobs(pool, vmMigration).filter(folder -> folder.path().getFileName().toString().contains("-" + job + "-"))
                .map(SmokeWorker::alive).flatMap(Optional::stream).findFirst();
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

    /// Of /proc; empty when the process has ended.
    static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file), StandardCharsets.ISO_8859_1);
        } catch (IOException e) {
            return "";
        }
    }
}
