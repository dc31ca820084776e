package io.godwit.export;

import static io.godwit.model.fault.Blame.DESTINATION;
import static io.godwit.model.fault.Blame.GODWIT;
import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.FaultCode;

/// What can go wrong between an export's description and its first byte.
public enum ExportFault implements FaultCode {
    // @formatter:off
    SOURCE_FILE_MISSING(lasting(SOURCE,
            "The file with the disk is not there.",
            "It was moved or removed, or its file system is not mounted.",
            "Put the file back where the inventory saw it, or refresh the inventory and migrate again.")),
    SOURCE_FILE_CHANGED(lasting(SOURCE,
            "The file with the disk is not the one that the migration began with.",
            "It was replaced or written to since.",
            "Start a new migration of this VM: what was read so far belongs to other bytes.")),
    SOURCE_FILE_UNREADABLE(passing(SOURCE,
            "The file with the disk cannot be read.",
            "The disk or the network file system has errors, or the service's user may not read it.",
            "See whether the disk or network file system that holds the file has errors.")),
    IMAGE_TRUNCATED(lasting(SOURCE,
            "The image ends before its disk does.",
            "Its upload or export broke off.",
            "Export the VM again: the file ends before the disk does.")),
    IMAGE_DAMAGED(lasting(SOURCE,
            "The image is not what its package says.",
            "It is damaged, or in another format.",
            "Export the VM again: the image is not in the format that its package says.")),
    IMAGE_NAMES_OTHER_FILES(lasting(SOURCE,
            "The image is not the whole disk: it names other files.",
            "It has a backing file (a snapshot), or its data lies in other files; Godwit opens no file that an image names.",
            "Export the VM as one self-contained image per disk: consolidate snapshots, and merge split extents.")),
    IMAGE_NOT_SUPPORTED(lasting(SOURCE,
            "The image is in a form that Godwit does not read.",
            "It is encrypted, or of a rare subformat.",
            "Export the disk in a form that can be read: not encrypted, and of a common subformat.")),
    EXPORT_TOOL_MISSING(lasting(DESTINATION,
            "A program that reads disks is not on this machine.",
            "qemu-utils or nbdkit is not installed, or not on the PATH of the service.",
            "Install the named package on the worker's machine.")),
    EXPORT_NOT_STARTED(passing(DESTINATION,
            "A program that reads disks did not start.",
            "An option that this version does not know, a plugin that is missing, no memory; its own words tell.",
            "Read the tool's own words above; `godwit doctor` checks what it needs.")),
    EXPORT_DIED(passing(DESTINATION,
            "A program that reads disks ended before the copy.",
            "It was killed, for lack of memory most often, or crashed.",
            "The export is started again by itself; look for the out-of-memory killer in the kernel log.")),
    EXPORT_SOCKET_PATH_TOO_LONG(lasting(USER,
            "A socket cannot be made.",
            "The runtime directory has a long path.",
            "Give the worker a shorter runtime directory: a unix socket's path has at most 107 bytes.")),
    EXPORT_SECRET_MISSING(lasting(GODWIT,
            "A secret that an export needs did not come with its job.",
            "A bug of Godwit.",
            "Report this: the job did not carry a secret that its export needs.")),
    EXPORT_SECRET_INVALID(lasting(USER,
            "A secret cannot be used as it is.",
            "It has several lines, or renewed ones could not be handed on.",
            "Give that secret in the form that it is needed in: a password, cookie or header value is one line.")),
    EXPORT_PLUGIN_MISSING(lasting(DESTINATION,
            "nbdkit does not have a plugin or filter that this source needs.",
            "Its package is not installed, or this build of nbdkit is without it.",
            "Install the named package on the worker's machine, or set GODWIT_WORKER_NBDKIT_PLUGINS to a folder with the plugin.")),
    VDDK_LIBRARY_MISSING(lasting(USER,
            "VMware's library for disks is not on this machine.",
            "It may not be shipped with Godwit, and was not unpacked, or not where it is looked for.",
            "Unpack VMware's VDDK for Linux, which only its maker may give away, on the worker's machine, and name its folder vmware-vix-disklib-distrib.")),
    SOURCE_UNREACHABLE(passing(SOURCE,
            "The source's host does not answer.",
            "It is down, its name does not resolve, or a firewall is between.",
            "See whether the host is up, its name is right, and nothing between blocks the port.")),
    SOURCE_CERTIFICATE_REFUSED(lasting(USER,
            "The certificate of the source's server is not trusted.",
            "It is signed by itself, expired, for another name, or another server answers.",
            "Compare the server's certificate with what you trust: give its authority, or its new thumbprint, once you know that it is the right server.")),
    SOURCE_HOST_KEY_UNKNOWN(lasting(USER,
            "The ssh key of the source's host is not known.",
            "Nobody has added it to the known hosts.",
            "Ask who runs the host for its key (ssh-keyscan only shows what answers), and add it to the known hosts.")),
    SOURCE_HOST_KEY_CHANGED(lasting(USER,
            "The ssh key of the source's host is another than before.",
            "The host was installed anew, or another machine answers in its name.",
            "Find out why the host has another key than before: it was installed anew, or another machine answers in its name.")),
    SOURCE_LOGIN_REFUSED(lasting(USER,
            "The source does not let us in.",
            "The user, password, key or session is wrong, expired or locked.",
            "Check user, password, key or session of the source; a password that was tried too often may be locked for a while.")),
    SOURCE_ACCESS_FORBIDDEN(lasting(USER,
            "The source lets us in, and not at this file.",
            "The user lacks the right to read it.",
            "Give that user the right to read this file.")),
    SOURCE_SERVER_FAILED(passing(SOURCE,
            "The source's server failed to answer.",
            "It is overloaded, restarts, or has an error of its own.",
            "See the source's own log: it answered that it cannot answer; the copy goes on from its checkpoint.")),
    SOURCE_WITHOUT_RANGES(lasting(SOURCE,
            "The source's server cannot give parts of the file.",
            "It ignores ranges or tells no length: a script or a proxy makes the answer as it goes.",
            "Download the file, and read it from there: that server gives it from its beginning only, or tells no length.")),
    PACKED_FILE_DAMAGED(lasting(SOURCE,
            "A compressed file of the package cannot be unpacked.",
            "It is damaged or cut short.",
            "Copy the package here again, or export the VM again, best without compression.")),
    PACKED_FILE_TOO_LARGE(lasting(SOURCE,
            "A compressed file of the package unpacks to more than an image of its disk can have.",
            "The OVF gives the disk another size than it has, or the file was made to fill this machine's disks.",
            "Compare the capacity in the OVF with the disk, and export the VM again.")),
    WORK_VOLUME_FULL(passing(DESTINATION,
            "The work volume has too little space to unpack a disk's image.",
            "Images that came compressed or in pieces are made whole once beside the volumes.",
            "Free space at the destination, or export the VM without compression: then its disks are read in place.")),
    WORK_VOLUME_FAILED(passing(DESTINATION,
            "The work volume could not be written.",
            "Its disk has errors, or its file system is read-only or gone.",
            "See the kernel log of the machine with the work volume.")),
    OVERLAY_LOCKED(passing(DESTINATION,
            "The overlay of a conversion is in use.",
            "A qemu-nbd or virt-v2v of an earlier try has it open.",
            "Look for a qemu-nbd or virt-v2v that still has the overlay open.")),
    OVERLAY_DAMAGED(lasting(DESTINATION,
            "The overlay of a conversion is not sound.",
            "The program that wrote it was killed, or the work volume filled up.",
            "Retry the conversion: the overlay is made anew.")),
    OVERLAY_TOOL_FAILED(passing(DESTINATION,
            "The overlay of a conversion could not be made or looked at.",
            "qemu-img failed: no room on the work volume, or no rights.",
            "Read the tool's own words above; see whether the work volume is full."));
    // @formatter:on

    private final CatalogueEntry entry;

    ExportFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
