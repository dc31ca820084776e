package io.godwit.provider.testkit;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.BootDisk;
import io.godwit.model.disk.WorkerJob.MachineShape;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.SpiFault;
import io.godwit.provider.VmRequest;
import io.godwit.provider.WorkerPool;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/// A destination in memory. Counts what it made under which owner, so that a test sees what was made twice.
public final class FakeDestination implements DestinationProvider {
    private static final Set<String> STORAGE_CLASSES = Set.of("", "fast");

    private record Key(VmMigrationId owner, String object) {}

    private record Machine(TargetVm vm, VmRequest request) {}

    private final Map<Key, Volume> volumes = new LinkedHashMap<>();
    private final Map<VmMigrationId, WorkVolume> workVolumes = new LinkedHashMap<>();
    private final Map<VmMigrationId, Machine> machines = new LinkedHashMap<>();
    private final Map<Key, Integer> made = new LinkedHashMap<>();
    private final Calls calls;
    private final WorkerPool workers;
    private long capacityBytes = 1L << 50;
    private boolean bootCheck = true;
    private int identities;

    public FakeDestination(WorkerPool workers) {
        this(Calls.AT_ONCE, workers);
    }

    public FakeDestination(Calls calls, WorkerPool workers) {
        this.calls = calls;
        this.workers = workers;
    }

    public synchronized void capacity(long bytes) {
        capacityBytes = bytes;
    }

    public void bootCheck(boolean offered) {
        bootCheck = offered;
    }

    /// How often an object was really made: `volume disk-0`, `work`, `vm`.
    public synchronized int made(VmMigrationId owner, String object) {
        return made.getOrDefault(new Key(owner, object), 0);
    }

    /// What that owner's VM was asked to be.
    public synchronized Optional<VmRequest> request(VmMigrationId owner) {
        return Optional.ofNullable(machines.get(owner)).map(Machine::request);
    }

    /// Somebody removes or replaces a volume behind our back.
    public synchronized void loseVolume(VmMigrationId owner, String diskKey) {
        volumes.remove(new Key(owner, diskKey));
    }

    @Override
    public void requireStorage(StorageTarget storage) {
        if (!STORAGE_CLASSES.contains(storage.storageClass())) {
            throw new FaultException(SpiFault.STORAGE_CLASS_UNKNOWN, "class " + storage.storageClass(), "it has " + STORAGE_CLASSES);
        }
    }

    @Override
    public synchronized void requireSpace(List<VolumeRequest> requests, long workVolumeBytes) {
        long used = volumes.values().stream().mapToLong(Volume::sizeBytes).sum();
        long wanted = workVolumeBytes + requests.stream().mapToLong(VolumeRequest::sizeBytes).sum();
        if (wanted > capacityBytes - used) {
            throw new FaultException(SpiFault.CAPACITY_EXCEEDED, wanted + " bytes", "of " + capacityBytes + " are " + used + " in use");
        }
    }

    @Override
    public synchronized Volume ensureVolume(VmMigrationId owner, VolumeRequest request) {
        return calls.change("ensureVolume " + owner + " " + request.diskKey(),
                () -> volumes.computeIfAbsent(new Key(owner, request.diskKey()), key -> {
                    count(owner, "volume " + request.diskKey());
                    return new Volume(request.diskKey(), owner + "-" + request.diskKey(), "volume-" + ++identities, request.sizeBytes());
                }));
    }

    private void count(VmMigrationId owner, String object) {
        made.merge(new Key(owner, object), 1, Integer::sum);
    }

    @Override
    public synchronized Optional<Volume> findVolume(VmMigrationId owner, String diskKey) {
        return Optional.ofNullable(volumes.get(new Key(owner, diskKey)));
    }

    @Override
    public synchronized void deleteVolume(VmMigrationId owner, String diskKey) {
        calls.<Boolean>change("deleteVolume " + owner + " " + diskKey, () -> volumes.remove(new Key(owner, diskKey)) != null);
    }

    @Override
    public TargetSpec locate(Volume volume) {
        return new TargetSpec.RawFile("/fake/" + volume.ref(), "/fake/" + volume.ref() + ".lock");
    }

    @Override
    public synchronized WorkVolume ensureWorkVolume(VmMigrationId owner, long sizeBytes) {
        return calls.change("ensureWorkVolume " + owner, () -> workVolumes.computeIfAbsent(owner, key -> {
            count(owner, "work");
            return new WorkVolume("/fake/" + owner + "/work", "work-" + ++identities);
        }));
    }

    @Override
    public synchronized Optional<WorkVolume> findWorkVolume(VmMigrationId owner) {
        return Optional.ofNullable(workVolumes.get(owner));
    }

    @Override
    public synchronized void deleteWorkVolume(VmMigrationId owner, Logs logs) {
        calls.<Boolean>change("deleteWorkVolume " + owner, () -> workVolumes.remove(owner) != null);
    }

    @Override
    public synchronized TargetVm ensureVm(VmMigrationId owner, VmRequest request) {
        return calls.change("ensureVm " + owner, () -> {
            if (nameTaken(owner, request.name())) {
                throw new FaultException(SpiFault.OWNERSHIP_MISMATCH, "VM " + request.name(), "it belongs to another migration");
            }
            return machines.computeIfAbsent(owner, key -> {
                count(owner, "vm");
                return new Machine(new TargetVm(request.name(), "/fake/" + request.name() + ".yaml"), request);
            }).vm();
        });
    }

    @Override
    public synchronized Optional<TargetVm> findVm(VmMigrationId owner) {
        return Optional.ofNullable(machines.get(owner)).map(Machine::vm);
    }

    @Override
    public synchronized void deleteVm(VmMigrationId owner) {
        calls.<Boolean>change("deleteVm " + owner, () -> machines.remove(owner) != null);
    }

    @Override
    public synchronized boolean nameTaken(VmMigrationId owner, String vmName) {
        return machines.entrySet().stream().anyMatch(each -> !each.getKey().equals(owner) && each.getValue().vm().name().equals(vmName));
    }

    @Override
    public synchronized List<String> leftovers(VmMigrationId owner) {
        var left = new ArrayList<String>();
        volumes.keySet().stream().filter(key -> key.owner().equals(owner)).forEach(key -> left.add("volume " + key.object()));
        findWorkVolume(owner).ifPresent(work -> left.add("work volume " + work.path()));
        findVm(owner).ifPresent(vm -> left.add("VM " + vm.name()));
        return left;
    }

    @Override
    public WorkerPool workers() {
        return workers;
    }

    @Override
    public Optional<BootCheck> bootCheck() {
        return bootCheck ? Optional.of(FakeDestination::bootJob) : Optional.empty();
    }

    private static WorkerJob.CheckBoot bootJob(JobName name, WorkVolume work, VmMigrationId owner, VmRequest vm) {
        var machine = new MachineShape(vm.name(), vm.uuid(), vm.cpu().sockets(), vm.cpu().coresPerSocket(), vm.cpu().threadsPerCore(),
                vm.memoryBytes(), vm.firmware().uefi(), vm.firmware().secureBoot(), vm.diskBus(), List.of(), Map.of());
        var disks = vm.disks().stream().map(volume -> new BootDisk(volume.diskKey(), "/fake/" + volume.ref())).toList();
        return new WorkerJob.CheckBoot(name, work.path(), List.of(), machine, disks, 600,
                "/fake/" + Objects.requireNonNull(owner) + "/evidence");
    }

    @Override
    public void close() {}
}
