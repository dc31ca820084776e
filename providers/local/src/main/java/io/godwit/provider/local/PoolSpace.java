package io.godwit.provider.local;

import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.SpiFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Whether there is room in the pool: what the file system has free, less what migrations that run may still write. Sparse files are counted
/// in full, so that a guest that is all data fits too.
final class PoolSpace {
    private static final Duration DEADLINE = Duration.ofSeconds(15);

    private final Pool pool;
    private final Supervisor programs;
    private final VolumeFormat usual;

    /// @param usual format of volumes whose storage is mapped to none
    PoolSpace(Pool pool, Supervisor programs, VolumeFormat usual) {
        this.pool = pool;
        this.programs = programs;
        this.usual = usual;
    }

    /// For a whole VM; what an earlier try of the same VM has written already is not asked for twice.
    void require(List<VolumeRequest> volumes, long workVolumeBytes) {
        var own = new HashSet<Map.Entry<String, String>>();
        long asked = workVolumeBytes;
        for (var volume : volumes) {
            own.add(Map.entry(volume.vmName(), volume.diskKey()));
            asked += format(volume).mostBytes(volume.sizeBytes());
        }
        check(asked, own, "volumes and work volume of " + (volumes.isEmpty() ? "a VM" : volumes.getFirst().vmName()));
    }

    VolumeFormat format(VolumeRequest volume) {
        return VolumeFormat.of(volume.storage(), usual);
    }

    /// For one thing more, with all that runs counted.
    void requireRoom(long bytes, String what) {
        check(bytes, Set.of(), what);
    }

    private void check(long asked, Set<Map.Entry<String, String>> own, String what) {
        try {
            long promised = 0;
            long alreadyHere = 0;
            for (var owner : pool.owners()) {
                var records = LocalVolumes.records(owner);
                var work = LocalWorkVolumes.read(owner);
                if (records.stream().anyMatch(each -> own.contains(Map.entry(each.vmName(), each.diskKey())))) {
                    alreadyHere += allocated(pathsOf(owner, records));
                } else if (!Files.exists(owner.settled())) {
                    long most = records.stream().mapToLong(LocalVolumes.VolumeRecord::mostBytes).sum()
                            + work.map(LocalWorkVolumes.WorkRecord::sizeBytes).orElse(0L);
                    promised += Math.max(0, most - allocated(pathsOf(owner, records)));
                }
            }
            long free = Files.getFileStore(pool.root()).getUsableSpace();
            if (asked - alreadyHere > free - promised) {
                throw new FaultException(SpiFault.CAPACITY_EXCEEDED,
                        what + " need " + megabytes(asked - alreadyHere) + " in pool " + pool.root(),
                        megabytes(free) + " are free there, of which " + megabytes(promised) + " are promised to migrations that run");
            }
        } catch (IOException e) {
            throw LocalFault.translate("the free space of pool " + pool.root() + " cannot be told", e);
        }
    }

    private static List<Path> pathsOf(OwnerFolder owner, List<LocalVolumes.VolumeRecord> records) {
        var paths = new ArrayList<Path>();
        records.forEach(each -> paths.add(Path.of(each.file())));
        paths.add(owner.work());
        return paths;
    }

    /// Bytes that the file system has given these files and folders.
    private long allocated(List<Path> paths) throws IOException {
        var there = paths.stream().filter(Files::exists).map(Path::toString).toList();
        if (there.isEmpty()) {
            return 0;
        }
        try {
            var lines = programs
                    .run(Command.of("du", "--summarize", "--block-size=1", "--").with(there.toArray(String[]::new)).deadline(DEADLINE));
            return total(lines);
        } catch (ChildFailure e) {
            if (e.reason() == ChildFailure.Reason.EXITED) { // a file went away while it looked: count nothing as given, which asks for more
                return 0;
            }
            throw new IOException("du failed: " + e.why(), e);
        }
    }

    private static long total(String lines) {
        Map<String, Long> byPath = new HashMap<>();
        lines.lines().map(line -> line.split("\t", 2)).filter(parts -> parts.length == 2)
                .forEach(parts -> byPath.put(parts[1], Long.parseLong(parts[0])));
        return byPath.values().stream().mapToLong(Long::longValue).sum();
    }

    private static String megabytes(long bytes) {
        return String.format(java.util.Locale.ROOT, "%,d MiB", Math.ceilDiv(bytes, 1 << 20));
    }
}
