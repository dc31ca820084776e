package io.godwit.export;

import java.nio.file.Path;

/// A block node in QEMU's own words, each layer with its driver, so that nothing is left to be probed.
record QemuNode(String json) {
    static QemuNode file(Path file) {
        return new QemuNode("{\"driver\":\"file\",\"filename\":" + quoted(file.toString()) + "}");
    }

    static QemuNode part(QemuNode inner, long offset, long length) {
        return new QemuNode("{\"driver\":\"raw\",\"offset\":" + offset + ",\"size\":" + length + ",\"file\":" + inner.json + "}");
    }

    static QemuNode unixSocket(Path socket, String export) {
        return new QemuNode("{\"driver\":\"nbd\",\"server\":{\"type\":\"unix\",\"path\":" + quoted(socket.toString()) + "},\"export\":"
                + quoted(export) + "}");
    }

    static QemuNode tcp(String host, int port, String export) {
        return new QemuNode("{\"driver\":\"nbd\",\"server\":{\"type\":\"inet\",\"host\":" + quoted(host) + ",\"port\":\"" + port
                + "\"},\"export\":" + quoted(export) + "}");
    }

    /// The disk in an image without backing: one that its header names is not opened.
    static QemuNode image(String driver, QemuNode file) {
        return new QemuNode("{\"driver\":\"" + driver + "\",\"backing\":null,\"file\":" + file.json + "}");
    }

    static QemuNode overlay(QemuNode file, QemuNode backing) {
        return new QemuNode("{\"driver\":\"qcow2\",\"backing\":" + backing.json + ",\"file\":" + file.json + "}");
    }

    /// As a file name for QEMU's tools.
    String asFileName() {
        return "json:" + json;
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
