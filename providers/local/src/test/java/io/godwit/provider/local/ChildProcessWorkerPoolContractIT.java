package io.godwit.provider.local;

import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.WorkerPool;
import io.godwit.provider.testkit.WorkerPoolContract;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

class ChildProcessWorkerPoolContractIT extends WorkerPoolContract {
    private static final List<ChildProcessWorkerPool> OPENED = new ArrayList<>();

    @TempDir
    private static Path temporary;
    private @Nullable ChildProcessWorkerPool pool;

    @BeforeEach
    void open() {
        pool = opened();
    }

    @AfterAll
    static void close() {
        OPENED.forEach(ChildProcessWorkerPool::close);
    }

    private static ChildProcessWorkerPool opened() {
        var opened = workshop().open();
        OPENED.add(opened);
        return opened;
    }

    private static Workshop workshop() {
        return new Workshop(temporary.resolve("pool"), temporary.resolve("run"), Workshop.scripted(), Workshop.IMPATIENT);
    }

    @Override
    protected WorkerPool pool() {
        return Objects.requireNonNull(pool);
    }

    @Override
    protected WorkerPool nextPool() {
        return opened();
    }

    @Override
    protected WorkerJob endlessJob(VmMigrationId owner, JobName name) {
        return workshop().job(owner, name, "endless");
    }

    @Override
    protected WorkerJob shortJob(VmMigrationId owner, JobName name) {
        return workshop().job(owner, name, "end");
    }

    @Override
    protected WorkerJob failingJob(VmMigrationId owner, JobName name) {
        return workshop().job(owner, name, "fail");
    }

    @Override
    protected int starts(VmMigrationId owner, JobName name) {
        await().atMost(Duration.ofSeconds(30)).until(() -> !workshop().starts(owner).isEmpty()); // alive is who has the lock, a moment before
        return workshop().starts(owner).size();
    }
}
