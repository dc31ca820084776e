package io.godwit.provider;

import io.godwit.model.inventory.SourceVm.PowerState;

/// Capability: the source's VMs can run, and be stopped and started.
public interface PowerControl {
    PowerState stateOf(String vmId);

    /// Asks the guest to shut down; returns at once. Harmless when it is off already.
    void shutDown(String vmId, String identity);

    /// Cuts the power; returns at once. Harmless when it is off already.
    void powerOff(String vmId, String identity);

    void powerOn(String vmId, String identity);
}
