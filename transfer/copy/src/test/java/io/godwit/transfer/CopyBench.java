package io.godwit.transfer;

import io.godwit.export.Exports;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.disk.WorkerJob.Verify;
import io.godwit.process.Supervisor;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/// One copy for `bench/run`: `uri folder size verify`.
final class CopyBench {
    private CopyBench() {}

    public static void main(String[] arguments) {
        var folder = Path.of(arguments[1]);
        var disk = new DiskCopy("disk1", new ExportSpec.Nbd(URI.create(arguments[0])), "s", new TargetSpec.RawFile("target", "lock"), "t",
                Long.parseLong(arguments[2]));
        var job = new WorkerJob.Copy(new JobName("bench"), folder.toString(), List.of(), List.of(disk),
                new CopyOptions(Verify.valueOf(arguments[3])));
        try (var supervisor = new Supervisor(folder.resolve("tmp")); var exports = new Exports(supervisor, folder, folder, _ -> null)) {
            System.out.println(new DiskCopier(exports, CopySettings.DEFAULT).copy(job, _ -> {
            }));
        }
    }
}
