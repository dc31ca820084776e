package io.godwit.engine.assess;

import io.godwit.engine.assess.Assessment.Condition;
import io.godwit.engine.assess.Assessment.Condition.Category;
import io.godwit.engine.assess.Assessment.VmConcerns;
import io.godwit.engine.catalog.CatalogStore;
import io.godwit.engine.stage.Initialize;
import io.godwit.engine.stage.Providers;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.Concern;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.inventory.SourceVm.PowerState;
import io.godwit.model.mapping.NetworkMapping;
import io.godwit.model.mapping.StorageMapping;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.provider.SpiFault;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Looks at a plan, its providers and its VMs as they are now.
public final class PlanAssessor {
    /// What was found, and what a start needs of it.
    ///
    /// @param networks the mapping with ids as sources; `null` when the plan cannot be started
    /// @param storages the same
    /// @param canStop whether the source has power control
    public record Finding(Assessment assessment, @Nullable NetworkMapping networks, @Nullable StorageMapping storages, boolean canStop) {}

    private final CatalogStore catalog;
    private final Providers providers;

    public PlanAssessor(CatalogStore catalog, Providers providers) {
        this.catalog = catalog;
        this.providers = providers;
    }

    /// Looks; what cannot be reached becomes a condition.
    public Finding assess(Plan plan) {
        var conditions = new ArrayList<Condition>();
        if (plan.type() == MigrationType.WARM) {
            conditions.add(critical("WarmNotSupported", "The plan is warm, and no source of this release can be read while its VMs run.",
                    "Make the plan cold."));
        }
        if (plan.vms().isEmpty()) {
            conditions.add(critical("NoVms", "The plan names no VM.", "Add the VMs that are to be migrated."));
        }
        var networks = catalog.findNetworkMapping(plan.networkMapping());
        var storages = catalog.findStorageMapping(plan.storageMapping());
        if (networks.isEmpty() || storages.isEmpty()) {
            conditions.add(critical("MappingNotFound", "A mapping of the plan is gone.", "Make the plan again with mappings that exist."));
            return new Finding(new Assessment(conditions, List.of()), null, null, false);
        }
        Inventory inventory;
        boolean canStop;
        try {
            var source = providers.source(plan.sourceProvider());
            inventory = source.inventory();
            canStop = source.power().isPresent();
        } catch (FaultException e) {
            conditions.add(unusable("SourceNotReady", e.fault()));
            return new Finding(new Assessment(conditions, List.of()), null, null, false);
        }
        var byId = new NetworkMapping(networks.get().id(), networks.get().name(), plan.sourceProvider(), plan.destinationProvider(),
                networks.get().pairs().stream()
                        .map(pair -> new NetworkMapping.Pair(networkId(inventory, pair.source()), pair.destination()))
                        .toList());
        var storagesById = new StorageMapping(storages.get().id(), storages.get().name(), plan.sourceProvider(), plan.destinationProvider(),
                storages.get().pairs().stream()
                        .map(pair -> new StorageMapping.Pair(storageId(inventory, pair.source()), pair.destination()))
                        .toList());
        var vms = new ArrayList<VmConcerns>();
        for (var planned : plan.vms()) {
            var vm = inventory.vms().stream().filter(each -> each.id().equals(planned.id())).findFirst();
            if (vm.isEmpty()) {
                conditions.add(critical("VmNotFound", "The source has no VM " + planned.id() + " (" + planned.name() + ").",
                        unreadable(inventory, planned).orElse("Refresh the inventory and plan the VM by its id.")));
                continue;
            }
            vms.add(new VmConcerns(planned.id(), planned.name(), concerns(vm.get(), byId, storagesById, canStop)));
        }
        conditions.addAll(storageTargets(plan, storages.get()));
        conditions.addAll(names(plan, inventory));
        return new Finding(new Assessment(conditions.stream().distinct().toList(), List.copyOf(vms)), byId, storagesById, canStop);
    }

    private static Optional<String> unreadable(Inventory inventory, PlanVm planned) {
        return inventory.unreadable().stream()
                .filter(each -> each.location().contains(planned.id()) || planned.id().contains(each.location()))
                .map(each -> each.fault().toString()).findFirst();
    }

    private static String networkId(Inventory inventory, String idOrName) {
        var networks = inventory.networks();
        return networks.stream().anyMatch(each -> each.id().equals(idOrName))
                ? idOrName
                : networks.stream().filter(each -> each.name().equals(idOrName)).map(Inventory.SourceNetwork::id).findFirst()
                        .orElse(idOrName);
    }

    private static String storageId(Inventory inventory, String idOrName) {
        var storages = inventory.storages();
        return storages.stream().anyMatch(each -> each.id().equals(idOrName))
                ? idOrName
                : storages.stream().filter(each -> each.name().equals(idOrName)).map(Inventory.SourceStorage::id).findFirst()
                        .orElse(idOrName);
    }

    private static List<Concern> concerns(SourceVm vm, NetworkMapping networks, StorageMapping storages, boolean canStop) {
        var concerns = new ArrayList<>(vm.concerns());
        for (var nic : vm.nics()) {
            if (networks.pairs().stream().noneMatch(pair -> pair.source().equals(nic.networkId()))) {
                concerns.add(new Concern("plan.network.unmapped", Concern.Severity.CRITICAL, "Network not mapped", "Card " + nic.key()
                        + " is in network " + nic.networkId() + ", which mapping " + networks.name()
                        + " does not name: add it or ignore it."));
            }
        }
        for (var disk : vm.disks()) {
            if (storages.pairs().stream().noneMatch(pair -> pair.source().equals(disk.storageId()))) {
                concerns.add(new Concern("plan.storage.unmapped", Concern.Severity.CRITICAL, "Storage not mapped", "Disk " + disk.key()
                        + " is on storage " + disk.storageId() + ", which mapping " + storages.name() + " does not name: add it."));
            }
        }
        if (vm.disks().isEmpty()) {
            concerns.add(
                    new Concern("plan.disks.none", Concern.Severity.CRITICAL, "No disk", "The VM has no disk that could be migrated."));
        }
        if (vm.power() != PowerState.OFF && !canStop) {
            concerns.add(new Concern("plan.vm.running", Concern.Severity.CRITICAL, "VM is running",
                    "Its source cannot stop it: shut it down first."));
        }
        return List.copyOf(concerns);
    }

    private List<Condition> storageTargets(Plan plan, StorageMapping mapping) {
        var conditions = new ArrayList<Condition>();
        for (var target : mapping.pairs().stream().map(StorageMapping.Pair::destination).distinct().toList()) {
            try {
                providers.destination(plan.destinationProvider()).requireStorage(target);
            } catch (FaultException e) {
                conditions.add(e.fault().is(SpiFault.STORAGE_CLASS_UNKNOWN)
                        ? unusable("StorageTargetInvalid", e.fault())
                        : unusable("DestinationNotReady", e.fault()));
            }
        }
        return conditions;
    }

    private List<Condition> names(Plan plan, Inventory inventory) {
        var conditions = new ArrayList<Condition>();
        Map<String, String> taken = new HashMap<>();
        for (var planned : plan.vms()) {
            var wanted = planned.targetName();
            var source = wanted == null ? inventory.findVm(planned.id()).map(SourceVm::name).orElse(planned.name()) : wanted;
            try {
                var name = Initialize.fit(source);
                var other = taken.put(name, planned.name());
                if (other != null) {
                    conditions
                            .add(critical("TargetNameNotUnique", "VMs " + other + " and " + planned.name() + " would both be called " + name
                                    + ".", "Give one of them another target name."));
                } else if (providers.destination(plan.destinationProvider()).nameTaken(VmMigrationId.random(), name)) {
                    conditions.add(critical("TargetNameTaken", "The destination has a VM " + name + " already.",
                            "Give VM " + planned.name() + " another target name, or remove the other VM."));
                }
            } catch (FaultException e) {
                conditions.add(unusable("DestinationNotReady", e.fault()));
            }
        }
        return conditions;
    }

    private static Condition unusable(String type, Fault fault) {
        return critical(type, fault.code() + ": " + fault.what() + ": " + fault.why(), fault.remedy());
    }

    private static Condition critical(String type, String message, String suggestion) {
        return new Condition(type, Category.CRITICAL, message, suggestion);
    }
}
