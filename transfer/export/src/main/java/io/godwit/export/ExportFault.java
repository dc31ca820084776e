package io.godwit.export;

import io.godwit.model.fault.Blame;
import io.godwit.model.fault.FaultCode;

/// What can go wrong between an export's description and its first byte.
public enum ExportFault implements FaultCode {
    // @formatter:off
    SOURCE_FILE_MISSING(Blame.SOURCE, false, "Put the file back where the inventory saw it, or refresh the inventory and migrate again."),
    SOURCE_FILE_CHANGED(Blame.SOURCE, false, "Start a new migration of this VM: what was read so far belongs to other bytes."),
    SOURCE_FILE_UNREADABLE(Blame.SOURCE, true, "See whether the disk or network file system that holds the file has errors."),
    IMAGE_TRUNCATED(Blame.SOURCE, false, "Export the VM again: the file ends before the disk does."),
    IMAGE_DAMAGED(Blame.SOURCE, false, "Export the VM again: the image is not in the format that its package says."),
    IMAGE_NAMES_OTHER_FILES(Blame.SOURCE, false, "Export the VM as one self-contained image per disk: consolidate snapshots, and merge split extents."),
    IMAGE_NOT_SUPPORTED(Blame.SOURCE, false, "Export the disk in a form that can be read: not encrypted, and of a common subformat."),
    EXPORT_TOOL_MISSING(Blame.DESTINATION, false, "Install the named package on the worker's machine."),
    EXPORT_NOT_STARTED(Blame.DESTINATION, true, "Read the tool's own words above; `godwit doctor` checks what it needs."),
    EXPORT_DIED(Blame.DESTINATION, true, "The export is started again by itself; look for the out-of-memory killer in the kernel log."),
    EXPORT_SOCKET_PATH_TOO_LONG(Blame.USER, false, "Give the worker a shorter runtime directory: a unix socket's path has at most 107 bytes."),
    EXPORT_SECRET_MISSING(Blame.GODWIT, false, "Report this: the job did not carry a secret that its export needs."),
    EXPORT_SECRET_INVALID(Blame.USER, false, "Give that secret in the form that it is needed in: a password, cookie or header value is one line."),
    EXPORT_PLUGIN_MISSING(Blame.DESTINATION, false, "Install the named package on the worker's machine, or set GODWIT_WORKER_NBDKIT_PLUGINS to a folder with the plugin."),
    VDDK_LIBRARY_MISSING(Blame.USER, false,
            "Unpack VMware's VDDK for Linux, which only its maker may give away, on the worker's machine, and name its folder vmware-vix-disklib-distrib."),
    SOURCE_UNREACHABLE(Blame.SOURCE, true, "See whether the host is up, its name is right, and nothing between blocks the port."),
    SOURCE_CERTIFICATE_REFUSED(Blame.USER, false,
            "Compare the server's certificate with what you trust: give its authority, or its new thumbprint, once you know that it is the right server."),
    SOURCE_HOST_KEY_UNKNOWN(Blame.USER, false, "Ask who runs the host for its key (ssh-keyscan only shows what answers), and add it to the known hosts."),
    SOURCE_HOST_KEY_CHANGED(Blame.USER, false,
            "Find out why the host has another key than before: it was installed anew, or another machine answers in its name."),
    SOURCE_LOGIN_REFUSED(Blame.USER, false, "Check user, password, key or session of the source; a password that was tried too often may be locked for a while."),
    SOURCE_ACCESS_FORBIDDEN(Blame.USER, false, "Give that user the right to read this file."),
    SOURCE_SERVER_FAILED(Blame.SOURCE, true, "See the source's own log: it answered that it cannot answer; the copy goes on from its checkpoint."),
    SOURCE_WITHOUT_RANGES(Blame.SOURCE, false, "Download the file, and read it from there: that server gives it from its beginning only, or tells no length."),
    OVERLAY_LOCKED(Blame.DESTINATION, true, "Look for a qemu-nbd or virt-v2v that still has the overlay open."),
    OVERLAY_DAMAGED(Blame.DESTINATION, false, "Retry the conversion: the overlay is made anew."),
    OVERLAY_TOOL_FAILED(Blame.DESTINATION, true, "Read the tool's own words above; see whether the work volume is full.");
    // @formatter:on

    private final Blame blame;
    private final boolean retryable;
    private final String remedy;

    ExportFault(Blame blame, boolean retryable, String remedy) {
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
