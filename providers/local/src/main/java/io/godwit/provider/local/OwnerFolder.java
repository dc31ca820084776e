package io.godwit.provider.local;

import io.godwit.model.disk.JobName;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.DurableFile;
import io.godwit.protocol.JobFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// What we keep of one VM migration: records of what we made for it, half-made things, its work volume, jobs and logs.
record OwnerFolder(VmMigrationId id, Path path) {
    /// A folder for records, one per volume.
    Path volumeRecords() {
        return path.resolve("volumes");
    }

    Path volumeRecord(String diskKey) {
        return volumeRecords().resolve(diskKey + ".json");
    }

    /// The lock that keeps a second writer out of the volume.
    Path volumeLock(String diskKey) {
        return volumeRecords().resolve(diskKey + ".lock");
    }

    Path vmRecord() {
        return path.resolve("vm.json");
    }

    /// Things on their way in or out: ours by lying here.
    Path halfMade() {
        return path.resolve("new");
    }

    Path work() {
        return path.resolve("work");
    }

    Path logs() {
        return path.resolve("logs");
    }

    Path jobs() {
        return path.resolve("jobs");
    }

    /// Marks that the migration takes no more space than it has.
    Path settled() {
        return path.resolve("settled");
    }

    JobFolder job(JobName name) {
        return new JobFolder(jobs().resolve(name.value()));
    }

    List<JobFolder> allJobs() throws IOException {
        var all = new ArrayList<JobFolder>();
        for (var each : list(jobs())) {
            all.add(new JobFolder(each));
        }
        return all;
    }

    void make() throws IOException {
        DurableFile.makeFolders(volumeRecords());
        DurableFile.makeFolders(halfMade());
    }

    /// Removes what is empty, so that nothing is left where nothing is kept; the caller has the pool's lock, so that no record is being written.
    void removeIfEmpty() throws IOException {
        if (!Files.isDirectory(path)) {
            return;
        }
        for (var folder : List.of(path, volumeRecords())) {
            for (var file : list(folder)) {
                if (DurableFile.isAbandoned(file)) {
                    Files.deleteIfExists(file);
                }
            }
        }
        for (var folder : List.of(volumeRecords(), halfMade(), jobs())) {
            if (list(folder).isEmpty()) {
                Files.deleteIfExists(folder);
            }
        }
        var rest = list(path);
        if (rest.isEmpty() || rest.equals(List.of(settled()))) {
            Files.deleteIfExists(settled());
            Files.deleteIfExists(path);
        }
    }

    /// Sorted; empty where there is no such folder.
    static List<Path> list(Path folder) throws IOException {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (var entries = Files.list(folder)) {
            return entries.sorted().toList();
        }
    }
}
