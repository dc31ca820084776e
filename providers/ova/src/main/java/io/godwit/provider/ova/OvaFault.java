package io.godwit.provider.ova;

import static io.godwit.model.fault.Blame.SOURCE;
import static io.godwit.model.fault.Blame.USER;
import static io.godwit.model.fault.CatalogueEntry.lasting;
import static io.godwit.model.fault.CatalogueEntry.passing;

import io.godwit.model.fault.CatalogueEntry;
import io.godwit.model.fault.Fault;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;

/// What can be wrong with an OVA. All are faults of the file: none goes away by trying again, but that it could not be read.
enum OvaFault implements FaultCode {
    // @formatter:off
    OVA_UNREADABLE(passing(SOURCE,
            "An OVA could not be read.",
            "The service's user may not read the file, its file system is not mounted, or the disk has errors.",
            "See that the file system is mounted and that Godwit's user may read the file.")),
    OVA_INVENTORY_TIMEOUT(passing(SOURCE,
            "The folder of OVAs took too long to read.",
            "It holds very many packages, or the storage is slow.",
            "Read the inventory again; if it stays slow, register smaller folders or faster storage.")),
    OVA_TOO_LARGE(lasting(SOURCE,
            "Something in an OVA is larger than any tool writes.",
            "A damaged or hostile file; or a folder of very many files was registered.",
            "Export the VM again: no OVA of VMware's tools comes near this limit.")),
    OVA_NOT_AN_ARCHIVE(lasting(SOURCE,
            "The file is no OVA.",
            "It is compressed, an HTML page that was saved instead of the download, or something else with that name.",
            "Replace the file by an OVA, an uncompressed tar as vSphere and ovftool write it.")),
    OVA_TRUNCATED(lasting(SOURCE,
            "An OVA ends before its archive does.",
            "It is still being uploaded, or its copy broke off.",
            "Wait until the upload has ended, or copy the OVA here again, then read the inventory again.")),
    OVA_MEMBER_REFUSED(lasting(SOURCE,
            "An archive holds a member that an OVA cannot have.",
            "A link, a device, a path that leads out of the archive, or a name that comes twice.",
            "Export the VM again: an OVA holds plain files under relative names, each once.")),
    OVA_OVF_MISSING(lasting(SOURCE,
            "A package has no OVF descriptor.",
            "The archive was packed by hand, or is of something else.",
            "Export the VM again: an OVA holds one OVF descriptor.")),
    OVA_OVF_INVALID(lasting(SOURCE,
            "The OVF descriptor of a package cannot be understood.",
            "It was edited by hand, is damaged, or misses what a VM needs.",
            "Correct the OVF descriptor (and its digest in the manifest), or export the VM again.")),
    OVA_FILE_MISSING(lasting(SOURCE,
            "The OVF descriptor names a file that the package does not have.",
            "The package was packed or copied without it.",
            "Copy the OVA here again, or export the VM again: this package is not complete.")),
    OVA_FILE_OUTSIDE(lasting(SOURCE,
            "The OVF descriptor names a file outside of its package.",
            "A path with .. or an absolute one, by mistake or to read the server's files.",
            "Export the VM again with all its files in the package: Godwit follows no reference out of it.")),
    OVA_MANIFEST_INVALID(lasting(SOURCE,
            "The manifest of a package cannot be understood.",
            "It was edited by hand, or names files that are not there.",
            "Correct the manifest, or export the VM again.")),
    OVA_DIGEST_MISMATCH(lasting(SOURCE,
            "The OVF descriptor is not the one that the manifest tells.",
            "It was edited after the export, or damaged on its way.",
            "Copy the OVA here again: its bytes are not those that were exported.")),
    OVA_SERVER_FAILED(passing(SOURCE,
            "The web server of a package does not answer as it should.",
            "It is overloaded, misconfigured, or wants a login, which packages behind https cannot have yet.",
            "Open the address in a browser of this machine; see the server's own log.")),
    OVA_CERTIFICATE_REFUSED(lasting(USER,
            "The web server of a package has a certificate that is not trusted.",
            "It is signed by an authority of your own, has expired, or is for another name.",
            "Register the provider with --secret-file certificates=FILE, the authority's certificate as PEM, once you know that it is the right server.")),
    OVA_WITHOUT_RANGES(lasting(SOURCE,
            "The web server of a package gives whole files only.",
            "It, or a cache before it, does not answer byte ranges, by which a package is read in place.",
            "Download the package, and register the file.")),
    OVA_DISK_NOT_FOUND(lasting(SOURCE,
            "The VM does not have that disk.",
            "The package changed since the inventory was read.",
            "Read the inventory again and use the key of a disk that it lists.")),
    OVA_DISK_UNSUPPORTED(lasting(SOURCE,
            "A disk of the package is in a form that Godwit does not take.",
            "It holds changes only, is encrypted, or is in a format or compression that is none of those that are read.",
            "Export the VM again with vSphere, ovftool or VirtualBox; docs/reference/ova.md lists the forms of disks that are read.")),
    OVA_DISK_INVALID(lasting(SOURCE,
            "A disk's image is not an image.",
            "It is damaged, or its format is another than the descriptor says.",
            "Copy the OVA here again, or export the VM again: this disk's image is damaged or not an image.")),
    OVA_DISK_NAMES_FILES(lasting(SOURCE,
            "A disk's image names other files.",
            "It was exported with snapshots, or its data lies in other files; Godwit opens no file that an image names.",
            "Export the VM again without snapshots, each disk as one self-contained image.")),
    OVA_DISK_SIZE_DIFFERS(lasting(SOURCE,
            "The descriptor and the image tell two sizes of one disk.",
            "The descriptor was edited, or the image replaced.",
            "Export the VM again: the OVF and the disk's image must tell the same size."));
    // @formatter:on

    private final CatalogueEntry entry;

    OvaFault(CatalogueEntry entry) {
        this.entry = entry;
    }

    FaultException because(String what, String why) {
        return new FaultException(this, what, why);
    }

    /// With the exception's kind: the message of many is a path and nothing else.
    FaultException because(String what, Exception cause) {
        return new FaultException(Fault.of(this, what, cause.getClass().getSimpleName() + ": " + cause.getMessage()), cause);
    }

    @Override
    public CatalogueEntry entry() {
        return entry;
    }
}
