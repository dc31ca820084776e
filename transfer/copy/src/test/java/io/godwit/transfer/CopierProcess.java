package io.godwit.transfer;

import io.godwit.model.disk.ExportSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A copier in a process of its own, for tests to kill: `folder size delay`, and `qcow2` for such a target. Its source is the rig's, slowed down.
final class CopierProcess {
    private CopierProcess() {}

    public static void main(String[] arguments) throws Exception {
        try (var rig = new Rig(Path.of(arguments[0]))) {
            var source = slow(rig, Integer.parseInt(arguments[2]));
            long size = Long.parseLong(arguments[1]);
            rig.copy(arguments.length == 3 ? rig.disk(source, size) : rig.qcow2Disk(source, size));
            Files.writeString(rig.folder.resolve("done"), "done");
        }
    }

    static ExportSpec slow(Rig rig, int millis) {
        return rig.filtered(List.of("delay"), "delay-read", millis + "ms");
    }
}
