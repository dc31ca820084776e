package io.godwit.provider;

import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import java.io.InputStream;
import java.util.List;
import java.util.Optional;

/// A platform that VMs go to. Everything it makes carries the owner's id, and every `delete` checks it first
/// (`OWNERSHIP_MISMATCH`); every `ensure` may be repeated, also after a crash in its middle, and finds what it made.
public interface DestinationProvider extends AutoCloseable {
    /// Fails with `STORAGE_CLASS_UNKNOWN` where no storage can be mapped to that.
    void requireStorage(StorageTarget storage);

    /// Fails with `CAPACITY_EXCEEDED` where these volumes and this work volume would not fit; reserves nothing.
    void requireSpace(List<VolumeRequest> volumes, long workVolumeBytes);

    /// Makes a volume of that size which reads as zeros.
    Volume ensureVolume(VmMigrationId owner, VolumeRequest request);

    Optional<Volume> findVolume(VmMigrationId owner, String diskKey);

    /// Removes it; harmless when it is gone.
    void deleteVolume(VmMigrationId owner, String diskKey);

    /// How a worker writes the volume.
    TargetSpec locate(Volume volume);

    /// Makes our own scratch volume of one VM migration.
    WorkVolume ensureWorkVolume(VmMigrationId owner, long sizeBytes);

    Optional<WorkVolume> findWorkVolume(VmMigrationId owner);

    /// Removes it with all it holds, and what is kept beside it as the second parameter says; harmless when it is gone.
    void deleteWorkVolume(VmMigrationId owner, Logs logs);

    /// Creates the VM over its volumes and leaves it off. A VM of that name which belongs to another owner is `OWNERSHIP_MISMATCH`.
    TargetVm ensureVm(VmMigrationId owner, VmRequest request);

    Optional<TargetVm> findVm(VmMigrationId owner);

    /// Removes the definition, not the volumes; harmless when it is gone.
    void deleteVm(VmMigrationId owner);

    /// Whether a VM of that name exists that belongs to somebody else.
    boolean nameTaken(VmMigrationId owner, String vmName);

    /// What of that owner is still there: for a cancelled migration it must end empty.
    List<String> leftovers(VmMigrationId owner);

    /// The logs that are kept of that owner's jobs, also when its work volume is gone.
    default List<LogFile> logs(VmMigrationId owner) {
        return List.of();
    }

    /// Opens one of [#logs]; empty where none has that name. A name is compared, never used as a path.
    default Optional<InputStream> openLog(VmMigrationId owner, String name) {
        return Optional.empty();
    }

    /// Where jobs run that can see this destination's volumes.
    WorkerPool workers();

    /// Capability: a VM can be started once, apart from everything.
    Optional<BootCheck> bootCheck();

    @Override
    void close();

    /// What becomes of the logs of an owner's jobs when its work volume goes.
    enum Logs {
        /// They stay, for people to read.
        KEEP,
        /// They go too, those that were kept before as well: nothing of that owner is left.
        DELETE
    }

    /// A volume to make.
    ///
    /// @param storage what the source disk's storage is mapped to
    record VolumeRequest(String vmName, String diskKey, long sizeBytes, StorageTarget storage) {}

    /// A volume that exists.
    ///
    /// @param ref the platform's own name of it
    /// @param identity differs for every volume that was ever made, also under the same name
    record Volume(String diskKey, String ref, String identity, long sizeBytes) {}

    /// A work volume that exists.
    ///
    /// @param path where workers see it
    /// @param identity differs for every work volume that was ever made
    record WorkVolume(String path, String identity) {}

    /// A VM that exists.
    ///
    /// @param definition where a person finds it (a path, a namespace/name)
    record TargetVm(String name, String definition) {}

    /// A log that people can read.
    ///
    /// @param name unique for its owner, e.g. `convert-1/virt-v2v.log`
    record LogFile(String name, long sizeBytes) {}

    /// Capability to start a VM once, apart from everything.
    interface BootCheck {
        WorkerJob.CheckBoot job(JobName name, WorkVolume work, VmMigrationId owner, VmRequest vm);
    }
}
