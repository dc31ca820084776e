package io.godwit.provider.local;

import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.protocol.DurableFile;
import io.godwit.protocol.FileTree;
import io.godwit.protocol.JobCodec;
import io.godwit.protocol.JobFolder;
import io.godwit.protocol.JobProcesses;
import io.godwit.provider.DestinationProvider.LogFile;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.DestinationProvider.WorkVolume;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Work volumes: a folder each, whole with its identity from the moment it has its name. Logs can be kept when it goes.
final class LocalWorkVolumes {
    /// Lies in the work volume itself.
    record WorkRecord(String identity, long sizeBytes) {}

    private static final String RECORD = ".volume.json";

    private final Pool pool;
    private final PoolSpace space;

    LocalWorkVolumes(Pool pool, PoolSpace space) {
        this.pool = pool;
        this.space = space;
    }

    WorkVolume ensure(VmMigrationId id, long sizeBytes) {
        var owner = pool.owner(id);
        try (var _ = pool.lock()) {
            owner.make();
            var there = read(owner);
            if (there.isPresent()) {
                return new WorkVolume(owner.work().toString(), there.get().identity());
            }
            FileTree.delete(owner.work()); // ours by its place, and useless without its record
            space.requireRoom(sizeBytes, "work volume of " + id);
            var record = new WorkRecord(UUID.randomUUID().toString(), sizeBytes);
            var fresh = owner.halfMade().resolve("work-" + record.identity());
            DurableFile.makeFolders(fresh.resolve("logs"));
            DurableFile.write(fresh.resolve(RECORD), JobCodec.write(record));
            Files.deleteIfExists(owner.settled());
            Files.move(fresh, owner.work(), StandardCopyOption.ATOMIC_MOVE);
            DurableFile.syncFolder(owner.path());
            return new WorkVolume(owner.work().toString(), record.identity());
        } catch (IOException e) {
            throw LocalFault.translate("the work volume of " + id + " cannot be made", e);
        }
    }

    Optional<WorkVolume> find(VmMigrationId id) {
        var owner = pool.owner(id);
        try {
            return read(owner).map(record -> new WorkVolume(owner.work().toString(), record.identity()));
        } catch (IOException e) {
            throw LocalFault.translate("the work volume of " + id + " cannot be looked at", e);
        }
    }

    static Optional<WorkRecord> read(OwnerFolder owner) throws IOException {
        return Pool.read(owner.work().resolve(RECORD), WorkRecord.class);
    }

    /// Removes the volume, what is half made and the folders of the jobs, which must all be dead.
    void delete(VmMigrationId id, Logs logs) {
        var owner = pool.owner(id);
        try (var _ = pool.lock()) {
            if (!Files.isDirectory(owner.path())) {
                return;
            }
            for (var job : owner.allJobs()) {
                if (!JobProcesses.of(job).isEmpty()) {
                    throw new FaultException(LocalFault.JOB_STILL_RUNS, "the work volume of " + id + " cannot be removed",
                            "processes of job " + job.path().getFileName() + " are alive");
                }
            }
            if (logs == Logs.KEEP) {
                keepLogs(owner);
            }
            Files.writeString(owner.settled(), "");
            for (var job : owner.allJobs()) {
                if (Files.isSymbolicLink(job.runLink())) {
                    FileTree.delete(Files.readSymbolicLink(job.runLink()));
                }
                FileTree.delete(job.path());
            }
            FileTree.delete(owner.work());
            for (var half : OwnerFolder.list(owner.halfMade())) {
                if (!String.valueOf(half.getFileName()).startsWith("volume-")) { // those are their records'
                    FileTree.delete(half);
                }
            }
            if (logs == Logs.DELETE) {
                FileTree.delete(owner.logs());
            }
            owner.removeIfEmpty();
        } catch (IOException e) {
            throw LocalFault.translate("the work volume of " + id + " cannot be removed", e);
        }
    }

    private static void keepLogs(OwnerFolder owner) throws IOException {
        for (var log : living(owner).entrySet()) {
            var kept = owner.logs().resolve(log.getKey());
            DurableFile.makeFolders(kept.resolveSibling(""));
            Files.move(log.getValue(), kept, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    List<LogFile> logs(VmMigrationId id) {
        try {
            var logs = new java.util.ArrayList<LogFile>();
            for (var log : all(pool.owner(id)).entrySet()) {
                logs.add(new LogFile(log.getKey(), Files.size(log.getValue())));
            }
            return logs;
        } catch (IOException e) {
            throw LocalFault.translate("the logs of " + id + " cannot be listed", e);
        }
    }

    Optional<InputStream> open(VmMigrationId id, String name) {
        try {
            var log = all(pool.owner(id)).get(name);
            return log == null ? Optional.empty() : Optional.of(Files.newInputStream(log, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException e) {
            throw LocalFault.translate("log " + name + " of " + id + " cannot be read", e);
        }
    }

    private static Map<String, Path> all(OwnerFolder owner) throws IOException {
        var logs = new LinkedHashMap<String, Path>();
        under(owner.logs(), "", logs);
        logs.putAll(living(owner));
        return logs;
    }

    /// Logs of jobs and of what they ran, by the name that they keep.
    private static Map<String, Path> living(OwnerFolder owner) throws IOException {
        var logs = new LinkedHashMap<String, Path>();
        for (JobFolder job : owner.allJobs()) {
            if (Files.isRegularFile(job.log(), LinkOption.NOFOLLOW_LINKS)) {
                logs.put(job.path().getFileName() + "/" + job.log().getFileName(), job.log());
            }
        }
        under(owner.work(), "", logs);
        return logs;
    }

    private static void under(Path folder, String prefix, Map<String, Path> logs) throws IOException {
        for (var entry : OwnerFolder.list(folder)) {
            var name = prefix + entry.getFileName();
            if (Files.isDirectory(entry, LinkOption.NOFOLLOW_LINKS)) {
                under(entry, name + "/", logs);
            } else if (name.endsWith(".log") && Files.isRegularFile(entry, LinkOption.NOFOLLOW_LINKS)) {
                logs.put(name, entry);
            }
        }
    }
}
