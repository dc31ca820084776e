package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.Outcome.Completed;
import io.godwit.engine.stage.Outcome.Waiting;
import io.godwit.engine.stage.StageFact.Removed;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.TargetChosen;
import io.godwit.engine.stage.StageFact.VolumeAllocated;
import io.godwit.engine.stage.StageFact.WorkVolumeMade;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm.SourceDisk;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import java.time.Duration;
import java.util.List;

/// Makes the work volume and a volume for each disk, before anything is stopped: a full destination causes no outage.
public final class AllocateVolumes implements Stage {
    public static final String NAME = "AllocateVolumes";
    private static final String MAKE_WORK = "make-work-volume";
    private static final String MAKE_VOLUME = "make-volume";
    private static final long WORK_BYTES = 64L << 20;
    private static final long CONVERSION_BYTES = 256L << 20;

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public PipelineStep pipelineStep() {
        return PipelineStep.ALLOCATE_DISKS;
    }

    @Override
    public Outcome execute(StageContext context) {
        var requests = requests(context);
        var destination = context.destination();
        if (!context.intended(MAKE_WORK, "work")) {
            destination.requireSpace(requests, workBytes(context, requests));
        }
        context.effect(MAKE_WORK, "work", WorkVolumeMade.class,
                () -> new WorkVolumeMade(destination.ensureWorkVolume(context.id(), workBytes(context, requests))));
        for (var request : requests) {
            if (!context.timeLeft()) {
                return new Waiting("volumes are being made", Duration.ZERO);
            }
            var volume = context.effect(MAKE_VOLUME, request.diskKey(), VolumeAllocated.class,
                    () -> new VolumeAllocated(destination.ensureVolume(context.id(), request))).volume();
            if (!volume.diskKey().equals(request.diskKey()) || volume.sizeBytes() < request.sizeBytes()) {
                throw new FaultException(EngineFault.VOLUME_MISMATCH, "volume " + volume.ref() + " for disk " + request.diskKey(),
                        "it has " + volume.sizeBytes() + " bytes and " + request.sizeBytes() + " are needed");
            }
        }
        return new Completed();
    }

    @Override
    public Outcome compensate(StageContext context) {
        var destination = context.destination();
        for (var disk : context.find(SourceRead.class).map(read -> read.vm().disks()).orElse(List.of())) {
            if (context.intended(MAKE_VOLUME, disk.key())) {
                if (!context.timeLeft()) {
                    return new Waiting("volumes are being removed", Duration.ZERO);
                }
                context.effect("delete-volume", disk.key(), Removed.class, () -> {
                    destination.deleteVolume(context.id(), disk.key());
                    return new Removed("volume of disk " + disk.key());
                });
            }
        }
        if (context.intended(MAKE_WORK, "work")) {
            context.effect("delete-work-volume", "work", Removed.class, () -> {
                destination.deleteWorkVolume(context.id(), Logs.DELETE);
                return new Removed("work volume");
            });
        }
        return new Completed();
    }

    /// Files that came packed are made whole in the work volume. Asked of sources of files only: of a VM that runs no disk is located yet.
    private static long unpackedBytes(StageContext context) {
        return context.source().power().isPresent()
                ? 0
                : Machine.inputs(context).stream().mapToLong(input -> input.source().unpackedBytes()).sum();
    }

    /// Overlays take what a conversion changes; checkpoints, digests and logs are small.
    private static long workBytes(StageContext context, List<VolumeRequest> requests) {
        long disks = requests.stream().mapToLong(VolumeRequest::sizeBytes).sum();
        long work = WORK_BYTES + unpackedBytes(context);
        return context.order().plan().skipGuestConversion() ? work : work + Math.min(disks, CONVERSION_BYTES + disks / 10);
    }

    private static List<VolumeRequest> requests(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        var name = context.require(TargetChosen.class).name();
        return vm.disks().stream()
                .map(disk -> new VolumeRequest(name, disk.key(), disk.capacityBytes(), storage(context.order().storages(), disk))).toList();
    }

    private static StorageTarget storage(StorageMapping mapping, SourceDisk disk) {
        return mapping.pairs().stream().filter(pair -> pair.source().equals(disk.storageId())).map(StorageMapping.Pair::destination)
                .findFirst()
                .orElseThrow(
                        () -> new FaultException(EngineFault.MAPPING_INCOMPLETE, "storage " + disk.storageId() + " of disk " + disk.key(),
                                "mapping " + mapping.name() + " does not name it"));
    }
}
