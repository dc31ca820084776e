package io.godwit.model.disk;

import java.util.regex.Pattern;

/// Bounds of texts that become arguments and configuration lines of other programs.
final class Texts {
    private static final Pattern WORD = Pattern.compile("[^\\s\\p{Cntrl}]+");
    private static final Pattern LINE = Pattern.compile("[^\\p{Cntrl}]+");
    private static final int HIGHEST_PORT = 65_535;

    private Texts() {}

    /// Without blanks and control characters, and not empty.
    static void requireWord(String what, String text) {
        require(what, WORD, text);
    }

    /// Without control characters, and not empty.
    static void requireLine(String what, String text) {
        require(what, LINE, text);
    }

    static void require(String what, Pattern pattern, String text) {
        if (!pattern.matcher(text).matches()) {
            throw new IllegalArgumentException("no " + what + ": '" + text + "'");
        }
    }

    static void requirePort(int port) {
        if (port < 1 || port > HIGHEST_PORT) {
            throw new IllegalArgumentException("no port: " + port);
        }
    }
}
