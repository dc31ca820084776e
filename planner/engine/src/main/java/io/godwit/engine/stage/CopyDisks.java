package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.journal.Slot;
import io.godwit.engine.limit.CopyAdmission;
import io.godwit.engine.limit.CopyJob;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.Outcome.Waiting;
import io.godwit.engine.stage.StageFact.DisksCopied;
import io.godwit.engine.stage.StageFact.GuestConverted;
import io.godwit.engine.stage.StageFact.JobStarted;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.WorkVolumeMade;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobProgress;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobResult.ConvertedDisk;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.provider.DestinationProvider.Volume;
import io.godwit.provider.DestinationProvider.WorkVolume;
import java.util.ArrayList;
import java.util.List;

/// Copies every disk, converted or as the source has it, into its volume.
public final class CopyDisks implements Stage {
    public static final String NAME = "CopyDisks";

    private final CopyAdmission limits;

    /// @param limits are asked before a copy starts
    public CopyDisks(CopyAdmission limits) {
        this.limits = limits;
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.COPY_DISKS;
    }

    @Override
    public List<Slot> slots(StageContext context) {
        int disks = context.require(SourceRead.class).vm().disks().size();
        return List.of(new Slot("disks", Math.max(1, disks), context.settings().disks()));
    }

    @Override
    public Outcome execute(StageContext context) {
        var job = job(context);
        var copy = copyJob(context.id(), job.name(), context.order().plan(), context.require(SourceRead.class).vm());
        boolean starts = !context.list(JobStarted.class).contains(new JobStarted(job.name(), context.attempt()));
        if (starts) {
            requireVolumes(context);
        }
        boolean waits = false;
        try {
            var outcome = Jobs.run(context, starts ? job.options(job.options().share(limits.admit(copy))) : job, "disks are being copied",
                    JobResult.Copied.class, copied -> {
                        context.record(new DisksCopied(copied.disks()));
                        return new Completed();
                    });
            waits = outcome instanceof Waiting;
            return outcome;
        } finally {
            if (!waits) {
                limits.mayHaveEnded(context.id());
            } else if (!starts) {
                limits.running(copy);
            }
        }
    }

    /// The copy of a VM as limits know it.
    public static CopyJob copyJob(VmMigrationId id, JobName name, Plan plan, SourceVm vm) {
        return new CopyJob(id, name, plan.id().value(), vm.id(), plan.sourceProvider(), vm.host(), plan.destinationProvider(),
                vm.disks().stream().map(SourceDisk::key).toList());
    }

    @Override
    public JobProgress progress(StageContext context) {
        return Jobs.progress(context);
    }

    /// All disks of the VM in one job, bound to the identities of all that it reads and writes.
    private static WorkerJob.Copy job(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        var work = context.require(WorkVolumeMade.class).work();
        var volumes = Machine.volumes(context, vm);
        var inputs = Machine.inputs(context);
        var disks = new ArrayList<DiskCopy>();
        var parts = new ArrayList<String>();
        for (int i = 0; i < inputs.size(); i++) {
            var copy = copy(context, inputs.get(i), vm.identity(), volumes.get(i));
            disks.add(copy);
            parts.addAll(List.of(copy.key(), copy.sourceIdentity(), copy.targetIdentity(), String.valueOf(copy.sizeBytes())));
        }
        return new WorkerJob.Copy(context.jobName("copy", parts), work.path(), Jobs.sideTasks(context), List.copyOf(disks),
                CopyOptions.DEFAULT);
    }

    private static DiskCopy copy(StageContext context, DiskInput input, String vmIdentity, Volume volume) {
        var target = context.destination().locate(volume);
        var converted = context.find(GuestConverted.class);
        if (converted.isEmpty()) {
            return new DiskCopy(input.key(), input.source(), vmIdentity + "/" + input.key(), target, volume.identity(), input.sizeBytes());
        }
        var overlay = converted.get().conversion().disks().stream().filter(each -> each.key().equals(input.key())).findFirst()
                .orElseThrow(() -> new FaultException(EngineFault.JOURNAL_INCONSISTENT, "disk " + input.key() + " of " + context.id(),
                        "the conversion made " + converted.get().conversion().disks().stream().map(ConvertedDisk::key).toList()));
        return new DiskCopy(input.key(), new ExportSpec.Overlay(input.source(), overlay.overlay()), overlay.identity(), target,
                volume.identity(), input.sizeBytes());
    }

    /// What was made must still be what it was: nothing is trusted by its name.
    private static void requireVolumes(StageContext context) {
        var destination = context.destination();
        var work = context.require(WorkVolumeMade.class).work();
        var found = destination.findWorkVolume(context.id()).map(WorkVolume::identity).orElse("gone");
        if (!found.equals(work.identity())) {
            throw new FaultException(EngineFault.WORK_VOLUME_LOST, "work volume " + work.path(),
                    "it was " + work.identity() + " and is " + found);
        }
        for (var volume : Machine.volumes(context, context.require(SourceRead.class).vm())) {
            var there = destination.findVolume(context.id(), volume.diskKey()).map(Volume::identity).orElse("gone");
            if (!there.equals(volume.identity())) {
                throw new FaultException(EngineFault.VOLUME_MISMATCH, "volume " + volume.ref(),
                        "it was " + volume.identity() + " and is " + there);
            }
        }
    }
}
