package io.godwit.export;

import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/// Makes, re-bases and checks the qcow2 overlays that conversions write. Their backing is always the socket of a base export, which changes
/// with every run: so [#rebase(Path, Export)] before a tool opens one.
public final class Overlays {
    private static final Duration TOOL_LIMIT = Duration.ofMinutes(2);
    private static final Duration CHECK_LIMIT = Duration.ofMinutes(30);
    private static final Duration LOOK_AGAIN = Duration.ofMillis(100);

    private final Supervisor supervisor;

    public Overlays(Supervisor supervisor) {
        this.supervisor = supervisor;
    }

    /// Makes a new, empty overlay over a running export; one of that name is deleted first.
    ///
    /// @param sizeBytes of the disk
    public void create(Path overlay, Export base, long sizeBytes) {
        try {
            Files.deleteIfExists(overlay);
            if (overlay.getParent() != null) {
                Files.createDirectories(overlay.getParent());
            }
        } catch (IOException e) {
            throw new FaultException(ExportFault.OVERLAY_TOOL_FAILED, "the overlay " + overlay + " could not be replaced", e);
        }
        qemuImg("the overlay " + overlay + " could not be made", "create", "-q", "-f", "qcow2", "-F", "raw", "-b", base.uri().toString(),
                overlay.toString(), Long.toString(sizeBytes));
    }

    /// Writes today's socket of the base into an overlay; no byte of the disk changes.
    public void rebase(Path overlay, Export base) {
        ImageHeaders.requirePlainOverlay(window(overlay));
        qemuImg("the overlay " + overlay + " could not be re-based", "rebase", "-q", "-u", "-f", "qcow2", "-F", "raw", "-b",
                base.uri().toString(), overlay.toString());
    }

    /// Waits until no other program has the overlay open, checks its tables and flushes it to disk.
    ///
    /// @param lockLimit how long a lock of another program is waited for
    /// @throws FaultException `OVERLAY_LOCKED`, `OVERLAY_DAMAGED`
    public void check(Path overlay, Duration lockLimit) {
        ImageHeaders.requirePlainOverlay(window(overlay));
        var deadline = System.nanoTime() + lockLimit.toNanos();
        while (!isClean(overlay)) {
            if (System.nanoTime() - deadline > 0) {
                throw new FaultException(ExportFault.OVERLAY_LOCKED, "the overlay " + overlay + " could not be checked",
                        "another program has had it open for " + lockLimit.toSeconds() + " s");
            }
            LockSupport.parkNanos(LOOK_AGAIN.toNanos());
            if (Thread.currentThread().isInterrupted()) {
                throw new FaultException(ExportFault.OVERLAY_LOCKED, "the overlay " + overlay + " could not be checked",
                        "the wait for its lock was interrupted");
            }
        }
        try (var channel = FileChannel.open(overlay, StandardOpenOption.WRITE)) {
            channel.force(true);
        } catch (IOException e) {
            throw new FaultException(ExportFault.OVERLAY_TOOL_FAILED, "the overlay " + overlay + " could not be flushed to disk", e);
        }
    }

    /// @return false when it is locked
    private boolean isClean(Path overlay) {
        var alone = QemuNode.image("qcow2", QemuNode.file(overlay)); // the backing has nothing to do with its tables
        try {
            supervisor.run(Command.of("qemu-img", "check", "-q", alone.asFileName()).deadline(CHECK_LIMIT));
            return true;
        } catch (ChildFailure e) {
            if (e.errorTail().contains("Failed to get") && e.errorTail().contains("lock")) {
                return false;
            }
            if (e.reason() == ChildFailure.Reason.EXITED && e.exitCode() == 3) {
                return true; // leaked clusters waste space and harm nothing
            }
            var code = e.reason() == ChildFailure.Reason.EXITED ? ExportFault.OVERLAY_DAMAGED : ExportFault.OVERLAY_TOOL_FAILED;
            throw Exports.translated(e, code, "the overlay " + overlay + " did not pass its check");
        }
    }

    /// Size of the disk that an overlay holds.
    public long virtualSize(Path overlay) {
        return ImageHeaders.qcow2VirtualSize(window(overlay));
    }

    private static ByteWindow window(Path overlay) {
        try {
            return new ByteWindow.OfFile(overlay, Files.size(overlay));
        } catch (IOException e) {
            throw new FaultException(ExportFault.OVERLAY_DAMAGED, "the overlay " + overlay + " could not be opened", e);
        }
    }

    private void qemuImg(String failed, String... arguments) {
        try {
            supervisor.run(Command.of("qemu-img").with(arguments).deadline(TOOL_LIMIT));
        } catch (ChildFailure e) {
            throw Exports.translated(e, ExportFault.OVERLAY_TOOL_FAILED, failed);
        }
    }
}
