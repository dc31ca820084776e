package io.godwit.blockio;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// What can go wrong between a disk and its copy.
public enum BlockFault implements FaultCode {
    // @formatter:off
    NBD_UNREACHABLE(Blame.SOURCE, true, "See whether the NBD server runs and listens where the export says."),
    NBD_REFUSED(Blame.SOURCE, false, "See whether the server has an export of that name."),
    NBD_TLS_REQUIRED(Blame.USER, false, "Ask for TLS: nbds:// or nbds+unix:// instead of nbd:// or nbd+unix://."),
    NBD_TLS_NOT_OFFERED(Blame.SOURCE, false, "Turn TLS on at the server; nothing was sent to it in clear."),
    NBD_TLS_FAILED(Blame.SOURCE, false,
            "See that the given authorities signed the server's certificate, that it names the host, and that the server accepts ours."),
    NBD_TLS_SETTINGS_WRONG(Blame.USER, false, "Give PEM files that this process may read; an old key becomes readable by: openssl pkcs8 -topk8 -nocrypt."),
    NBD_CONTEXT_MISSING(Blame.SOURCE, false, "Let the server export that context: qemu-nbd has -A for depths and -B NAME for a bitmap."),
    NBD_EXPORT_CHANGED(Blame.SOURCE, false, "Let the server export the same disk as before, or start a new copy of the other one."),
    NBD_READ_REFUSED(Blame.SOURCE, false, "See the server's own log: it does not do what was asked, now or later."),
    NBD_READ_FAILED(Blame.SOURCE, true, "See the source's own log for that range; the copy goes on from its checkpoint."),
    NBD_WRITE_FAILED(Blame.DESTINATION, true, "See the server's own log for that range."),
    NBD_STALLED(Blame.SOURCE, true, "See why the source does not answer; the copy goes on from its checkpoint."),
    NBD_CLOSED(Blame.SOURCE, true, "See why the server ended; the copy goes on from its checkpoint."),
    NBD_PROTOCOL_BROKEN(Blame.SOURCE, false, "Use another server or report this to its makers: it does not keep to the NBD protocol."),
    TARGET_MISSING(Blame.DESTINATION, false, "See who removed the volume; a new migration allocates a new one."),
    TARGET_SERVER_LOST(Blame.DESTINATION, true,
            "See why the target's NBD server does not answer; the copy goes on from what was flushed to it."),
    TARGET_SERVER_UNFIT(Blame.DESTINATION, false, "See the target's NBD server: it does not let this side write to it."),
    TARGET_READ_ONLY(Blame.DESTINATION, false, "Let the server export the volume writable."),
    TARGET_FULL(Blame.DESTINATION, true, "Free space at the destination: the copy goes on from its checkpoint."),
    TARGET_WRITE_FAILED(Blame.DESTINATION, true, "See the kernel log of the destination for errors of that device."),
    TARGET_FLUSH_FAILED(Blame.DESTINATION, true, "See the kernel log of the destination: what was not flushed is copied again."),
    TARGET_READ_FAILED(Blame.DESTINATION, true, "See the kernel log of the destination for errors of that device.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    BlockFault(Blame blame, boolean retryable, String remedy) {
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
