package io.godwit.transfer;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// What can go wrong with a copy as a whole; single reads and writes have [io.godwit.blockio.BlockFault].
public enum CopyFault implements FaultCode {
    // @formatter:off
    COPY_EXTENTS_OUTSIDE(Blame.SOURCE, false, "See whether the list of changes belongs to this disk: nothing of it was copied."),
    COPY_STOPPED(Blame.USER, true, "Start it again: it goes on from its checkpoint."),
    COPY_SOURCE_SIZE_WRONG(Blame.SOURCE, false, "Refresh the inventory and migrate again: the disk has another size than the VM's hardware says."),
    COPY_TARGET_SIZE_WRONG(Blame.DESTINATION, false, "Retry the allocation of volumes: the volume does not have the size of the disk."),
    COPY_TARGET_BUSY(Blame.DESTINATION, true, "Wait for the other writer to end, or find it by the lock file."),
    COPY_CHECKPOINT_FAILED(Blame.DESTINATION, true, "See whether the work volume is full or has errors."),
    COPY_VERIFY_MISMATCH(Blame.DESTINATION, true, "Look for errors of the destination's storage in its kernel log; the disk is copied again from zero.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    CopyFault(Blame blame, boolean retryable, String remedy) {
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
