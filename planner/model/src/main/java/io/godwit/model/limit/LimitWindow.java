package io.godwit.model.limit;

import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;

/// A time of the week with bounds of its own: whenever a clock on the wall of that zone shows a time from `from` until before `to`. Where clocks
/// are set back an hour that comes twice is in it twice; an hour that is left out is in no window.
///
/// @param days on which it begins
/// @param to at or before `from`: on the day after
public record LimitWindow(List<DayOfWeek> days, LocalTime from, LocalTime to, ZoneId zone, Bounds bounds) {
    private static final long DAY = Duration.ofDays(1).toSeconds();
    private static final long WEEK = 7 * DAY;

    public LimitWindow {
        days = days.stream().distinct().sorted().toList();
        if (days.isEmpty()) {
            throw new IllegalArgumentException("a window on no day");
        }
    }

    public boolean contains(Instant instant) {
        var local = instant.atZone(zone).toLocalDateTime();
        var time = local.toLocalTime();
        boolean overMidnight = !to.isAfter(from);
        boolean begunToday = days.contains(local.getDayOfWeek()) && !time.isBefore(from) && (overMidnight || time.isBefore(to));
        return begunToday || (overMidnight && days.contains(local.getDayOfWeek().minus(1)) && time.isBefore(to));
    }

    /// Whether both may be on at the same time; only for windows of one zone.
    public boolean overlaps(LimitWindow other) {
        if (!zone.equals(other.zone)) {
            throw new IllegalArgumentException(zone + " and " + other.zone + " cannot be compared");
        }
        for (var day : days) {
            for (var otherDay : other.days) {
                long apart = Math.floorMod(other.begin(otherDay) - begin(day), WEEK);
                if (apart < seconds() || WEEK - apart < other.seconds()) {
                    return true;
                }
            }
        }
        return false;
    }

    private long begin(DayOfWeek day) {
        return (day.getValue() - 1) * DAY + from.toSecondOfDay();
    }

    private long seconds() {
        long seconds = (long) to.toSecondOfDay() - from.toSecondOfDay();
        return seconds > 0 ? seconds : seconds + DAY;
    }
}
