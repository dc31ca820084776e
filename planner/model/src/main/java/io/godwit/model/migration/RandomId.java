package io.godwit.model.migration;

import java.security.SecureRandom;

/// Makes short ids that are unique for all practice: 60 random bits.
public final class RandomId {
    private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"; // 32, none that people mix up
    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomId() {}

    /// `<prefix>-<12 characters>`.
    public static String next(String prefix) {
        var id = new StringBuilder(prefix).append('-');
        for (int i = 0; i < 12; i++) {
            id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }
}
