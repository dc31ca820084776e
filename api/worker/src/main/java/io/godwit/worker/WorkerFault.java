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
    WORKER_SETTING_INVALID(Blame.USER, false, "Correct the setting of the worker's command, and retry."),
    JOB_UNKNOWN(Blame.GODWIT, false, "Use a server and a worker of the same release."),
    SOURCE_DIGEST_MISMATCH(Blame.SOURCE, false, "The source's bytes are not what its manifest says: export or copy it again, and start a new migration."),
    SOURCE_DIGEST_UNKNOWN(Blame.SOURCE, false, "Export the source again, with a manifest of SHA-1, SHA-256 or SHA-512."),
    COPY_SOURCE_MISSING(Blame.USER, false, "Give a path that exists and may be read, or a URI."),
    COPY_SOURCE_UNUSABLE(Blame.USER, false, "Correct SOURCE or the options that belong to it; `godwit copy --help` lists them."),
    COPY_SECRET_EXPOSED(Blame.USER, false, "Let nobody else at it: chmod 600 FILE."),
    COPY_TARGET_UNUSABLE(Blame.USER, false, "Give a path that may be written, or the URI of an NBD server."),
    COPY_ADDRESS_UNKNOWN(Blame.USER, false, "Use a path, nbd://, nbd+unix://, or, to read, https:// or ssh://."),
    COPY_EXTENTS_UNREADABLE(Blame.USER, false, "Write one extent per line: offset and length in bytes.");
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
