package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.SourceLoad;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.limit.CopyShare;
import io.godwit.protocol.WorkerClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/// A copy that runs, asked past the server what it does.
record CopyAtWork(String id, SmokeWorker worker, WorkerClient client) {
    /// Between two loads of it.
    record Took(long bytes, double seconds) {
        double perSecond() {
            return bytes / seconds;
        }
    }

    static CopyAtWork awaitRunning(Path pool, String vmMigration, WorkerClient client) {
        return new CopyAtWork(vmMigration, SmokeWorker.awaitRunning(pool, vmMigration, "copy"), client);
    }

    /// What it was ordered to take from its first byte on.
    CopyShare ordered() {
        try {
            var job = (WorkerJob.Copy) worker.folder().readOrder().orElseThrow().job();
            return Objects.requireNonNull(job.options().share(), "its order has no share");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<SourceLoad> ask() {
        try {
            return Optional.ofNullable(client.status(worker.folder().socket(), 0, Duration.ZERO).status().progress().load());
        } catch (IOException e) { // it is about to listen
            return Optional.empty();
        }
    }

    SourceLoad load() {
        return await("a load of " + id).atMost(60, SECONDS).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20))
                .until(this::ask, Optional::isPresent).orElseThrow();
    }

    /// The first load from that long after the other one.
    SourceLoad loadAfter(SourceLoad other, Duration time) {
        return await("a load of " + id + " after " + time).atMost(time.plusSeconds(60)).pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(20))
                .until(this::load, load -> !load.at().isBefore(other.at().plus(time)));
    }

    /// Waits until it keeps to that, give or take a hundredth; 0 = no limit.
    void awaitShare(long bytesPerSecond) {
        await("share " + bytesPerSecond + " of " + id).atMost(60, SECONDS).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(20))
                .until(() -> load().share().bytesPerSecond(),
                        share -> Math.abs(share - bytesPerSecond) <= bytesPerSecond / 100);
    }

    static Took between(SourceLoad first, SourceLoad last) {
        return new Took(last.bytes() - first.bytes(), Duration.between(first.at(), last.at()).toNanos() / 1e9);
    }
}
