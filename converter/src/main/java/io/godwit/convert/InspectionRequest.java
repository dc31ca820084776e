package io.godwit.convert;

import java.util.List;

/// What [InspectGuest] reads from standard input.
///
/// @param jar the distribution's libguestfs binding
/// @param sockets NBD sockets of the disks, in order
/// @param keys of encrypted devices
/// @param answer file to write an [InspectionAnswer] to
record InspectionRequest(String jar, List<String> sockets, List<Key> keys, String answer) {
    /// What opens a device: a path, the UUID of its header, or `all`.
    record Key(String device, String passphrase) {
        /// Without the passphrase.
        @Override
        public String toString() {
            return "Key[" + device + "]";
        }

        boolean fits(String path, String uuid) {
            return device.equals("all") || device.equals(path) || device.equalsIgnoreCase(uuid);
        }
    }
}
