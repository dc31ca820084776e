package io.godwit.engine.stage;

import io.godwit.engine.journal.FactTypes;
import io.godwit.model.disk.BootReport;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.GuestReport;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.provider.DestinationProvider.TargetVm;
import io.godwit.provider.DestinationProvider.Volume;
import io.godwit.provider.DestinationProvider.WorkVolume;
import java.util.List;
import java.util.Map;

/// What stages learn, make and prove.
public sealed interface StageFact {
    /// The VM as its source described it when the migration began; from now on its identity is demanded.
    record SourceRead(SourceVm vm) implements StageFact {}

    /// What the new VM is called and known by, chosen once.
    ///
    /// @param macs by key of the source's card; those that the source has, and made-up ones for the rest
    record TargetChosen(String name, String uuid, Map<String, String> macs) implements StageFact {}

    record WorkVolumeMade(WorkVolume work) implements StageFact {}

    record VolumeAllocated(Volume volume) implements StageFact {}

    /// A shutdown was ordered while the VM was in that state.
    record StopOrdered(PowerState before) implements StageFact {}

    record SourceStopped() implements StageFact {}

    /// A worker job was given to the pool; its name stays the same in all attempts that work on the same bytes.
    record JobStarted(JobName job, int attempt) implements StageFact {}

    /// The checks of the source that rode on a job.
    record SourceChecked(List<SideResult> results) implements StageFact {}

    record GuestInspected(GuestReport guest) implements StageFact {}

    record GuestConverted(JobResult.Converted conversion) implements StageFact {}

    record DisksCopied(List<DiskReport> disks) implements StageFact {}

    record DisksVerified(long dataBytes) implements StageFact {}

    record VmCreated(TargetVm vm) implements StageFact {}

    record BootChecked(BootReport boot) implements StageFact {}

    /// Something that a person should know and that stops nothing.
    record Warned(String text) implements StageFact {}

    /// Something of ours was removed.
    record Removed(String what) implements StageFact {}

    /// The source VM was ordered to run again.
    record SourceStarted() implements StageFact {}

    /// What of this migration there is at its end, as the destination names it.
    record Ended(List<String> kept) implements StageFact {}

    /// Registers all of them.
    static FactTypes register(FactTypes types) {
        return types.register("source-read", 1, SourceRead.class).register("target-chosen", 1, TargetChosen.class)
                .register("work-volume-made", 1, WorkVolumeMade.class).register("volume-allocated", 1, VolumeAllocated.class)
                .register("stop-ordered", 1, StopOrdered.class).register("source-stopped", 1, SourceStopped.class)
                .register("job-started", 1, JobStarted.class).register("source-checked", 1, SourceChecked.class)
                .register("guest-inspected", 1, GuestInspected.class).register("guest-converted", 1, GuestConverted.class)
                .register("disks-copied", 1, DisksCopied.class).register("disks-verified", 1, DisksVerified.class)
                .register("vm-created", 1, VmCreated.class).register("boot-checked", 1, BootChecked.class)
                .register("warned", 1, Warned.class).register("removed", 1, Removed.class)
                .register("source-started", 1, SourceStarted.class).register("ended", 1, Ended.class);
    }
}
