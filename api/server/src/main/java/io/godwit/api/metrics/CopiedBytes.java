package io.godwit.api.metrics;

import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.JobProgress.DiskProgress;
import io.godwit.model.migration.VmMigrationId;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Counts every byte that copies of this node moved, and every one that was read back and found equal, once: as far as it is known while a copy runs,
/// and in full at its end.
final class CopiedBytes {
    /// What was counted of one disk.
    private record Counted(long copied, long verified) {
        static final Counted NOTHING = new Counted(0, 0);
    }

    private final MeterRegistry metrics;
    private final Map<VmMigrationId, Map<String, Counted>> counted = new HashMap<>();

    CopiedBytes(MeterRegistry metrics) {
        this.metrics = metrics;
    }

    /// The copy was found running.
    ///
    /// @param own whether it was begun under this server; what another had copied before is none of this one's counting
    synchronized void running(VmMigrationId id, boolean own, List<DiskProgress> disks, Tags providers) {
        boolean known = counted.containsKey(id);
        var before = counted.computeIfAbsent(id, _ -> new HashMap<>());
        for (var disk : disks) {
            var now = new Counted(disk.transferredBytes(), disk.verifiedBytes());
            var base = before.getOrDefault(disk.key(), known || own ? Counted.NOTHING : now);
            before.put(disk.key(), count(base, now, providers));
        }
    }

    /// The copy is done. One of which nothing was ever heard here was short, or ended while no server ran: then it is not counted.
    synchronized void done(VmMigrationId id, boolean own, List<DiskReport> disks, Tags providers) {
        var before = counted.remove(id);
        if (before == null && !own) {
            return;
        }
        for (var disk : disks) {
            var base = before == null ? Counted.NOTHING : before.getOrDefault(disk.key(), Counted.NOTHING);
            count(base, new Counted(disk.dataBytes(), disk.verified() ? disk.dataBytes() : 0), providers);
        }
    }

    /// Forgets all but these.
    synchronized void retain(Set<VmMigrationId> unended) {
        counted.keySet().retainAll(unended);
    }

    private Counted count(Counted before, Counted now, Tags providers) {
        metrics.counter("godwit.copied.bytes", providers).increment((double) Math.max(0, now.copied() - before.copied()));
        metrics.counter("godwit.verified.bytes", providers).increment((double) Math.max(0, now.verified() - before.verified()));
        return new Counted(Math.max(before.copied(), now.copied()), Math.max(before.verified(), now.verified()));
    }
}
