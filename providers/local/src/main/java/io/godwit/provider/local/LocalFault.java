package io.godwit.provider.local;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.SpiFault;
import java.io.IOException;

/// Faults of the local destination, and the one place where the errors of its file system become faults.
enum LocalFault implements FaultCode {
    // @formatter:off
    POOL_UNUSABLE(Blame.DESTINATION, true, "Make the pool a directory that this service may write, on a file system with hard links (ext4, XFS, Btrfs)."),
    POOL_OF_ANOTHER_NODE(Blame.DESTINATION, true, "Run this migration on the node that the pool belongs to, or give each node a pool of its own."),
    POOL_RECORD_DAMAGED(Blame.DESTINATION, false, "Look at the named file; without it nothing in the pool can be told to be ours, so that nothing is removed."),
    VM_NAME_UNUSABLE(Blame.USER, false, "Give the VM another target name: up to 100 characters, no slash, no dot at the start."),
    JOB_STILL_RUNS(Blame.GODWIT, true, "Stop the job first; it is tried again by itself."),
    WORKER_NOT_STARTED(Blame.DESTINATION, true, "Look into the worker's log, named above.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    LocalFault(Blame blame, boolean retryable, String remedy) {
        this.blame = blame;
        this.retryable = retryable;
        this.remedy = remedy;
    }

    static FaultException translate(String what, IOException e) {
        if (e instanceof io.godwit.protocol.MalformedMessageException) {
            return new FaultException(POOL_RECORD_DAMAGED, what, e);
        }
        var message = String.valueOf(e.getMessage());
        var full = message.contains("No space left on device") || message.contains("Disk quota exceeded");
        return new FaultException(full ? SpiFault.CAPACITY_EXCEEDED : POOL_UNUSABLE, what, e);
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
