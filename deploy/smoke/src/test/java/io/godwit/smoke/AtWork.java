package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;

/// A worker job that a test catches in the middle of its work and keeps there: its programs stand still, so that no clock decides what the
/// test meets.
enum AtWork {
    /// The fake reads, and does not end.
    INSPECT("InspectGuest") {
        @Override
        void goOn(SmokeWorker worker, StageHolds holds) {
            holds.releaseJob(job());
        }
    },
    /// The fake has written into some of the overlays.
    CONVERT("ConvertGuest") {
        @Override
        void goOn(SmokeWorker worker, StageHolds holds) {
            holds.releaseJob(job());
        }
    },
    /// A part of the bytes is in the volume and noted in the checkpoint; the programs that the source is read through are stopped.
    COPY("CopyDisks") {
        @Override
        void awaitMiddle(SmokeWorker worker, Path pool, String vmMigration) {
            var volume = only(pool.resolve("volumes"), "-" + vmMigration + ".raw");
            await("the first bytes in " + volume).atMost(60, SECONDS).pollDelay(Duration.ZERO).pollInterval(Duration.ofMillis(2))
                    .until(() -> byteAt(volume, 0) != 0);
            worker.pauseTools();
            var checkpoint = only(pool.resolve(".godwit").resolve(vmMigration).resolve("work/copy"), ".checkpoint");
            await("a block in " + checkpoint).atMost(30, SECONDS).until(() -> byteAt(checkpoint, CHECKPOINT_BITS) != 0);
            if (byteAt(volume, volume.toFile().length() - 1) != 0) {
                throw new IllegalStateException("the copy was over before it was caught: this disk is too small for this machine");
            }
        }
    },
    /// QEMU is stopped before the guest has said a word.
    BOOT("CheckBoot") {
        @Override
        void awaitMiddle(SmokeWorker worker, Path pool, String vmMigration) {
            worker.pauseTool("qemu-system", "boot-check");
        }
    };

    private static final long CHECKPOINT_BITS = 4096; // behind the header; a bit is set when its block is flushed
    private final String stage;

    AtWork(String stage) {
        this.stage = stage;
    }

    String stage() {
        return stage;
    }

    /// As the names of its folder and of its hold have it.
    String job() {
        return name().toLowerCase(Locale.ROOT);
    }

    /// Waits for the job's worker, and until it is in the middle of its work, where it stays. Its hold must have been set before.
    SmokeWorker catchIt(Path pool, String vmMigration) {
        var worker = SmokeWorker.awaitRunning(pool, vmMigration, job());
        awaitMiddle(worker, pool, vmMigration);
        worker.requireAtWork();
        return worker;
    }

    void awaitMiddle(SmokeWorker worker, Path pool, String vmMigration) {
        worker.awaitTool("qemu-io");
    }

    /// Lets it go on.
    void goOn(SmokeWorker worker, StageHolds holds) {
        worker.resumeTools();
    }

    private static Path only(Path folder, String ending) {
        try (var files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(ending)).findFirst().orElseThrow();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// 0 too where there is no such byte yet.
    private static int byteAt(Path file, long offset) {
        try (var in = Files.newInputStream(file)) {
            in.skipNBytes(offset);
            return Math.max(0, in.read());
        } catch (NoSuchFileException e) {
            return 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
