package io.godwit.api.rest;

import io.godwit.api.ServerIdentity;
import io.swagger.v3.oas.annotations.Operation;
import io.swagger.v3.oas.annotations.security.SecurityRequirements;
import io.swagger.v3.oas.annotations.tags.Tag;
import java.time.Instant;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/// Whether the server is there; needs no token.
@RestController
@Tag(name = "server", description = "The server itself")
@RequestMapping("/api/v1/health")
class HealthController {
    private final ServerIdentity server;

    HealthController(ServerIdentity server) {
        this.server = server;
    }

    /// @param status always `UP`: a server that is not does not answer
    record HealthView(@OneOf("UP") String status, String version, String node, Instant startedAt) {}

    @Operation(summary = "Whether the server is there; needs no token")
    @SecurityRequirements
    @GetMapping
    HealthView health() {
        return new HealthView("UP", server.version(), server.node(), server.startedAt());
    }
}
