package io.godwit.convert;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/// What virt-v2v says under `--machine-readable=stream:stdout`: one JSON object per line, between other lines. It comes from virt-v2v itself,
/// never from the guest.
record V2vMessage(Kind kind, String text, Instant at) {
    private static final JsonMapper JSON = new JsonMapper();

    enum Kind {
        STEP, INFO, WARNING, ERROR
    }

    /// The message in that line; empty when it is a line of another kind.
    static Optional<V2vMessage> parse(String line) {
        if (!line.startsWith("{")) {
            return Optional.empty();
        }
        try {
            var json = JSON.readTree(line);
            var kind = switch (json.path("type").asString("")) {
                case "message" -> Kind.STEP;
                case "info" -> Kind.INFO;
                case "warning" -> Kind.WARNING;
                case "error" -> Kind.ERROR;
                default -> null;
            };
            var text = json.path("message").asString("");
            if (kind == null || text.isEmpty()) {
                return Optional.empty();
            }
            return Optional.of(new V2vMessage(kind, text, OffsetDateTime.parse(json.path("timestamp").asString("")).toInstant()));
        } catch (JacksonException | DateTimeException e) {
            return Optional.empty();
        }
    }
}
