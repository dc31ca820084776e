package io.godwit.export;

import io.godwit.blockio.BlockFault;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;

/// A qcow2 file that copies are written into.
record Qcow2Volume(Path file) {
    private static final Duration CHECK_LIMIT = Duration.ofMinutes(10); // it reads all tables

    /// @throws FaultException when it is not there, or an image with backing, external data or encryption
    void requireSelfContained() {
        var what = "the volume " + file + " cannot be written";
        try {
            ImageHeaders.requireSelfContained(new ByteWindow.OfFile(file, Files.size(file)), DiskFormat.QCOW2);
        } catch (NoSuchFileException e) {
            throw new FaultException(BlockFault.TARGET_MISSING, what, "there is no such file");
        } catch (IOException e) {
            throw new FaultException(BlockFault.TARGET_WRITE_FAILED, what, e);
        } catch (FaultException e) { // as a source it would be another's fault
            throw new FaultException(ExportFault.VOLUME_DAMAGED, what, e.fault().why());
        }
    }

    /// As [Exports#checkVolume] says.
    void check(Supervisor supervisor) {
        var image = QemuNode.image("qcow2", QemuNode.file(file));
        try {
            supervisor.run(Command.of("qemu-img", "check", "-q", "-r", "leaks", image.asFileName()).deadline(CHECK_LIMIT));
        } catch (ChildFailure e) {
            var exited = e.reason() == ChildFailure.Reason.EXITED;
            var locked = exited && e.errorTail().contains("Failed to get") && e.errorTail().contains("lock");
            throw Exports.translated(e,
                    locked ? ExportFault.VOLUME_LOCKED : exited ? ExportFault.VOLUME_DAMAGED : ExportFault.EXPORT_NOT_STARTED,
                    "the volume " + file + " did not pass its check");
        }
    }
}
