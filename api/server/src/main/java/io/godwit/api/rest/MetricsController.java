package io.godwit.api.rest;

import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.Parameter;
import io.swagger.v3.oas.annotations.media.Content;
import io.swagger.v3.oas.annotations.media.Schema;
import io.swagger.v3.oas.annotations.responses.ApiResponse;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RestController;

/// What Prometheus scrapes, where it looks for it.
@RestController
@Tag(name = "server")
class MetricsController {
    private final Scrape scrape;

    MetricsController(Scrape scrape) {
        this.scrape = scrape;
    }

    @Operation(summary = "What is counted and timed, in the form that the Accept header asks for: Prometheus' text, or OpenMetrics")
    @ApiResponse(responseCode = "200", content = {
            @Content(mediaType = "text/plain", schema = @Schema(type = "string")),
            @Content(mediaType = "application/openmetrics-text", schema = @Schema(type = "string"))})
    @GetMapping("/metrics")
    ResponseEntity<byte[]> metrics(
            @Parameter(hidden = true) @RequestHeader(name = HttpHeaders.ACCEPT, required = false) @Nullable String accept) {
        var scraped = scrape.scrape(accept == null ? "" : accept);
        return ResponseEntity.ok().contentType(MediaType.parseMediaType(scraped.contentType()))
                .body(scraped.text().getBytes(StandardCharsets.UTF_8));
    }
}
