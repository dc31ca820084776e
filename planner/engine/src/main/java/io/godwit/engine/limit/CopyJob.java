package io.godwit.engine.limit;

import io.godwit.model.disk.JobName;
import io.godwit.model.limit.LimitScope;
import io.godwit.model.migration.VmMigrationId;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A copy that runs or is about to, with all that a scope may name it by.
///
/// @param source id of the provider
/// @param host inside the source, where that is known
/// @param destination id of the provider
/// @param disks their keys
public record CopyJob(VmMigrationId vmMigration, JobName name, String plan, String vm, String source, @Nullable String host,
        String destination, List<String> disks) {
    public CopyJob {
        disks = List.copyOf(disks);
    }

    /// Whether a limit of that scope holds for it, or for one of its disks.
    public boolean isIn(LimitScope scope) {
        return switch (scope) {
            case LimitScope.Total() -> true;
            case LimitScope.Link(var providers) -> providers.contains(source) || providers.contains(destination);
            case LimitScope.SourceHost(var provider, var inside) -> provider.equals(source) && (inside == null || inside.equals(host));
            case LimitScope.Vm(var ofPlan, var ofVm) -> ofPlan.equals(plan) && ofVm.equals(vm);
            case LimitScope.Disk(var ofPlan, var ofVm, var disk) -> ofPlan.equals(plan) && ofVm.equals(vm) && disks.contains(disk);
        };
    }
}
