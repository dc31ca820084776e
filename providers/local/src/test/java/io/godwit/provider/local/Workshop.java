package io.godwit.provider.local;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.JobFolder;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.ProviderSettings.Node;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/// A pool with scripted workers; every [#open] is another server's view of it.
record Workshop(Path root, Path runtime, List<String> workerCommand, ChildProcessWorkerPool.Patience patience) {
    static final ChildProcessWorkerPool.Patience IMPATIENT = new ChildProcessWorkerPool.Patience(Duration.ofSeconds(3),
            Duration.ofSeconds(15),
            Duration.ofSeconds(3), Duration.ofSeconds(1), Duration.ofSeconds(2), Duration.ofMinutes(5));

    static List<String> scripted() {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC",
                "-Xshare:auto", "-cp",
                System.getProperty("java.class.path"), ScriptedWorker.class.getName());
    }

    ChildProcessWorkerPool open() {
        var settings = new ProviderSettings("local", root.toString(), Map.of(), Map.of(), new Node("node-1", workerCommand, runtime));
        return new ChildProcessWorkerPool(Pool.open(settings), settings.node(), Duration.ofHours(1), patience);
    }

    WorkerJob job(VmMigrationId owner, JobName name, String script) {
        try {
            return new WorkerJob.Inspect(name, Files.createDirectories(root.resolve("work-of-" + owner)).toString(), List.of(), List.of(),
                    script);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    List<String> starts(VmMigrationId owner) {
        try {
            return Files.readAllLines(root.resolve("work-of-" + owner).resolve(ScriptedWorker.STARTS));
        } catch (NoSuchFileException e) {
            return List.of();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    long pidIn(VmMigrationId owner, String file) {
        try {
            return Long.parseLong(Files.readString(root.resolve("work-of-" + owner).resolve(file)).strip());
        } catch (IOException e) {
            return -1;
        }
    }

    JobFolder folder(VmMigrationId owner, JobName name) {
        return new JobFolder(root.resolve(".godwit").resolve(owner.value()).resolve("jobs").resolve(name.value()));
    }
}
