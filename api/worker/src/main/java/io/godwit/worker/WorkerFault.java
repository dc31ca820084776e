package io.godwit.worker;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// Faults of the worker process itself.
enum WorkerFault implements FaultCode {
    // @formatter:off
    JOB_CANCELED(Blame.USER, false, "Start the migration again, or retry it, if it should go on."),
    WORKER_STOPPED(Blame.DESTINATION, true, "Nothing: the job goes on from its checkpoint when it is started again."),
    WORKER_FORSAKEN(Blame.GODWIT, true, "See why no server asked for this job; it goes on from its checkpoint when one does."),
    WORKER_FAILED(Blame.GODWIT, false, "Report this with the worker's log: it is a bug."),
    JOB_UNKNOWN(Blame.GODWIT, false, "Use a server and a worker of the same release."),
    SOURCE_DIGEST_MISMATCH(Blame.SOURCE, false, "The source's bytes are not what its manifest says: export or copy it again, and start a new migration."),
    SOURCE_DIGEST_UNKNOWN(Blame.SOURCE, false, "Export the source again, with a manifest of SHA-1, SHA-256 or SHA-512.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    WorkerFault(Blame blame, boolean retryable, String remedy) {
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
