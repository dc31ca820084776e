package io.godwit.blockio;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// What can go wrong between a disk and its copy.
public enum BlockFault implements FaultCode {
    // @formatter:off
    NBD_UNREACHABLE(passing(SOURCE,
            "Nothing answers at an NBD server's address.",
            "The server is down, listens elsewhere, or a firewall is between.",
            "See whether the NBD server runs and listens where the export says.")),
    NBD_REFUSED(lasting(SOURCE,
            "An NBD server does not open the export that was asked for.",
            "It has no export of that name, or another client holds it.",
            "See whether the server has an export of that name.")),
    NBD_TLS_REQUIRED(lasting(USER,
            "An NBD server asks for TLS, and the address does not.",
            "The URI is nbd:// or nbd+unix://.",
            "Ask for TLS: nbds:// or nbds+unix:// instead of nbd:// or nbd+unix://.")),
    NBD_TLS_NOT_OFFERED(lasting(SOURCE,
            "TLS was asked for, and the NBD server has none.",
            "It runs without certificates, or somebody between took the offer out.",
            "Turn TLS on at the server; nothing was sent to it in clear.")),
    NBD_TLS_FAILED(lasting(SOURCE,
            "TLS with an NBD server failed.",
            "Another authority signed its certificate, it is for another host or expired, or the server does not trust ours.",
            "See that the given authorities signed the server's certificate, that it names the host, and that the server accepts ours.")),
    NBD_TLS_SETTINGS_WRONG(lasting(USER,
            "The files for TLS cannot be used.",
            "They are missing, are no PEM, or the key is encrypted.",
            "Give PEM files that this process may read; an old key becomes readable by: openssl pkcs8 -topk8 -nocrypt.")),
    NBD_CONTEXT_MISSING(lasting(SOURCE,
            "An NBD server does not tell what a copy needs to know.",
            "It exports neither the bitmap nor the depth that was asked for.",
            "Let the server export that context: qemu-nbd has -A for depths and -B NAME for a bitmap.")),
    NBD_EXPORT_CHANGED(lasting(SOURCE,
            "An NBD server came back with another disk.",
            "It was started anew on another file, or the disk was resized.",
            "Let the server export the same disk as before, or start a new copy of the other one.")),
    NBD_READ_REFUSED(lasting(SOURCE,
            "An NBD server refuses to read a range.",
            "The request is beyond what it serves, or reading is not allowed.",
            "See the server's own log: it does not do what was asked, now or later.")),
    NBD_READ_FAILED(passing(SOURCE,
            "An NBD server failed to read a range.",
            "Its disk, or the storage or platform behind it, has an error.",
            "See the source's own log for that range; the copy goes on from its checkpoint.")),
    NBD_WRITE_FAILED(passing(DESTINATION,
            "An NBD server failed to write a range.",
            "Its disk, or the storage behind it, has an error.",
            "See the server's own log for that range.")),
    NBD_STALLED(passing(SOURCE,
            "An NBD server did not answer in time.",
            "Its storage hangs, the network lost the connection, or it is overloaded.",
            "See why the source does not answer; the copy goes on from its checkpoint.")),
    NBD_CLOSED(passing(SOURCE,
            "An NBD server broke the connection off.",
            "It ended or was killed, or something between cut the connection.",
            "See why the server ended; the copy goes on from its checkpoint.")),
    NBD_PROTOCOL_BROKEN(lasting(SOURCE,
            "An NBD server sent what the protocol does not allow.",
            "A bug of the server, or no NBD server answers there.",
            "Use another server or report this to its makers: it does not keep to the NBD protocol.")),
    TARGET_IN_USE(passing(DESTINATION,
            "Somebody else has the target open to write, or mounted.",
            "Another copy of it runs, a VM was started on it, or a file system on it is mounted.",
            "End what uses the target, which fuser -v or lsblk names, and start the copy again.")),
    TARGET_MISSING(lasting(DESTINATION,
            "The volume that is to be written is not there.",
            "It was removed or is no longer mounted.",
            "See who removed the volume; a new migration allocates a new one.")),
    TARGET_SERVER_UNREACHABLE(passing(DESTINATION,
            "Nothing answers at the address of the target's NBD server.",
            "The address is misspelt, the server is down or listens elsewhere, or a firewall is between.",
            "See whether the address is right and the server runs and listens there: nothing was written.")),
    TARGET_SERVER_LOST(passing(DESTINATION,
            "The target's NBD server does not answer any more.",
            "It ended, hangs, or the network to it is cut.",
            "See why the target's NBD server does not answer; the copy goes on from what was flushed to it.")),
    TARGET_SERVER_UNFIT(lasting(DESTINATION,
            "The target's NBD server cannot be a target.",
            "It refuses the export, TLS or what a copy needs of it.",
            "See the target's NBD server: it does not let this side write to it.")),
    TARGET_READ_ONLY(lasting(DESTINATION,
            "The target cannot be written.",
            "The server exports the volume read-only.",
            "Let the server export the volume writable.")),
    TARGET_FULL(passing(DESTINATION,
            "There is no room left for the copy.",
            "The storage filled up since the volumes were made, or it promised more than it has.",
            "Free space at the destination: the copy goes on from its checkpoint.")),
    TARGET_WRITE_FAILED(passing(DESTINATION,
            "The target failed to take a write.",
            "Its device, or the storage behind it, has an error.",
            "See the kernel log of the destination for errors of that device.")),
    TARGET_FLUSH_FAILED(passing(DESTINATION,
            "The target failed to bring data to the disk.",
            "Its device has an error: what was written before it may be lost.",
            "See the kernel log of the destination: what was not flushed is copied again.")),
    TARGET_READ_FAILED(passing(DESTINATION,
            "The target failed to give back what was written.",
            "Its device, or the storage behind it, has an error.",
            "See the kernel log of the destination for errors of that device."));
    // @formatter:on

    private final CatalogueEntry entry;

    BlockFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
