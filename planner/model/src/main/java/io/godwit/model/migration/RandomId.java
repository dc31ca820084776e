package io.godwit.model.migration;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;

/// Makes short ids that are unique for all practice: 60 random bits.
public final class RandomId {
    private static final String ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"; // 32, none that people mix up
    private static final SecureRandom RANDOM = new SecureRandom();

    private RandomId() {}

    /// The id of that form that belongs to a seed.
    public static String of(String prefix, String seed) {
        try {
            var digest = MessageDigest.getInstance("SHA-256").digest(seed.getBytes(StandardCharsets.UTF_8));
            var id = new StringBuilder(prefix).append('-');
            for (int i = 0; i < 12; i++) {
                id.append(ALPHABET.charAt(digest[i] & 31));
            }
            return id.toString();
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// `<prefix>-<12 characters>`.
    public static String next(String prefix) {
        var id = new StringBuilder(prefix).append('-');
        for (int i = 0; i < 12; i++) {
            id.append(ALPHABET.charAt(RANDOM.nextInt(ALPHABET.length())));
        }
        return id.toString();
    }
}
