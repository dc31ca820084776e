package io.godwit.provider;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// Faults that every provider shares.
public enum SpiFault implements FaultCode {
    SETTING_MISSING(Blame.USER, false, "Register the provider again with this setting."), PROVIDER_URL_INVALID(Blame.USER, false,
            "Register the provider with the location that its README describes."), VM_NOT_FOUND(Blame.USER, false,
                    "Refresh the inventory and use the id of a VM that it lists."), SOURCE_CHANGED(Blame.SOURCE, false,
                            "Start a new migration of this VM: what was copied so far belongs to other bytes."), OWNERSHIP_MISMATCH(
                                    Blame.DESTINATION, false,
                                    "Rename or remove the object that has this name and does not belong to this migration."), CAPACITY_EXCEEDED(
                                            Blame.DESTINATION, true,
                                            "Free space at the destination, or map the storage to another one."), WORKER_LOST(
                                                    Blame.DESTINATION, true,
                                                    "Look for the out-of-memory killer in the kernel log; the job is started again by itself."), WORKER_UNREACHABLE(
                                                            Blame.DESTINATION, true,
                                                            "See whether the machine of the worker is up; the job is adopted again by itself.");

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    SpiFault(Blame blame, boolean retryable, String remedy) {
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
