package io.godwit.model.disk;

import io.godwit.model.limit.CopyShare;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Long work on the disks of one VM, done by a worker process. All paths that are not absolute are relative to the work volume.
public sealed interface WorkerJob {
    JobName name();

    /// The work volume: a directory that the worker sees under this absolute path.
    String workVolume();

    /// Checks that run beside the job, each with a result of its own; the job ends when they have ended too.
    List<SideTask> sideTasks();

    /// What opens the guest's encrypted devices; the job waits until it is sent the secrets.
    default List<GuestKey> keys() {
        return List.of();
    }

    /// Looks into a stopped VM's disks, read-only.
    ///
    /// @param rootDevice the root file system to look at where there are several (`/dev/sda2`), or `first`; `null` = there must be one
    /// @param keys absent in orders of before there were any
    record Inspect(JobName name, String workVolume, List<SideTask> sideTasks, List<DiskInput> disks, @Nullable String rootDevice,
            List<GuestKey> keys) implements WorkerJob {
        public Inspect {
            keys = Objects.requireNonNullElse(keys, List.of());
        }

        /// Without keys.
        public Inspect(JobName name, String workVolume, List<SideTask> sideTasks, List<DiskInput> disks, @Nullable String rootDevice) {
            this(name, workVolume, sideTasks, disks, rootDevice, List.of());
        }
    }

    /// Makes the guest bootable on KVM, on overlays over its disks: `overlays/<generation>/<disk key>.qcow2`.
    ///
    /// @param keys absent in orders of before there were any
    record Convert(JobName name, String workVolume, List<SideTask> sideTasks, int generation, MachineShape machine, List<DiskInput> disks,
            @Nullable String rootDevice, List<GuestKey> keys) implements WorkerJob {
        public Convert {
            keys = Objects.requireNonNullElse(keys, List.of());
        }

        /// Without keys.
        public Convert(JobName name, String workVolume, List<SideTask> sideTasks, int generation, MachineShape machine,
                List<DiskInput> disks, @Nullable String rootDevice) {
            this(name, workVolume, sideTasks, generation, machine, disks, rootDevice, List.of());
        }
    }

    /// Copies disks into volumes, and reads them back.
    record Copy(JobName name, String workVolume, List<SideTask> sideTasks, List<DiskCopy> disks,
            CopyOptions options) implements WorkerJob {
        public Copy options(CopyOptions other) {
            return new Copy(name, workVolume, sideTasks, disks, other);
        }
    }

    /// Writes what overlays hold onto the volumes that they lie over.
    record Commit(JobName name, String workVolume, List<SideTask> sideTasks, List<DiskCopy> disks, CopyOptions options)
            implements
                WorkerJob {}

    /// Starts the VM on throw-away overlays, without network, and watches whether it boots.
    ///
    /// @param secondsToBoot after this without a sign either way the verdict is *unproven*
    /// @param evidenceDirectory absolute; console text and screendump are kept there
    record CheckBoot(JobName name, String workVolume, List<SideTask> sideTasks, MachineShape machine, List<BootDisk> disks,
            int secondsToBoot, String evidenceDirectory) implements WorkerJob {}

    /// The passphrase of encrypted devices of the guest.
    ///
    /// @param device `/dev/sda2`, the UUID of its header, or `all`
    /// @param secret name of the secret with it
    record GuestKey(String device, String secret) {}

    /// One disk to read. `key` is unique in the VM and safe in a file name; `bus` is how the source VM had it attached.
    record DiskInput(String key, ExportSpec source, long sizeBytes, String bus) {}

    /// One disk to copy.
    ///
    /// @param sourceIdentity text that changes when the source's bytes may have changed (file identity, snapshot, overlay generation)
    /// @param targetIdentity text that changes when the volume is another one
    /// @param scope absent in orders of before there were any
    record DiskCopy(String key, ExportSpec source, String sourceIdentity, TargetSpec target, String targetIdentity, long sizeBytes,
            CopyScope scope) {
        public DiskCopy {
            scope = Objects.requireNonNullElse(scope, CopyScope.EVERYTHING);
        }

        /// All of the disk.
        public DiskCopy(String key, ExportSpec source, String sourceIdentity, TargetSpec target, String targetIdentity, long sizeBytes) {
            this(key, source, sourceIdentity, target, targetIdentity, sizeBytes, CopyScope.EVERYTHING);
        }

        public DiskCopy scope(CopyScope other) {
            return new DiskCopy(key, source, sourceIdentity, target, targetIdentity, sizeBytes, other);
        }
    }

    /// One disk of the VM to boot, in boot order.
    ///
    /// @param format raw or qcow2; absent in orders of before there was a choice
    record BootDisk(String key, String path, DiskFormat format) {
        public BootDisk {
            format = Objects.requireNonNullElse(format, DiskFormat.RAW);
        }

        /// A raw one.
        public BootDisk(String key, String path) {
            this(key, path, DiskFormat.RAW);
        }
    }

    /// How to copy.
    ///
    /// @param verify whether and how far the target is read back
    /// @param share what the job may take from its source until it is told otherwise; `null` = all that there is
    record CopyOptions(Verify verify, @Nullable CopyShare share) {
        public static final CopyOptions DEFAULT = new CopyOptions(Verify.FULL, null);

        public CopyOptions share(@Nullable CopyShare first) {
            return new CopyOptions(verify, first);
        }
    }

    enum Verify {
        FULL, SAMPLED, OFF
    }

    /// What the hypervisor has to know of the machine.
    ///
    /// @param uuid of the target VM
    /// @param diskBus how the disks are attached where this machine runs (`virtio`, `scsi`, `sata`); per disk on the source
    /// @param macAddresses one per NIC, lower case
    record MachineShape(String name, String uuid, int sockets, int coresPerSocket, int threadsPerCore, long memoryBytes, boolean uefi,
            boolean secureBoot, String diskBus, List<String> macAddresses, Map<String, String> hints) {}
}
