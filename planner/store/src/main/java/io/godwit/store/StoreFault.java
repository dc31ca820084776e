package io.godwit.store;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// What can go wrong between Godwit and its database.
public enum StoreFault implements FaultCode {
    // @formatter:off
    STORE_FOLDER_IN_USE(lasting(USER,
            "The data folder belongs to a Godwit that runs.",
            "A server was started twice on one folder.",
            "Stop the other Godwit that uses this data folder, or start this one with another --data.")),
    STORE_FOLDER_UNUSABLE(lasting(USER,
            "The database's folder cannot be used.",
            "The user may not write to it, or its file system knows no locks, as some network file systems.",
            "Give Godwit a data folder on a local file system that it may write to.")),
    STORE_DAMAGED(lasting(DESTINATION,
            "The embedded database cannot be opened.",
            "Its files were changed, or the disk lost something.",
            "Keep a copy of the data folder, look into the disk's health, and restore the folder from a backup.")),
    STORE_NOT_WRITABLE(lasting(DESTINATION,
            "The database does not take what is written.",
            "Its disk is full or has errors.",
            "Free space on the disk of the data folder, or replace it, and start Godwit again: nothing was acknowledged since.")),
    STORE_SCHEMA_UNFIT(lasting(USER,
            "The tables of the database are not those of this release.",
            "A newer release used it, somebody changed them, or the role may not make tables.",
            "Start the release of Godwit that last used this database, or a newer one."));
    // @formatter:on

    private final CatalogueEntry entry;

    StoreFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
