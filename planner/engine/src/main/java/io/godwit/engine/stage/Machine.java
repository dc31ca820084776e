package io.godwit.engine.stage;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.stage.StageFact.GuestConverted;
import io.godwit.engine.stage.StageFact.SourceRead;
import io.godwit.engine.stage.StageFact.TargetChosen;
import io.godwit.engine.stage.StageFact.VolumeAllocated;
import io.godwit.model.disk.ConversionReport;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.WorkerJob.DiskInput;
import io.godwit.model.disk.WorkerJob.MachineShape;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.SourceNic;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.NetworkTarget;
import io.godwit.model.migration.SourceView;
import io.godwit.provider.DestinationProvider.Volume;
import io.godwit.provider.VmRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// The machine on both sides, made from the facts of earlier stages: the same whenever it is asked for.
final class Machine {
    private Machine() {}

    /// The disks of the stopped VM, as its source gives them.
    static List<DiskInput> inputs(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        return vm.disks().stream().map(disk -> new DiskInput(disk.key(),
                context.source().locate(vm.id(), vm.identity(), disk.key(), new SourceView.Stopped()), disk.capacityBytes(), disk.bus()))
                .toList();
    }

    /// The source's machine, for the converter.
    static MachineShape sourceShape(StageContext context) {
        var vm = context.require(SourceRead.class).vm();
        var target = context.require(TargetChosen.class);
        var macs = vm.nics().stream().map(nic -> target.macs().getOrDefault(nic.key(), nic.mac())).toList();
        return new MachineShape(target.name(), target.uuid(), vm.cpu().sockets(), vm.cpu().coresPerSocket(), vm.cpu().threadsPerCore(),
                vm.memoryBytes(), vm.firmware().uefi(), vm.firmware().secureBoot(),
                vm.disks().isEmpty() ? "scsi" : vm.disks().getFirst().bus(),
                macs, Map.of("guestOs", vm.guestOs()));
    }

    static VmRequest target(StageContext context) {
        var order = context.order();
        var vm = context.require(SourceRead.class).vm();
        var target = context.require(TargetChosen.class);
        var conversion = context.find(GuestConverted.class).map(GuestConverted::conversion).map(JobResult.Converted::report);
        var firmware = new SourceVm.Firmware(conversion.map(ConversionReport::uefi).orElse(vm.firmware().uefi()),
                vm.firmware().secureBoot(),
                vm.firmware().tpm());
        return new VmRequest(target.name(), target.uuid(), order.plan().targetNamespace(), vm.cpu(), vm.memoryBytes(), firmware,
                volumes(context, vm), conversion.map(report -> diskBus(report.blockBus())).orElseGet(() -> diskBusAsItWas(vm)),
                conversion.map(report -> nicModel(report.netBus())).orElseGet(() -> nicModelAsItWas(vm)),
                nics(order.networks(), vm, target),
                conversion.map(ConversionReport::machine).orElse("q35"), vm.guestOsName(),
                "VM " + vm.name() + " (" + vm.id() + ") of provider " + order.plan().sourceProvider());
    }

    /// The volumes in the order of the VM's disks.
    static List<Volume> volumes(StageContext context, SourceVm vm) {
        var volumes = context.list(VolumeAllocated.class);
        return vm
                .disks().stream().map(
                        disk -> volumes.stream().map(VolumeAllocated::volume).filter(each -> each.diskKey().equals(disk.key()))
                                .reduce((_, second) -> second)
                                .orElseThrow(() -> new FaultException(EngineFault.JOURNAL_INCONSISTENT,
                                        "disk " + disk.key() + " of " + context.id(),
                                        "no volume was recorded for it")))
                .toList();
    }

    private static List<VmRequest.Nic> nics(NetworkMapping mapping, SourceVm vm, TargetChosen target) {
        var nics = new ArrayList<VmRequest.Nic>();
        for (var nic : vm.nics()) {
            if (!(network(mapping, nic) instanceof NetworkTarget.Ignored)) {
                nics.add(new VmRequest.Nic(target.macs().getOrDefault(nic.key(), nic.mac()), network(mapping, nic)));
            }
        }
        return List.copyOf(nics);
    }

    private static NetworkTarget network(NetworkMapping mapping, SourceNic nic) {
        return mapping.pairs().stream().filter(pair -> pair.source().equals(nic.networkId())).map(NetworkMapping.Pair::destination)
                .findFirst()
                .orElseThrow(
                        () -> new FaultException(EngineFault.MAPPING_INCOMPLETE, "network " + nic.networkId() + " of card " + nic.key(),
                                "mapping " + mapping.name() + " does not name it"));
    }

    /// A guest that ran on virtio has its drivers, and need not have those of SATA, which most others have.
    private static String diskBusAsItWas(SourceVm vm) {
        return !vm.disks().isEmpty() && vm.disks().stream().allMatch(disk -> disk.bus().equals("virtio")) ? "virtio" : "sata";
    }

    private static String nicModelAsItWas(SourceVm vm) {
        return !vm.nics().isEmpty() && vm.nics().stream().allMatch(nic -> nic.model().equals("virtio")) ? "virtio" : "e1000e";
    }

    private static String diskBus(String virtV2v) {
        return switch (virtV2v) {
            case "virtio-blk" -> "virtio";
            case "virtio-scsi" -> "scsi";
            default -> "sata";
        };
    }

    private static String nicModel(String virtV2v) {
        return switch (virtV2v) {
            case "virtio-net" -> "virtio";
            case "rtl8139" -> "rtl8139";
            default -> "e1000e";
        };
    }
}
