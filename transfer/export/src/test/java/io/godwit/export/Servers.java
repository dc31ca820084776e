package io.godwit.export;

import java.nio.file.Path;
import java.util.List;

/// The servers that a test has started: other tests run beside it in the same process.
public final class Servers {
    private Servers() {}

    /// Those that live and have a name below that folder among their arguments.
    public static List<ProcessHandle> of(Path folder) {
        return ProcessHandle.current().descendants().filter(ProcessHandle::isAlive)
                .filter(each -> each.info().commandLine().orElse("").contains(folder.toString())).toList();
    }

    /// As the kernel does when memory runs out.
    public static void kill(Path folder) {
        of(folder).stream().filter(each -> each.info().command().orElse("").endsWith("nbdkit")).forEach(ProcessHandle::destroyForcibly);
    }
}
