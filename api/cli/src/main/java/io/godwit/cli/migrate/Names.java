package io.godwit.cli.migrate;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;

/// Names of what the server keeps, derived from what it is: who asks again finds it again.
final class Names {
    private static final int READABLE = 40;

    private Names() {}

    /// A name that a server accepts.
    ///
    /// @param readable what people recognise it by
    /// @param parts all that it is
    static String of(String readable, List<String> parts) {
        var clean = readable.replaceAll("[^A-Za-z0-9._-]+", "-").replaceAll("^[^A-Za-z0-9]+", "");
        return (clean.isEmpty() ? "x" : clean.substring(0, Math.min(READABLE, clean.length()))) + "-" + digest(parts);
    }

    private static String digest(List<String> parts) {
        try {
            var digest = MessageDigest.getInstance("SHA-256");
            for (var part : parts) {
                digest.update(part.getBytes(StandardCharsets.UTF_8));
                digest.update((byte) 0);
            }
            return HexFormat.of().formatHex(digest.digest(), 0, 6);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
