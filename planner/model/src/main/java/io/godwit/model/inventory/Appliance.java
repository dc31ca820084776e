package io.godwit.model.inventory;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// What a package says of a VM for people to read. Nothing in it changes how the VM is migrated.
///
/// @param product name, vendor and version in one line; empty where the package gives none
/// @param family virtual hardware that it was made for, e.g. `vmx-19`, `virtualbox-2.2`; empty where the package gives none
/// @param options among which whoever deploys it would choose
/// @param properties that it would hand to the guest
public record Appliance(String product, String family, List<Controller> controllers, List<DeploymentOption> options,
        List<Property> properties) {
    public Appliance {
        controllers = List.copyOf(controllers);
        options = List.copyOf(options);
        properties = List.copyOf(properties);
    }

    /// A controller of disks.
    ///
    /// @param bus as [SourceVm.SourceDisk] names it
    /// @param model e.g. `lsilogicsas`; empty where the package gives none
    public record Controller(String bus, String model) {}

    /// One of several sets of hardware.
    ///
    /// @param chosen whether the VM is shown with its hardware
    public record DeploymentOption(String id, String label, boolean chosen) {}

    /// A setting of the guest.
    ///
    /// @param value its default; `null` where it has none, or is a secret
    /// @param settable whether whoever deploys it may give another value
    /// @param secret whether its value is not to be shown
    public record Property(String key, String type, String label, @Nullable String value, boolean settable, boolean secret) {}
}
