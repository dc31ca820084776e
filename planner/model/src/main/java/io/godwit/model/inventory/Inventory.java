package io.godwit.model.inventory;

import io.godwit.model.fault.Fault;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a provider holds, at one time.
public record Inventory(Instant readAt, List<SourceVm> vms, List<SourceNetwork> networks, List<SourceStorage> storages,
        List<Unreadable> unreadable) {
    /// The VM of that id, else the only one of that name.
    public Optional<SourceVm> findVm(String idOrName) {
        var byId = vms.stream().filter(vm -> vm.id().equals(idOrName)).findFirst();
        if (byId.isPresent()) {
            return byId;
        }
        var byName = vms.stream().filter(vm -> vm.name().equals(idOrName)).toList();
        return byName.size() == 1 ? Optional.of(byName.getFirst()) : Optional.empty();
    }

    public record SourceNetwork(String id, String name) {}

    public record SourceStorage(String id, String name) {}

    /// Something that should be a VM and could not be read, with the reason: shown, never dropped.
    public record Unreadable(String location, Fault fault) {}
}
