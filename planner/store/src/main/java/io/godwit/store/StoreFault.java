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
            "Start the release of Godwit that last used this database, or a newer one.")),
    STORE_KEY_MISSING(lasting(USER,
            "The database has secrets that are sealed, and the key file is not there.",
            "The data folder was restored without its secrets.key, or a second server over a shared database has a key file of its own to come.",
            "Put the key file back from a backup, or copy the one of the first server and name it by godwit.database.key-file.")),
    STORE_KEY_WRONG(lasting(USER,
            "The key file does not fit the database.",
            "Another server made the database, or the data folder and the database come from different backups.",
            "Use the key file that belongs to this database: copy it from the server that made the database, and name it by godwit.database.key-file.")),
    STORE_KEY_UNUSABLE(lasting(USER,
            "The key file of the database cannot be read or made, or others may read it.",
            "Its mode or owner was changed, it was edited, or its folder is not there.",
            "Make it readable by the server's user alone (chmod 600), or restore it from a backup.")),
    STORE_SECRET_DAMAGED(lasting(DESTINATION,
            "A secret of the database cannot be opened, though the key fits the others.",
            "Its row was changed, or copied from another database.",
            "Delete what the secret belongs to (the provider, or the plan with its keys), and create it again."));
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
