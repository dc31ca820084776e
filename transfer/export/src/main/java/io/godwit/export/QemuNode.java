package io.godwit.export;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A block node in QEMU's own words, each layer with its driver, so that nothing is left to be probed.
///
/// @param below nodes that `json` names, the deepest first: a backing must be one, since QEMU mixes an inline one with what the overlay's
///         header says, and refuses most mixtures
record QemuNode(String json, List<String> below) {
    private QemuNode(String json) {
        this(json, List.of());
    }

    static QemuNode file(Path file) {
        return new QemuNode("{\"driver\":\"file\",\"filename\":" + quoted(file.toString()) + "}");
    }

    static QemuNode part(QemuNode inner, long offset, long length) {
        return new QemuNode("{\"driver\":\"raw\",\"offset\":" + offset + ",\"size\":" + length + ",\"file\":" + inner.json + "}",
                inner.below);
    }

    static QemuNode unixSocket(Path socket, String export) {
        return new QemuNode("{\"driver\":\"nbd\",\"server\":{\"type\":\"unix\",\"path\":" + quoted(socket.toString()) + "},\"export\":"
                + quoted(export) + "}");
    }

    static QemuNode tcp(String host, int port, String export) {
        return new QemuNode("{\"driver\":\"nbd\",\"server\":{\"type\":\"inet\",\"host\":" + quoted(host) + ",\"port\":\"" + port
                + "\"},\"export\":" + quoted(export) + "}");
    }

    /// The disk in an image without backing: one that its header names is not opened. `--blockdev` refuses the word for a VHDX, which QEMU reads no parent of.
    static QemuNode image(String driver, QemuNode file) {
        var backing = driver.equals("vhdx") ? "" : "\"backing\":null,";
        return new QemuNode("{\"driver\":\"" + driver + "\"," + backing + "\"file\":" + file.json + "}", file.below);
    }

    /// A fixed or dynamic VHD by the size in its footer: by its cylinders, heads and sectors, as QEMU reads those of most makers, a disk may be
    /// shorter than it is. Not for `--blockdev`, which does not know that word.
    static QemuNode vhd(QemuNode file) {
        return new QemuNode("{\"driver\":\"vpc\",\"force_size_calc\":\"current_size\",\"backing\":null,\"file\":" + file.json + "}",
                file.below);
    }

    /// A VMDK's descriptor with what each of its extents' nodes is told. Not for `--blockdev`, which does not know of extents.
    static QemuNode extents(QemuNode descriptor, List<String> extents) {
        return new QemuNode("{\"driver\":\"vmdk\",\"backing\":null,\"file\":" + descriptor.json + "," + String.join(",", extents) + "}");
    }

    static QemuNode overlay(QemuNode file, QemuNode backing) {
        var below = new ArrayList<>(backing.below);
        var name = "backing" + below.size();
        below.add(backing.readOnly(name));
        return new QemuNode("{\"driver\":\"qcow2\",\"backing\":\"" + name + "\",\"file\":" + file.json + "}", below);
    }

    /// As a file name for QEMU's tools; not for what has nodes below.
    String asFileName() {
        return "json:" + json;
    }

    /// The node itself under that name, for `--blockdev`.
    String readOnly(String name) {
        return "{\"node-name\":\"" + name + "\",\"read-only\":true," + json.substring(1);
    }

    /// The node itself under that name, for `--blockdev`: what is discarded is given back to the file system.
    ///
    /// @param direct past the page cache
    String writable(String name, boolean direct) {
        return "{\"node-name\":\"" + name + "\",\"discard\":\"unmap\",\"aio\":\"threads\",\"cache\":{\"direct\":" + direct + "},"
                + json.substring(1);
    }

    private static String quoted(String text) {
        var quoted = new StringBuilder("\"");
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> quoted.append("\\\"");
                case '\\' -> quoted.append("\\\\");
                default -> {
                    if (c < 0x20) {
                        quoted.append(String.format(java.util.Locale.ROOT, "\\u%04x", (int) c));
                    } else {
                        quoted.append(c);
                    }
                }
            }
        }
        return quoted.append('"').toString();
    }
}
