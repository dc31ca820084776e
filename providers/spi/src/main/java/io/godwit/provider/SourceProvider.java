package io.godwit.provider;

import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.SideTask;
import io.godwit.model.inventory.Inventory;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.migration.SourceView;
import java.util.List;
import java.util.Optional;

/// A platform that VMs come from. Nothing here changes the source but its capabilities.
public interface SourceProvider extends AutoCloseable {
    /// Reads everything now. One VM that cannot be read is an [Inventory.Unreadable], not an exception.
    Inventory inventory();

    /// Reads one VM now; a fault `VM_NOT_FOUND` where there is none of that id.
    SourceVm requireVm(String vmId);

    /// How a worker reads those bytes of a disk of a VM that was read by [#requireVm].
    /// A fault `SOURCE_CHANGED` where the VM's [SourceVm#identity()] is no longer the given one.
    ExportSpec locate(String vmId, String identity, String diskKey, SourceView view);

    /// Checks of the source's bytes that must have ended well before the VM is created (an OVA's manifest). May be empty.
    List<SideTask> sideTasks(String vmId, String identity);

    /// Power of the VM; empty for sources that never run (files).
    Optional<PowerControl> power();

    @Override
    void close();
}
