package io.godwit.provider.local;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.GODWIT;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.provider.SpiFault;
import java.io.IOException;

/// Faults of the local destination, and the one place where the errors of its file system become faults.
enum LocalFault implements FaultCode {
    // @formatter:off
    POOL_UNUSABLE(passing(DESTINATION,
            "The pool's directory cannot be used.",
            "It is not mounted, belongs to another user, is read-only, or its file system has no hard links.",
            "Make the pool a directory that this service may write, on a file system with hard links (ext4, XFS, Btrfs).")),
    POOL_OF_ANOTHER_NODE(passing(DESTINATION,
            "The pool belongs to another server.",
            "Its mark names another node: the data folder was replaced, or two servers were given one pool.",
            "Run this migration on the node that the pool belongs to, or give each node a pool of its own.")),
    POOL_RECORD_DAMAGED(lasting(DESTINATION,
            "A record in the pool cannot be read.",
            "It was changed by hand, or the disk lost it.",
            "Look at the named file; without it nothing in the pool can be told to be ours, so that nothing is removed.")),
    VM_NAME_UNUSABLE(lasting(USER,
            "The name of the VM cannot be a folder's name in the pool.",
            "It has a slash, begins with a dot, or is too long.",
            "Give the VM another target name: up to 100 characters, no slash, no dot at the start.")),
    VOLUME_FORMAT_UNKNOWN(lasting(USER,
            "A pool has no volumes of that format.",
            "The provider's volumeFormat is neither raw nor qcow2.",
            "Register the provider again with the volumeFormat raw or qcow2, or with none for raw.")),
    JOB_STILL_RUNS(passing(GODWIT,
            "A work volume cannot be removed yet.",
            "Processes of one of its jobs are alive.",
            "Stop the job first; it is tried again by itself.")),
    WORKER_NOT_STARTED(passing(DESTINATION,
            "A worker ended before it began its job.",
            "The worker's command is wrong, Java is not there, or there is no memory; the end of its log tells.",
            "Look into the worker's log, named above."));
    // @formatter:on

    private final CatalogueEntry entry;

    LocalFault(CatalogueEntry entry) {
        this.entry = entry;
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
    public CatalogueEntry entry() {
        return entry;
    }
}
