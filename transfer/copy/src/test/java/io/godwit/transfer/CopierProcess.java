package io.godwit.transfer;

import io.godwit.model.disk.ExportSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// A copier in a process of its own, for tests to kill: `folder size delay`. Its source is the rig's, slowed down.
final class CopierProcess {
    private CopierProcess() {}

    public static void main(String[] arguments) throws Exception {
        try (var rig = new Rig(Path.of(arguments[0]))) {
            rig.copy(rig.disk(slow(rig, Integer.parseInt(arguments[2])), Long.parseLong(arguments[1])));
            Files.writeString(rig.folder.resolve("done"), "done");
        }
    }

    static ExportSpec slow(Rig rig, int millis) {
        return rig.filtered(List.of("delay"), "delay-read", millis + "ms");
    }
}
