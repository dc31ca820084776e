package io.godwit.provider.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.SpiFault;
import io.godwit.provider.WorkerPool;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What every worker pool is held to.
public abstract class WorkerPoolContract {
    private static final JobName NAME = new JobName("contract-job");

    private final VmMigrationId owner = VmMigrationId.random();
    private final VmMigrationId other = VmMigrationId.random();

    /// The same pool for the whole test.
    protected abstract WorkerPool pool();

    /// What the next server would open after this one was killed: sees the same jobs.
    protected abstract WorkerPool nextPool();

    /// A job that goes on until it is stopped, and takes limits.
    protected abstract WorkerJob endlessJob(VmMigrationId owner, JobName name);

    /// A job that ends well, soon.
    protected abstract WorkerJob shortJob(VmMigrationId owner, JobName name);

    /// A job that ends with a fault, soon.
    protected abstract WorkerJob failingJob(VmMigrationId owner, JobName name);

    /// How often a process was started for that job.
    protected abstract int starts(VmMigrationId owner, JobName name);

    @AfterEach
    public void stopEverything() {
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().stopAll(owner) && pool().stopAll(other));
    }

    @Test
    public void aJobThatWasNeverStartedIsLost() {
        assertThat(pool().status(owner, NAME)).isInstanceOfSatisfying(JobStatus.Broken.class,
                broken -> assertThat(broken.fault().code()).isEqualTo(SpiFault.WORKER_LOST.name()));
        assertThat(pool().stop(owner, NAME)).isTrue();
        assertThat(pool().stopAll(owner)).isTrue();
    }

    @Test
    public void aJobRunsOnceHoweverOftenItIsEnsured() {
        var job = shortJob(owner, NAME);
        pool().ensure(owner, job, 1);
        pool().ensure(owner, job, 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().ensure(owner, job, 1) instanceof JobStatus.Done);
        assertThat(pool().ensure(owner, job, 1)).isInstanceOf(JobStatus.Done.class);
        assertThat(pool().ensure(owner, job, 2)).as("a later attempt takes what is done").isInstanceOf(JobStatus.Done.class);
        assertThat(pool().status(owner, NAME)).isInstanceOf(JobStatus.Done.class);
        assertThat(starts(owner, NAME)).isEqualTo(1);
    }

    @Test
    public void theNextServerAdoptsARunningJob() {
        var job = endlessJob(owner, NAME);
        assertThat(pool().ensure(owner, job, 1)).isInstanceOf(JobStatus.Running.class);
        var next = nextPool();
        assertThat(next.ensure(owner, job, 1)).isInstanceOf(JobStatus.Running.class);
        assertThat(next.status(owner, NAME)).isInstanceOf(JobStatus.Running.class);
        assertThat(starts(owner, NAME)).isEqualTo(1);
        await().atMost(Duration.ofSeconds(30)).until(() -> next.stop(owner, NAME));
    }

    @Test
    public void theNextServerFindsWhatHasEnded() {
        var job = shortJob(owner, NAME);
        pool().ensure(owner, job, 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().status(owner, NAME) instanceof JobStatus.Done);
        assertThat(nextPool().status(owner, NAME)).isEqualTo(pool().status(owner, NAME));
    }

    @Test
    public void aFaultStandsUntilTheNextAttempt() {
        var job = failingJob(owner, NAME);
        pool().ensure(owner, job, 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().status(owner, NAME) instanceof JobStatus.Broken);
        assertThat(pool().ensure(owner, job, 1)).isInstanceOf(JobStatus.Broken.class);
        assertThat(starts(owner, NAME)).isEqualTo(1);
        pool().ensure(owner, job, 2);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().status(owner, NAME) instanceof JobStatus.Broken);
        assertThat(starts(owner, NAME)).isEqualTo(2);
    }

    @Test
    public void aStoppedJobIsProvenDead() {
        pool().ensure(owner, endlessJob(owner, NAME), 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().stop(owner, NAME));
        assertThat(pool().status(owner, NAME)).isNotInstanceOf(JobStatus.Running.class);
        assertThat(pool().stop(owner, NAME)).isTrue();
    }

    @Test
    public void stoppingAllOfOneOwnerSparesTheOther() {
        pool().ensure(owner, endlessJob(owner, NAME), 1);
        pool().ensure(other, endlessJob(other, NAME), 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().stopAll(owner));
        assertThat(pool().status(owner, NAME)).isNotInstanceOf(JobStatus.Running.class);
        assertThat(pool().status(other, NAME)).isInstanceOf(JobStatus.Running.class);
    }

    @Test
    public void aRunningJobIsToldItsLimitsAndHeardAndAnEndedOneIsNot() {
        var share = new CopyShare(1 << 20, 0.5, 20, Map.of("disk-0", new CopyShare.Rate(4096, 0)));
        assertThat(pool().limit(owner, NAME, share)).as("never started").isFalse();
        assertThat(pool().heard(owner, NAME)).isEmpty();
        pool().ensure(owner, endlessJob(owner, NAME), 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().limit(owner, NAME, share));
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().heard(owner, NAME).isPresent());
        assertThat(nextPool().limit(owner, NAME, CopyShare.UNLIMITED)).as("adopted").isTrue();
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().stop(owner, NAME));
        assertThat(pool().limit(owner, NAME, share)).as("ended").isFalse();
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().heard(owner, NAME).isEmpty());
    }

    @Test
    public void onlyARunningJobIsGivenSecrets() {
        var secrets = java.util.Map.of("a", "b");
        assertThat(pool().secrets(owner, NAME, secrets)).as("never started").isFalse();
        pool().ensure(owner, endlessJob(owner, NAME), 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().secrets(owner, NAME, secrets));
        assertThat(nextPool().secrets(owner, NAME, secrets)).as("adopted").isTrue();
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().stop(owner, NAME));
        assertThat(pool().secrets(owner, NAME, secrets)).as("ended").isFalse();
    }

    @Test
    public void saysWhenAJobHasEnded() {
        var heard = new CopyOnWriteArrayList<VmMigrationId>();
        pool().onChange(heard::add);
        pool().ensure(owner, shortJob(owner, NAME), 1);
        await().atMost(Duration.ofSeconds(30)).until(() -> pool().status(owner, NAME) instanceof JobStatus.Done && heard.contains(owner));
    }
}
