package io.godwit.model.plan;

import io.godwit.model.migration.MigrationType;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is to be migrated, from where, to where, how; changes nothing by itself.
///
/// @param targetNamespace where the VMs go on Kubernetes; ignored by the local destination
/// @param skipGuestConversion copy the disks as they are
/// @param checkBoot start each VM once, apart from everything, and see whether it boots
public record Plan(PlanId id, String name, String description, String sourceProvider, String destinationProvider, String networkMapping,
        String storageMapping, MigrationType type, String targetNamespace, boolean skipGuestConversion, boolean checkBoot,
        List<PlanVm> vms) {
    /// One VM of the plan.
    ///
    /// @param id the source's id of the VM
    /// @param targetName `null` = the source's name, made fit for the destination
    /// @param rootDisk device of the root file system where there are several, or `first`, as in virt-v2v's `--root`
    /// @param keyDevices what the plan has keys for: device, UUID or `all`; the keys themselves are secrets of the database
    public record PlanVm(String id, String name, @Nullable String targetName, @Nullable String rootDisk, List<String> keyDevices) {
        /// `keyDevices` is absent in plans of before there were any.
        public PlanVm {
            keyDevices = List.copyOf(Objects.requireNonNullElse(keyDevices, List.of()));
        }

        /// Without keys.
        public PlanVm(String id, String name, @Nullable String targetName, @Nullable String rootDisk) {
            this(id, name, targetName, rootDisk, List.of());
        }
    }
}
