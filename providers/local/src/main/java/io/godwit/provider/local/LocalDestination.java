package io.godwit.provider.local;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.BootDisk;
import io.godwit.model.disk.WorkerJob.MachineShape;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.process.Supervisor;
import io.godwit.protocol.JobProcesses;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.SpiFault;
import io.godwit.provider.VmRequest;
import io.godwit.provider.VmRequest.Nic;
import io.godwit.provider.WorkerPool;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// One pool directory of one node.
final class LocalDestination implements DestinationProvider, DestinationProvider.BootCheck {
    private static final int SECONDS_TO_BOOT = 600; // without KVM a guest takes minutes

    private final Pool pool;
    private final Supervisor programs;
    private final PoolSpace space;
    private final LocalVolumes volumes;
    private final LocalWorkVolumes workVolumes;
    private final LocalVms vms;
    private final ChildProcessWorkerPool workers;
    private final int secondsToBoot;

    private LocalDestination(Pool pool, ProviderSettings settings) {
        this.pool = pool;
        programs = new Supervisor(settings.node().runtimeDirectory().resolve("tmp"));
        space = new PoolSpace(pool, programs, VolumeFormat.parse(settings.setting("volumeFormat").orElse("raw"),
                LocalFault.VOLUME_FORMAT_UNKNOWN,
                "pool " + settings.id() + " cannot have the volumeFormat \"" + settings.setting("volumeFormat").orElse("") + "\""));
        volumes = new LocalVolumes(pool, space, programs);
        workVolumes = new LocalWorkVolumes(pool, space);
        vms = new LocalVms(pool);
        secondsToBoot = number(settings, "secondsToBoot", SECONDS_TO_BOOT);
        workers = new ChildProcessWorkerPool(pool, settings.node(), Duration.ofSeconds(number(settings, "workerSilenceSeconds", 3600)),
                ChildProcessWorkerPool.Patience.DEFAULT);
    }

    static LocalDestination open(ProviderSettings settings) {
        return new LocalDestination(Pool.open(settings), settings);
    }

    private static int number(ProviderSettings settings, String name, int otherwise) {
        var text = settings.setting(name).orElse(Integer.toString(otherwise));
        if (!text.matches("[1-9][0-9]{0,7}")) {
            throw new FaultException(SpiFault.SETTING_MISSING,
                    "setting " + name + " of provider " + settings.id() + " is no number of seconds",
                    "it is \"" + text + "\"");
        }
        return Integer.parseInt(text);
    }

    @Override
    public void requireStorage(StorageTarget storage) {
        var _ = VolumeFormat.of(storage, VolumeFormat.RAW);
    }

    @Override
    public void requireSpace(List<VolumeRequest> requests, long workVolumeBytes) {
        space.require(requests, workVolumeBytes);
    }

    @Override
    public Volume ensureVolume(VmMigrationId owner, VolumeRequest request) {
        return volumes.ensure(owner, request);
    }

    @Override
    public Optional<Volume> findVolume(VmMigrationId owner, String diskKey) {
        return volumes.find(owner, diskKey);
    }

    @Override
    public void deleteVolume(VmMigrationId owner, String diskKey) {
        volumes.delete(owner, diskKey);
    }

    @Override
    public TargetSpec locate(Volume volume) {
        return volumes.locate(volume);
    }

    @Override
    public WorkVolume ensureWorkVolume(VmMigrationId owner, long sizeBytes) {
        return workVolumes.ensure(owner, sizeBytes);
    }

    @Override
    public Optional<WorkVolume> findWorkVolume(VmMigrationId owner) {
        return workVolumes.find(owner);
    }

    @Override
    public void deleteWorkVolume(VmMigrationId owner, Logs logs) {
        workVolumes.delete(owner, logs);
    }

    @Override
    public TargetVm ensureVm(VmMigrationId owner, VmRequest request) {
        return vms.ensure(owner, request);
    }

    @Override
    public Optional<TargetVm> findVm(VmMigrationId owner) {
        return vms.find(owner);
    }

    @Override
    public void deleteVm(VmMigrationId owner) {
        vms.delete(owner);
    }

    @Override
    public boolean nameTaken(VmMigrationId owner, String vmName) {
        return vms.taken(owner, vmName);
    }

    @Override
    public List<String> leftovers(VmMigrationId id) {
        var owner = pool.owner(id);
        try {
            var left = new ArrayList<String>(volumes.leftovers(owner));
            vms.find(id).ifPresent(vm -> left.add("VM " + vm.definition()));
            for (var half : OwnerFolder.list(owner.halfMade())) {
                left.add("half made: " + half);
            }
            for (var job : owner.allJobs()) {
                JobProcesses.of(job).forEach(process -> left.add("process " + process.pid() + " of job " + job.path().getFileName()));
            }
            if (java.nio.file.Files.exists(owner.work())) {
                left.add("work volume " + owner.work());
            }
            return List.copyOf(left);
        } catch (IOException e) {
            throw LocalFault.translate("what is left of " + id + " cannot be listed", e);
        }
    }

    @Override
    public List<LogFile> logs(VmMigrationId owner) {
        return workVolumes.logs(owner);
    }

    @Override
    public Optional<InputStream> openLog(VmMigrationId owner, String name) {
        return workVolumes.open(owner, name);
    }

    @Override
    public WorkerPool workers() {
        return workers;
    }

    @Override
    public Optional<BootCheck> bootCheck() {
        return Optional.of(this);
    }

    @Override
    public WorkerJob.CheckBoot job(JobName name, WorkVolume work, VmMigrationId owner, VmRequest vm) {
        var machine = new MachineShape(vm.name(), vm.uuid(), vm.cpu().sockets(), vm.cpu().coresPerSocket(), vm.cpu().threadsPerCore(),
                vm.memoryBytes(), vm.firmware().uefi(), vm.firmware().secureBoot(), vm.diskBus(), vm.nics().stream().map(Nic::mac).toList(),
                Map.of("machine", vm.machine(), "nicModel", vm.nicModel()));
        var disks = vm.disks().stream().map(disk -> new BootDisk(disk.diskKey(), disk.ref(), diskFormat(disk.ref()))).toList();
        return new WorkerJob.CheckBoot(name, work.path(), List.of(), machine, disks, secondsToBoot,
                vms.evidence(owner, vm.name()).toString());
    }

    private static DiskFormat diskFormat(String volume) {
        return switch (VolumeFormat.of(Path.of(volume))) {
            case RAW -> DiskFormat.RAW;
            case QCOW2 -> DiskFormat.QCOW2;
        };
    }

    @Override
    public void close() {
        workers.close();
        programs.close();
    }
}
