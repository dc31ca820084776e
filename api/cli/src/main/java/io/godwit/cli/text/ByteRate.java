package io.godwit.cli.text;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `50MiB/s`, `1.5GiB/s`, `65536`, also as `50M`; always in powers of 1024. As `godwit copy --limit` takes it, which is another program.
public final class ByteRate implements ITypeConverter<Long> {
    private static final Pattern RATE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgt]?)(?:ib?)?(?:b)?(?:/s)?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Integer> SHIFTS = Map.of("", 0, "k", 10, "m", 20, "g", 30, "t", 40);

    @Override
    public Long convert(String text) {
        var parts = RATE.matcher(text.strip());
        if (!parts.matches()) {
            throw new TypeConversionException("'" + text + "' is no rate, such as 50MiB/s");
        }
        long unit = 1L << SHIFTS.getOrDefault(parts.group(2).toLowerCase(Locale.ROOT), 0);
        double bytes = Double.parseDouble(parts.group(1)) * unit;
        if (bytes > Long.MAX_VALUE >> 1) {
            throw new TypeConversionException("'" + text + "' is too much");
        }
        return (long) bytes;
    }

    /// `50 MiB/s`.
    public static String text(long bytesPerSecond) {
        return Text.bytes(bytesPerSecond) + "/s";
    }
}
