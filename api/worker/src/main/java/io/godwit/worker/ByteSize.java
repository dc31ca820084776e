package io.godwit.worker;

import java.util.Locale;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/// `4096`, `256KiB`, `1.5GiB`, also as `256K` or `256KB`, in powers of 1024; and `800Mbit` in powers of 1000. `/s` may be behind it.
final class ByteSize implements ITypeConverter<Long> {
    private static final Pattern SIZE = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kKmMgGtT]?)([iI]?[bB]?|bit)(?:/s)?");
    private static final String PREFIXES = "kmgt";
    private static final int BITS = 8;

    @Override
    public Long convert(String text) {
        var parts = SIZE.matcher(text.strip());
        if (!parts.matches()) {
            throw new TypeConversionException("'" + text + "' is no size or rate, such as 4096, 256KiB, 1.5GiB, 100MiB/s or 800Mbit/s");
        }
        var number = parts.group(1);
        var prefix = parts.group(2);
        var unit = parts.group(3);
        if (unit.equals("b")) {
            throw new TypeConversionException(
                    "'" + text + "' may mean bytes or bits: write " + number + prefix + "B or " + number + prefix + "bit");
        }
        int power = prefix.isEmpty() ? 0 : 1 + PREFIXES.indexOf(prefix.toLowerCase(Locale.ROOT));
        double bytes = Double.parseDouble(number) * (unit.equals("bit") ? Math.pow(1000, power) / BITS : Math.pow(1024, power));
        if (bytes > Long.MAX_VALUE >> 1) {
            throw new TypeConversionException("'" + text + "' is too big");
        }
        return (long) bytes;
    }
}
