package io.godwit.provider.ova;

import io.godwit.model.inventory.Inventory.Unreadable;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// The packages of a provider.
interface Packages {
    Listing list();

    /// What is there now.
    ///
    /// @param unreadable what has the name of an OVA but is no plain file, and folders that could not be read
    record Listing(List<Entry> files, List<Unreadable> unreadable) {
        /// The file that the id of a VM begins with.
        Optional<Entry> findByVmId(String vmId) {
            return files.stream().filter(file -> vmId.equals(file.id()) || vmId.startsWith(file.id() + "#"))
                    .max(Comparator.comparingInt(file -> file.id().length()));
        }
    }

    /// One file.
    ///
    /// @param id its path in the folder, with `/`
    /// @param storageId path in the folder of the folder that holds it; `.` for the top
    record Entry(PackagePlace place, String id, String storageId, String storageName) {}
}
