package io.godwit.store;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// What can go wrong between Godwit and its database.
public enum StoreFault implements FaultCode {
    // @formatter:off
    STORE_FOLDER_IN_USE(Blame.USER, false, "Stop the other Godwit that uses this data folder, or start this one with another --data."),
    STORE_FOLDER_UNUSABLE(Blame.USER, false, "Give Godwit a data folder on a local file system that it may write to."),
    STORE_DAMAGED(Blame.DESTINATION, false, "Keep a copy of the data folder, look into the disk's health, and restore the folder from a backup."),
    STORE_NOT_WRITABLE(Blame.DESTINATION, false, "Free space on the disk of the data folder, or replace it, and start Godwit again: nothing was acknowledged since."),
    STORE_SCHEMA_UNFIT(Blame.USER, false, "Start the release of Godwit that last used this database, or a newer one.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    StoreFault(Blame blame, boolean retryable, String remedy) {
        this.blame = blame;
        this.retryable = retryable;
        this.remedy = remedy;
    }

    @Override
    public Blame blame() {
        return blame;
    }

    @Override
    public boolean retryable() {
        return retryable;
    }

    @Override
    public String remedy() {
        return remedy;
    }
}
