package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Tells a server under test, through files, at which push of which stage it must stand still (the test's side of [HoldAtStage]), and the
/// fake converter in which job.
final class StageHolds {
    private final Path folder;

    StageHolds(Path folder) {
        this.folder = folder;
    }

    /// The next push of that stage waits before it reaches the engine.
    void hold(String stage) {
        try {
            Files.deleteIfExists(folder.resolve(stage + ".reached"));
            Files.writeString(folder.resolve(stage + ".hold"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void awaitReached(String stage) {
        await("a push of " + stage).atMost(120, SECONDS).until(() -> Files.exists(folder.resolve(stage + ".reached")));
    }

    /// Those that wait there go on waiting; whoever comes later passes.
    void onlyThoseThatWait(String stage) {
        try {
            Files.createFile(folder.resolve(stage + ".pass"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void release(String stage) {
        try {
            Files.deleteIfExists(folder.resolve(stage + ".hold"));
            Files.deleteIfExists(folder.resolve(stage + ".pass"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Jobs of the fake converter do not end from now on.
    ///
    /// @param job `inspect` or `convert`
    void holdJob(String job) {
        try {
            Files.writeString(folder.resolve(job + ".job"), "");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void releaseJob(String job) {
        try {
            Files.deleteIfExists(folder.resolve(job + ".job"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
