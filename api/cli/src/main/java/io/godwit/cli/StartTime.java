package io.godwit.cli;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeParseException;
import tools.jackson.databind.JsonNode;

/// When a plan is to start, as people write and read it.
final class StartTime {
    private StartTime() {}

    /// With its offset; a local time that the clock shows twice or never (summer time) needs one.
    static OffsetDateTime read(String text, ZoneId zone) {
        try {
            return OffsetDateTime.parse(text);
        } catch (DateTimeParseException _) {
            return local(text, zone);
        }
    }

    private static OffsetDateTime local(String text, ZoneId zone) {
        try {
            var time = LocalDateTime.parse(text);
            var offsets = zone.getRules().getValidOffsets(time);
            if (offsets.size() == 1) {
                return time.atOffset(offsets.getFirst());
            }
            throw wrong(text, "the clocks of " + zone + " show it " + (offsets.isEmpty() ? "never" : "twice"));
        } catch (DateTimeParseException e) {
            throw wrong(text, "it is no time");
        }
    }

    private static CommandFailure wrong(String text, String why) {
        return new CommandFailure(ExitStatus.USAGE, Problem.of("", "The plan cannot start at '" + text + "'.", why,
                "Write the time with its offset, such as 2026-11-24T02:00+01:00."));
    }

    /// What was ordered, and what became of it.
    static String sentence(JsonNode start, ZoneId zone) {
        var at = Instant.parse(Json.text(start, "at")).atZone(zone).toOffsetDateTime() + " (" + zone + ")";
        return switch (Json.text(start, "state")) {
            case "Scheduled" ->
                "Starts at " + at + ", or when a server runs again within " + Json.text(start, "startWithin") + " after it.";
            case "Started" -> "Was started as ordered for " + at + ": migration " + Json.text(start, "migration") + ".";
            case "Missed" -> "Missed its start at " + at + ": " + Json.text(start.path("fault"), "why") + ".";
            default -> "Was not started as ordered for " + at + ": " + Json.text(start.path("fault"), "why") + ".";
        };
    }
}
