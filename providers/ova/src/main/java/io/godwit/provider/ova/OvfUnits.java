package io.godwit.provider.ova;

import java.util.Locale;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/// Amounts with units as OVF writes them: `byte * 2^30` (DSP0004), and `MegaBytes` of its first drafts, which VirtualBox and oVirt still write.
final class OvfUnits {
    private static final Pattern FACTOR = Pattern.compile("(\\d{1,18})(?:\\^(\\d{1,2}))?");

    private OvfUnits() {}

    /// Bytes of one unit; empty where the units are unknown.
    static OptionalLong bytesOf(String units) {
        return bytes("1", units);
    }

    /// The amount in bytes; empty where it is no whole number, or not positive, or more than a `long` holds, or the units are unknown.
    static OptionalLong bytes(String amount, String units) {
        var digits = amount.strip();
        if (!digits.matches("\\d{1,19}")) {
            return OptionalLong.empty();
        }
        try {
            var bytes = Math.multiplyExact(Long.parseLong(digits), unit(units));
            return bytes > 0 ? OptionalLong.of(bytes) : OptionalLong.empty();
        } catch (NumberFormatException | ArithmeticException e) {
            return OptionalLong.empty();
        }
    }

    private static long unit(String units) {
        var compact = units.toLowerCase(Locale.ROOT).replaceAll("\\s", "");
        return switch (compact) {
            case "", "byte", "bytes" -> 1;
            case "kilobyte", "kilobytes", "kb" -> 1L << 10;
            case "megabyte", "megabytes", "mb" -> 1L << 20;
            case "gigabyte", "gigabytes", "gb" -> 1L << 30;
            case "terabyte", "terabytes", "tb" -> 1L << 40;
            default -> programmatic(compact);
        };
    }

    private static long programmatic(String compact) {
        var factors = compact.replaceFirst("^bytes?\\*", "");
        if (factors.equals(compact) || compact.length() > 100) {
            throw new NumberFormatException("unknown units");
        }
        var unit = 1L;
        for (var each : factors.split("\\*", -1)) {
            var factor = FACTOR.matcher(each);
            if (!factor.matches()) {
                throw new NumberFormatException("unknown units");
            }
            var exponent = factor.group(2) == null ? 1 : Integer.parseInt(factor.group(2));
            unit = Math.multiplyExact(unit, Math.powExact(Long.parseLong(factor.group(1)), exponent));
        }
        return unit;
    }
}
