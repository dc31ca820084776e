package io.godwit.model.disk;

import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// How a worker makes the bytes of a disk an NBD export: nested data, from the outermost view inwards. Never holds a secret, only names of
/// secrets that the job carries.
public sealed interface ExportSpec {
    /// A file on the worker's machine.
    ///
    /// @param identity what the file must still be when it is opened; `null` for files that change by right (volumes)
    record File(String path, @Nullable FileIdentity identity) implements ExportSpec {}

    /// Part of another export, e.g. the member of a tar.
    record Range(ExportSpec inner, long offset, long length) implements ExportSpec {}

    /// The disk inside an image of that format.
    record Format(ExportSpec inner, DiskFormat format) implements ExportSpec {}

    /// A VMDK in several files, whose descriptor was read by whoever made this: no name that stands in it is followed.
    ///
    /// @param extents in the order of the disk, without gaps
    record VmdkExtents(List<VmdkExtent> extents) implements ExportSpec {
        public VmdkExtents {
            extents = List.copyOf(extents);
        }
    }

    /// A part of a disk in several files; its sizes are multiples of 512.
    sealed interface VmdkExtent {
        /// Of the disk in it.
        long sizeBytes();

        /// As it is, from an offset of a file on.
        record Flat(ExportSpec file, long offset, long sizeBytes) implements VmdkExtent {}

        /// With grain tables of its own.
        record Sparse(ExportSpec file, long sizeBytes) implements VmdkExtent {}

        /// Nothing but zeroes, in no file.
        record Zero(long sizeBytes) implements VmdkExtent {}
    }

    /// A file that came packed, and is made whole in the work volume, once, by the first worker that opens it.
    ///
    /// @param parts in order
    /// @param file where it is kept, relative to the work volume; it tells what it is made of, so that another version gets another one
    /// @param sizeBytes what it takes there, as far as this can be known before
    /// @param limitBytes what it has at most: more is refused
    record Unpacked(List<ExportSpec> parts, Packing packing, String file, long sizeBytes, long limitBytes) implements ExportSpec {
        public Unpacked {
            parts = List.copyOf(parts);
            Texts.require("file in the work volume", Pattern.compile("unpacked/[a-z0-9-]+"), file);
        }
    }

    /// How a file came.
    enum Packing {
        /// Cut into pieces.
        PIECES,
        /// Compressed (RFC 1952), in one piece or several.
        GZIP
    }

    /// What the work volume must hold for it.
    default long unpackedBytes() {
        return switch (this) {
            case Unpacked unpacked -> unpacked.sizeBytes();
            case Range(var inner, _, _) -> inner.unpackedBytes();
            case Format(var inner, _) -> inner.unpackedBytes();
            case Overlay(var base, _) -> base.unpackedBytes();
            default -> 0;
        };
    }

    /// A qcow2 overlay whose backing is `base`.
    ///
    /// @param file path relative to the work volume
    record Overlay(ExportSpec base, String file) implements ExportSpec {}

    /// An NBD server that runs already: `nbd://host:port/export` or `nbd+unix:///export?socket=path`.
    record Nbd(URI uri) implements ExportSpec {}

    /// A file behind a web server that answers byte ranges (nbdkit-curl-plugin(1)).
    ///
    /// @param url `http` or `https` with a host, without user and fragment; `https` when `access` has anything to hide. Its query may say where the
    ///         file is (`?dcPath=...`), and is shown: nothing secret belongs there
    /// @param trust which certificate the server may have; of no meaning for `http`
    /// @param access who reads
    /// @param headers sent with each request, in clear in the list of processes: no secrets, which [HttpAccess.Headers] is for
    record Http(URI url, TlsTrust trust, HttpAccess access, Map<String, String> headers) implements ExportSpec {
        public Http {
            HttpAccess.requireWebAddress(url);
            if (!(access instanceof HttpAccess.Anyone) && !"https".equals(url.getScheme())) {
                throw new IllegalArgumentException(url + " would be asked with a secret in clear: only https will do");
            }
            headers = Map.copyOf(headers);
            headers.forEach(HttpAccess::requireHeader);
        }
    }

    /// A file behind an SSH server, read by SFTP (nbdkit-ssh-plugin(1)). No configuration file of the machine is read, and the server's key
    /// is always checked.
    ///
    /// @param port 1 to 65535; 22 by custom
    /// @param user who logs in; never empty
    /// @param path on the server; relative to the user's home unless it begins with a slash
    /// @param knownHosts the server's key in the form of sshd(8)'s "SSH_KNOWN_HOSTS FILE FORMAT"; under another port than 22 the host is
    ///         written `[host]:port`
    record Ssh(String host, int port, String user, String path, String knownHosts, SshAccess access) implements ExportSpec {
        public Ssh {
            Texts.requireWord("host", host);
            Texts.requirePort(port);
            Texts.requireWord("user", user);
            Texts.requireLine("path", path);
            if (knownHosts.isBlank()) {
                throw new IllegalArgumentException("no key of " + host + " is known, and an unknown server is never read from");
            }
        }
    }

    /// A disk of a VM on ESXi or vCenter through VMware's VDDK (nbdkit-vddk-plugin(1)); raw, whatever the file there is.
    ///
    /// @param libraryFolder absolute path of the unpacked library, `.../vmware-vix-disklib-distrib`
    /// @param server name or address of vCenter or ESXi
    /// @param port of its web service; 443 by custom
    /// @param passwordSecret name of the secret with the password of `user`
    /// @param thumbprint SHA-1 of the server's certificate: 20 pairs of hexadecimal digits with colons between them
    /// @param vm managed object id, such as `vm-62` at vCenter, `2` at ESXi
    /// @param snapshot managed object id of the snapshot that is read; `null` = the VM is stopped, and read as it stands
    /// @param file `[datastore] folder/disk.vmdk`; with a snapshot, the file that the snapshot has of that disk
    /// @param transports in the order to try (`nbdssl`, `nbd`, `san`, `hotadd`, `file`); empty = as the library likes
    /// @param nfcHostPort of the ESXi host that sends the bytes; `null` = 902
    /// @param configuration lines for the library (VDDK programming guide, "Initialize the library"), such as
    ///         `vixDiskLib.nfcAio.Session.BufSizeIn64KB=16`; `null` = none
    record Vddk(String libraryFolder, String server, int port, String user, String passwordSecret, String thumbprint, String vm,
            @Nullable String snapshot, String file, List<String> transports, VddkCompression compression, @Nullable Integer nfcHostPort,
            @Nullable String configuration) implements ExportSpec {
        private static final Pattern THUMBPRINT = Pattern.compile("([0-9A-Fa-f]{2}:){19}[0-9A-Fa-f]{2}");
        private static final Pattern OBJECT_ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_.-]*");
        private static final Pattern FILE = Pattern.compile("\\[[^\\]]+\\] ?[^\\p{Cntrl}]+");

        public Vddk {
            if (!libraryFolder.startsWith("/")) {
                throw new IllegalArgumentException("the folder of the library is no absolute path: " + libraryFolder);
            }
            Texts.requireLine("libraryFolder", libraryFolder);
            Texts.requireWord("server", server);
            Texts.requirePort(port);
            Texts.requireLine("user", user);
            Texts.requireWord("passwordSecret", passwordSecret);
            Texts.require("thumbprint", THUMBPRINT, thumbprint);
            Texts.require("vm", OBJECT_ID, vm);
            if (snapshot != null) {
                Texts.require("snapshot", OBJECT_ID, snapshot);
            }
            Texts.require("file", FILE, file);
            transports = List.copyOf(transports);
            transports.forEach(each -> Texts.require("transport", Pattern.compile("[a-z0-9]+"), each));
            if (nfcHostPort != null) {
                Texts.requirePort(nfcHostPort);
            }
        }
    }

    /// What VDDK may compress between ESXi and the worker (vSphere 6.5 and later).
    enum VddkCompression {
        NONE, ZLIB, FASTLZ, SKIPZ
    }

    /// Any other nbdkit plugin, and the filters of its fault lab. No provider uses it.
    ///
    /// @param arguments key=value arguments without secrets
    /// @param secrets argument name to name of a secret that the job carries
    /// @param filters outermost first
    record Nbdkit(String plugin, Map<String, String> arguments, Map<String, String> secrets, List<String> filters) implements ExportSpec {}
}
