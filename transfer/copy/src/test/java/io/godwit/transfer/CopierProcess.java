package io.godwit.transfer;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A copier in a process of its own, for tests to kill: `folder size delay`, and `qcow2` or the address of an NBD server for such a target. Its
/// source is the rig's, slowed down. It saves its checkpoint each 256 KiB.
final class CopierProcess {
    private CopierProcess() {}

    public static void main(String[] arguments) throws Exception {
        try (var rig = new Rig(Path.of(arguments[0]))) {
            var source = slow(rig, Integer.parseInt(arguments[2]));
            long size = Long.parseLong(arguments[1]);
            var target = arguments.length == 3 ? "" : arguments[3];
            rig.copy(switch (target) {
                case "" -> rig.disk(source, size);
                case "qcow2" -> rig.qcow2Disk(source, size);
                default -> new DiskCopy("disk1", source, "source-1", new TargetSpec.Nbd(URI.create(target)), "target-1", size);
            }, Rig.OFTEN);
            Files.writeString(rig.folder.resolve("done"), "done");
        }
    }

    static ExportSpec slow(Rig rig, int millis) {
        return rig.filtered(List.of("delay"), "delay-read", millis + "ms");
    }
}
