package io.godwit.model.limit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;

class LimitWindowTest {
    private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");
    private static final Bounds FIFTY = new Bounds(50 << 20, 0, 0);
    private static final List<DayOfWeek> WORKDAYS = List.of(DayOfWeek.MONDAY, DayOfWeek.TUESDAY, DayOfWeek.WEDNESDAY, DayOfWeek.THURSDAY,
            DayOfWeek.FRIDAY);

    private static LimitWindow window(List<DayOfWeek> days, String from, String to) {
        return new LimitWindow(days, LocalTime.parse(from), LocalTime.parse(to), BERLIN, FIFTY);
    }

    private static boolean on(LimitWindow window, String instant) {
        return window.contains(Instant.parse(instant));
    }

    @Test
    void isOnFromItsFirstMomentUntilBeforeItsLast() {
        var office = window(WORKDAYS, "08:00", "18:00");
        assertThat(on(office, "2026-01-05T06:59:59.999Z")).as("Monday, 07:59 in Berlin").isFalse();
        assertThat(on(office, "2026-01-05T07:00:00Z")).isTrue();
        assertThat(on(office, "2026-01-05T16:59:59.999Z")).isTrue();
        assertThat(on(office, "2026-01-05T17:00:00Z")).isFalse();
        assertThat(on(office, "2026-01-10T12:00:00Z")).as("Saturday").isFalse();
        assertThat(on(office, "2026-07-06T06:00:00Z")).as("08:00 of summer time").isTrue();
    }

    @Test
    void overMidnightItBelongsToTheDayOnWhichItBegins() {
        var night = window(List.of(DayOfWeek.FRIDAY), "22:00", "06:00");
        assertThat(on(night, "2026-01-09T21:00:00Z")).as("Friday, 22:00").isTrue();
        assertThat(on(night, "2026-01-10T04:59:59Z")).as("Saturday, before 06:00").isTrue();
        assertThat(on(night, "2026-01-10T05:00:00Z")).isFalse();
        assertThat(on(night, "2026-01-10T21:00:00Z")).as("Saturday, 22:00").isFalse();
        assertThat(on(night, "2026-01-09T04:00:00Z")).as("Friday, 05:00: Thursday has none").isFalse();
        var sunday = window(List.of(DayOfWeek.SUNDAY), "22:00", "06:00");
        assertThat(on(sunday, "2026-01-12T04:00:00Z")).as("Monday, over the end of the week").isTrue();
    }

    @Test
    void untilItsOwnBeginningItLastsADay() {
        var saturday = window(List.of(DayOfWeek.SATURDAY), "00:00", "00:00");
        assertThat(on(saturday, "2026-01-09T22:59:59Z")).isFalse();
        assertThat(on(saturday, "2026-01-09T23:00:00Z")).isTrue();
        assertThat(on(saturday, "2026-01-10T22:59:59Z")).isTrue();
        assertThat(on(saturday, "2026-01-10T23:00:00Z")).isFalse();
    }

    /// On 29 March 2026 clocks in Berlin go from 02:00 to 03:00.
    @Test
    void anHourThatIsLeftOutIsInNoWindow() {
        var sunday = List.of(DayOfWeek.SUNDAY);
        var leftOut = window(sunday, "02:15", "02:45");
        for (var minute = Instant.parse("2026-03-29T00:00:00Z"); minute.isBefore(Instant.parse("2026-03-29T04:00:00Z")); minute = minute
                .plusSeconds(60)) {
            assertThat(leftOut.contains(minute)).as("%s", minute).isFalse();
        }
        var across = window(sunday, "01:30", "03:30");
        assertThat(on(across, "2026-03-29T00:30:00Z")).isTrue();
        assertThat(on(across, "2026-03-29T00:59:59Z")).isTrue();
        assertThat(on(across, "2026-03-29T01:00:00Z")).as("03:00, an hour of the wall after it, none of time").isTrue();
        assertThat(on(across, "2026-03-29T01:30:00Z")).isFalse();
    }

    /// On 25 October 2026 clocks in Berlin go from 03:00 to 02:00.
    @Test
    void anHourThatComesTwiceIsInItTwice() {
        var twice = window(List.of(DayOfWeek.SUNDAY), "02:00", "03:00");
        assertThat(on(twice, "2026-10-24T23:59:59Z")).isFalse();
        assertThat(on(twice, "2026-10-25T00:00:00Z")).as("02:00 of summer time").isTrue();
        assertThat(on(twice, "2026-10-25T01:59:59Z")).as("02:59 of winter time").isTrue();
        assertThat(on(twice, "2026-10-25T02:00:00Z")).isFalse();
    }

    @Test
    void knowsWhichOverlap() {
        var office = window(WORKDAYS, "08:00", "18:00");
        assertThat(office.overlaps(window(WORKDAYS, "18:00", "08:00"))).as("one begins where the other ends").isFalse();
        assertThat(office.overlaps(window(List.of(DayOfWeek.FRIDAY), "17:59", "20:00"))).isTrue();
        assertThat(office.overlaps(window(List.of(DayOfWeek.SATURDAY), "08:00", "18:00"))).isFalse();
        assertThat(office.overlaps(window(List.of(DayOfWeek.SUNDAY), "20:00", "08:01"))).as("into Monday").isTrue();
        assertThat(window(List.of(DayOfWeek.SUNDAY), "20:00", "08:01").overlaps(office)).isTrue();
        assertThat(office.overlaps(office)).isTrue();
        assertThatIllegalArgumentException().isThrownBy(() -> office.overlaps(
                new LimitWindow(WORKDAYS, LocalTime.NOON, LocalTime.MIDNIGHT, ZoneId.of("Asia/Tokyo"), FIFTY)));
        assertThatIllegalArgumentException().isThrownBy(() -> window(List.of(), "08:00", "18:00"));
    }

    @Test
    void aLimitIsThatOfItsWindowWhileThatIsOn() {
        var limit = new CopyLimit("wan", new LimitScope.Total(), new Bounds(200 << 20, 0, 0), List.of(window(WORKDAYS, "08:00", "18:00")));
        assertThat(limit.at(Instant.parse("2026-01-05T12:00:00Z"))).isEqualTo(FIFTY);
        assertThat(limit.at(Instant.parse("2026-01-05T20:00:00Z"))).isEqualTo(new Bounds(200 << 20, 0, 0));
    }

    @Test
    void boundsBelowZeroAreNone() {
        for (var wrong : new double[]{-1, Double.NaN, Double.POSITIVE_INFINITY}) {
            assertThatIllegalArgumentException().isThrownBy(() -> new Bounds(0, wrong, 0));
        }
        assertThatIllegalArgumentException().isThrownBy(() -> new Bounds(-1, 0, 0));
        assertThatIllegalArgumentException().isThrownBy(() -> new Bounds(0, 0, -1));
    }
}
