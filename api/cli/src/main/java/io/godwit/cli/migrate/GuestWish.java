package io.godwit.cli.migrate;

import tools.jackson.databind.node.ObjectNode;

/// What a person says of the guest of one VM: the system to convert, or the key of encrypted devices.
///
/// @param said as typed, without any key
/// @param vm by name, or `id:ID`
/// @param device of the system; or that the key is for, a path, a UUID or `all`
/// @param key empty = the system is meant
public record GuestWish(String said, String vm, String device, String key) {
    /// Without the key.
    @Override
    public String toString() {
        return said;
    }

    boolean isKey() {
        return !key.isEmpty();
    }

    /// Into a plan's entry of the VM.
    public void addTo(ObjectNode planned) {
        if (!isKey()) {
            planned.put("rootDisk", device);
            return;
        }
        var keys = planned.has("keys") ? (ObjectNode) planned.path("keys") : planned.putObject("keys");
        keys.put(device, key);
    }
}
