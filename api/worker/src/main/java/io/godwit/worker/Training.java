package io.godwit.worker;

import io.godwit.export.Exports;
import io.godwit.model.disk.ExportSpec;
import io.godwit.process.Supervisor;
import io.godwit.transfer.DiskCopier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// What the AOT cache of the worker and of `copy` learns from: copies of a file and of a server, read back and not, whole and by a list of
/// changes. A class that none of them loads is searched for in all jars, and a call that none of them makes is linked anew, by every copy.
final class Training {
    private static final int SUCCEEDED = 0;

    private Training() {}

    /// Copies it a few times.
    ///
    /// @param arguments a folder with the file `source` in it
    public static void main(String[] arguments) throws IOException {
        DiskCopier.prepare();
        var folder = Path.of(arguments[0]);
        var source = folder.resolve("source");
        var target = folder.resolve("target").toString();
        var changes = Files.write(folder.resolve("changes"), List.of("0 4096", "1048576 300000"));
        copy(source.toString(), target);
        try (var supervisor = new Supervisor(Files.createDirectory(folder.resolve("tmp")));
                var exports = new Exports(supervisor, folder, folder, _ -> null);
                var export = exports.open(new ExportSpec.File(source.toString(), null))) {
            var uri = export.uri().toString();
            copy("--verify", "off", uri, folder.resolve("fresh").toString());
            copy("--verify", "off", "--changed-extents", changes.toString(), uri, target);
            copy("--checkpoint", folder.resolve("checkpoint").toString(), "--connections", "2", "--requests", "8", "--request-size",
                    "512KiB", uri, target);
        }
    }

    private static void copy(String... arguments) {
        var interruption = Interruption.ofThisProcess();
        int code = CopyMain.copy(interruption, arguments);
        interruption.ended();
        if (code != SUCCEEDED) {
            throw new IllegalStateException("copy " + String.join(" ", arguments) + " ended with " + code);
        }
    }
}
