package io.godwit.provider.ova;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;

/// What can be wrong with an OVA. All are faults of the file: none goes away by trying again, but that it could not be read.
enum OvaFault implements FaultCode {
    // @formatter:off
    OVA_UNREADABLE(true, "See that the file system is mounted and that Godwit's user may read the file."),
    OVA_INVENTORY_TIMEOUT(true, "Read the inventory again; if it stays slow, register smaller folders or faster storage."),
    OVA_TOO_LARGE(false, "Export the VM again: no OVA of VMware's tools comes near this limit."),
    OVA_NOT_AN_ARCHIVE(false, "Replace the file by an OVA, an uncompressed tar as vSphere and ovftool write it."),
    OVA_TRUNCATED(false, "Wait until the upload has ended, or copy the OVA here again, then read the inventory again."),
    OVA_MEMBER_REFUSED(false, "Export the VM again: an OVA holds plain files under relative names, each once."),
    OVA_OVF_MISSING(false, "Export the VM again: an OVA holds one OVF descriptor."),
    OVA_OVF_INVALID(false, "Correct the OVF descriptor (and its digest in the manifest), or export the VM again."),
    OVA_FILE_MISSING(false, "Copy the OVA here again, or export the VM again: this package is not complete."),
    OVA_FILE_OUTSIDE(false, "Export the VM again with all its files in the package: Godwit follows no reference out of it."),
    OVA_MANIFEST_INVALID(false, "Correct the manifest, or export the VM again."),
    OVA_DIGEST_MISMATCH(false, "Copy the OVA here again: its bytes are not those that were exported."),
    OVA_DISK_NOT_FOUND(false, "Read the inventory again and use the key of a disk that it lists."),
    OVA_DISK_UNSUPPORTED(false, "Export the VM with vSphere or ovftool with stream-optimised disks, not compressed or split further."),
    OVA_DISK_INVALID(false, "Copy the OVA here again, or export the VM again: this disk's image is damaged or not an image."),
    OVA_DISK_NAMES_FILES(false, "Export the VM again without snapshots, each disk as one self-contained image."),
    OVA_DISK_SIZE_DIFFERS(false, "Export the VM again: the OVF and the disk's image must tell the same size.");
    // @formatter:on

    private final boolean retryable;
    private final String remedy;

    OvaFault(boolean retryable, String remedy) {
        this.retryable = retryable;
        this.remedy = remedy;
    }

    FaultException because(String what, String why) {
        return new FaultException(this, what, why);
    }

    /// With the exception's kind: the message of many is a path and nothing else.
    FaultException because(String what, Exception cause) {
        return new FaultException(Fault.of(this, what, cause.getClass().getSimpleName() + ": " + cause.getMessage()), cause);
    }

    @Override
    public Blame blame() {
        return Blame.SOURCE;
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
