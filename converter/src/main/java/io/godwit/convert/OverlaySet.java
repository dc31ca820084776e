package io.godwit.convert;

import io.godwit.export.Export;
import io.godwit.export.Overlays;
import io.godwit.model.disk.JobResult.ConvertedDisk;
import io.godwit.model.disk.WorkerJob;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/// The overlays of one conversion, `overlays/<generation>/<disk key>.qcow2`: all of them whole, or none.
final class OverlaySet {
    private static final Duration LOCK_LIMIT = Duration.ofMinutes(1);

    private final ConverterTools tools;
    private final WorkerJob.Convert job;
    private final JobFiles files;
    private final Path folder;
    private final List<Path> overlays = new ArrayList<>();

    OverlaySet(ConverterTools tools, WorkerJob.Convert job, JobFiles files) {
        this.tools = tools;
        this.job = job;
        this.files = files;
        this.folder = files.workVolume().resolve("overlays").resolve(Integer.toString(job.generation()));
    }

    /// Deletes what any run left of this generation: a conversion that was not finished is worth nothing.
    void discard() {
        overlays.clear();
        files.deleteFolder(folder);
    }

    /// Makes an empty overlay over each disk.
    ///
    /// @param opened gets the exports that they lie over, to be closed by the caller
    /// @return one per disk of the job, in its order
    List<Path> create(List<Export> opened) {
        files.newFolder(files.relative(folder));
        for (var disk : job.disks()) {
            var export = tools.exports().open(disk.source());
            opened.add(export);
            var overlay = folder.resolve(disk.key() + ".qcow2");
            new Overlays(tools.supervisor()).create(overlay, export, disk.sizeBytes());
            overlays.add(overlay);
        }
        return List.copyOf(overlays);
    }

    /// Checks all overlays once nothing has them open, and brings them onto stable storage.
    ///
    /// @return each with an identity that no other conversion has
    List<ConvertedDisk> keep() {
        overlays.forEach(overlay -> new Overlays(tools.supervisor()).check(overlay, LOCK_LIMIT));
        var identity = UUID.randomUUID().toString();
        var mark = folder.resolve("converted");
        files.writeText(mark, identity + "\n");
        for (var path : List.of(mark, folder, files.workVolume().resolve("overlays"), files.workVolume())) {
            files.sync(path);
        }
        var disks = new ArrayList<ConvertedDisk>();
        for (int i = 0; i < overlays.size(); i++) {
            var key = job.disks().get(i).key();
            disks.add(new ConvertedDisk(key, files.relative(overlays.get(i)), "conversion:" + identity + ":" + key));
        }
        return disks;
    }
}
