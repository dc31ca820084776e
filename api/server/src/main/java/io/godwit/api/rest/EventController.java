package io.godwit.api.rest;

import io.godwit.engine.fault.EngineFault;
import io.godwit.engine.migration.Migrations;
import io.godwit.model.fault.FaultException;
import io.godwit.model.migration.MigrationId;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// What happens, while it happens.
@RestController
@Tag(name = "events", description = "What happens, while it happens: Server-Sent Events")
@RequestMapping("/api/v1")
class EventController {
    private static final Logger LOG = LoggerFactory.getLogger(EventController.class);

    private static final String EVENTS = "The data of each event is JSON: `MigrationEvent` of `state`, `fault` and `warning`, `ProgressEvent` of `progress`, `EndEvent` of `end`";
    private static final String LAST = "the id of the last event that was read: the stream goes on behind it";

    private final EventStreams streams;
    private final Migrations migrations;

    EventController(EventStreams streams, Migrations migrations) {
        this.streams = streams;
        this.migrations = migrations;
    }

    @Operation(summary = "Server-Sent Events of all migrations, from now on or behind Last-Event-ID: state, fault, warning; progress, which has no id")
    @ApiResponse(responseCode = "200", description = EVENTS, content = @Content(mediaType = "text/event-stream", schema = @Schema(type = "string")))
    @GetMapping("/events")
    void all(@Parameter(description = LAST) @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            HttpServletResponse response)
            throws IOException {
        stream(null, last, response);
    }

    @Operation(summary = "Server-Sent Events of one migration, from its beginning or behind Last-Event-ID; the event end is the last")
    @ApiResponse(responseCode = "200", description = EVENTS, content = @Content(mediaType = "text/event-stream", schema = @Schema(type = "string")))
    @ApiResponse(responseCode = "204", description = "Its end was told already", content = @Content)
    @GetMapping("/migrations/{id}/events")
    void ofOne(@PathVariable String id,
            @Parameter(description = LAST) @RequestHeader(name = "Last-Event-ID", required = false) @Nullable String last,
            HttpServletResponse response) throws IOException {
        var migration = migrations.find(MigrationId.from(id)).orElseThrow(() -> new FaultException(EngineFault.MIGRATION_NOT_FOUND,
                "cannot follow migration " + id, "there is none of that id"));
        stream(migration.id(), last, response);
    }

    private void stream(@Nullable MigrationId migration, @Nullable String last, HttpServletResponse response) throws IOException {
        try (var stream = streams.open(migration, last)) {
            if (stream.isOver()) {
                response.setStatus(HttpStatus.NO_CONTENT.value()); // an EventSource then asks no more
                return;
            }
            response.setContentType("text/event-stream;charset=UTF-8");
            response.setHeader("Cache-Control", "no-store");
            response.setHeader("X-Accel-Buffering", "no");
            write(stream, response);
        }
    }

    /// What ends it early is no answer any more: the reader comes again with the id that it saw last.
    private static void write(EventStreams.Stream stream, HttpServletResponse response) throws IOException {
        try {
            stream.writeTo(response.getOutputStream());
        } catch (IOException e) {
            LOG.debug("a reader of events is gone, or read nothing for too long", e);
        } catch (FaultException e) {
            LOG.warn("a stream of events ends: {}", e.fault().toString());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
