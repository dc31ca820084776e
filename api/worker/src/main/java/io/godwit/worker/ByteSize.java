package io.godwit.worker;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `4096`, `256KiB`, `1.5GiB`, also as `256K`, and `/s` behind it; always in powers of 1024.
final class ByteSize implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgt]?)(?:ib?)?(?:b)?(?:/s)?", Pattern.CASE_INSENSITIVE);
    private static final Map<String, Integer> SHIFTS = Map.of("", 0, "k", 10, "m", 20, "g", 30, "t", 40);

    @Override
    public Long convert(String text) {
        var parts = SIZE.matcher(text.strip());
        if (!parts.matches()) {
            throw new TypeConversionException("'" + text + "' is no size, such as 4096, 256KiB or 1.5GiB");
        }
        long unit = 1L << SHIFTS.getOrDefault(parts.group(2).toLowerCase(Locale.ROOT), 0);
        double bytes = Double.parseDouble(parts.group(1)) * unit;
        if (bytes > Long.MAX_VALUE >> 1) {
            throw new TypeConversionException("'" + text + "' is too big");
        }
        return (long) bytes;
    }
}
