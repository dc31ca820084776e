package io.godwit.cli.text;

import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Bytes, rates and times as people read them.
public final class Text {
    private static final List<String> UNITS = List.of("B", "KiB", "MiB", "GiB", "TiB", "PiB");
    private static final DateTimeFormatter LOCAL = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT);

    private Text() {}

    /// Three significant digits or so: `0 B`, `512 B`, `1.2 GiB`, `302 MiB`.
    public static String bytes(long bytes) {
        double value = bytes;
        int unit = 0;
        while (value >= 1023.5 && unit < UNITS.size() - 1) {
            value /= 1024;
            unit++;
        }
        var pattern = unit == 0 || value >= 99.95 ? "%.0f %s" : "%.1f %s";
        return pattern.formatted(value, UNITS.get(unit));
    }

    /// `0s`, `59s`, `2m05s`, `1h00m`, `3d04h`.
    public static String duration(Duration duration) {
        long seconds = Math.max(0, duration.toSeconds());
        if (seconds < 60) {
            return seconds + "s";
        }
        if (seconds < 3600) {
            return "%dm%02ds".formatted(seconds / 60, seconds % 60);
        }
        if (seconds < 86_400) {
            return "%dh%02dm".formatted(seconds / 3600, seconds / 60 % 60);
        }
        return "%dd%02dh".formatted(seconds / 86_400, seconds / 3600 % 24);
    }

    /// A time of the server in the time zone of who reads it; `-` when there is none.
    public static String time(String instant, ZoneId zone) {
        return instant.isBlank() ? "-" : LOCAL.format(Instant.parse(instant).atZone(zone));
    }

    public static String orDash(@Nullable String text) {
        return text == null || text.isBlank() ? "-" : text;
    }

    /// Columns that a text takes on a terminal.
    public static int width(String text) {
        return text.codePointCount(0, text.length());
    }

    /// Cut to that many columns.
    public static String cut(String text, int columns) {
        return width(text) <= columns ? text : text.substring(0, text.offsetByCodePoints(0, Math.max(0, columns)));
    }

    /// One line: what a guest's or server's name may smuggle in (line ends, escape sequences) is shown, not obeyed.
    public static String printable(String text) {
        var clean = new StringBuilder(text.length());
        text.codePoints().forEach(each -> clean.appendCodePoint(Character.isISOControl(each) ? '?' : each));
        return clean.toString();
    }
}
