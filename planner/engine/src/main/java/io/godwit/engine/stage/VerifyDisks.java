package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.StageFact.DisksCopied;
import io.godwit.engine.stage.StageFact.DisksVerified;
import io.godwit.engine.stage.StageFact.GuestConverted;
import io.godwit.engine.stage.StageFact.SourceChecked;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.Warned;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.JobStatus.SideResult;
import io.godwit.model.disk.SideTask;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import java.util.List;
import java.util.stream.Collectors;

/// Demands the proof: complete and equal digests of both sides for every disk, the result of every check of the source, and bytes.
public final class VerifyDisks implements Stage {
    public static final String NAME = "VerifyDisks";

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.COPY_DISKS;
    }

    @Override
    public Outcome execute(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        var copied = context.require(DisksCopied.class).disks();
        for (var disk : vm.disks()) {
            verify(disk, copied);
        }
        var checked = context.find(SourceChecked.class).map(SourceChecked::results).orElse(List.of()).stream().map(SideResult::name)
                .collect(Collectors.toSet());
        for (var task : context.source().sideTasks(vm.id(), vm.identity()).stream().map(SideTask::name).toList()) {
            if (!checked.contains(task)) {
                throw new FaultException(EngineFault.CHECK_MISSING, "check " + task + " of VM " + vm.name(), "no job has given its result");
            }
        }
        long data = copied.stream().mapToLong(DiskReport::dataBytes).sum();
        if (data == 0 && !vm.disks().isEmpty()) {
            if (context.find(GuestConverted.class).isPresent()) {
                throw new FaultException(EngineFault.NOTHING_COPIED, "disks of VM " + vm.name(),
                        "0 data bytes were copied, though the conversion wrote into them");
            }
            context.record(new Warned("All disks of the VM read as zeros: 0 data bytes were copied."));
        }
        context.record(new DisksVerified(data));
        return new Completed();
    }

    private static void verify(SourceDisk disk, List<DiskReport> copied) {
        var report = copied.stream().filter(each -> each.key().equals(disk.key())).findFirst()
                .orElseThrow(() -> notVerified(disk, "the copy has no report of it"));
        if (report.sizeBytes() != disk.capacityBytes()) {
            throw notVerified(disk, "the copy is of " + report.sizeBytes() + " bytes and the disk of " + disk.capacityBytes());
        }
        if (report.dataBytes() + report.zeroBytes() != report.sizeBytes()) {
            throw notVerified(disk,
                    "its " + report.sizeBytes() + " bytes are not " + report.dataBytes() + " copied and " + report.zeroBytes()
                            + " zero ones");
        }
        if (report.sourceRoot().isEmpty() || !report.verified()) {
            throw notVerified(disk, "its source's digest is " + report.sourceRoot() + " and its volume's " + report.targetRoot());
        }
    }

    private static FaultException notVerified(SourceDisk disk, String why) {
        return new FaultException(EngineFault.DISK_NOT_VERIFIED, "disk " + disk.key(), why);
    }
}
