package io.godwit.api;

import java.time.Instant;
import java.util.Map;
import org.springframework.boot.context.event.ApplicationReadyEvent;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.event.ContextClosedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;
import tools.jackson.databind.json.JsonMapper;

/// Tells programs on this machine where the server is: `server.json` exists while it is ready. One that a killed server left is
/// told by its pid and start.
@Component
final class ServerFile {
    private static final String FILE = "server.json";

    private final DataFolder data;
    private final JsonMapper json;
    private final Instant startedAt;

    ServerFile(DataFolder data, JsonMapper json, ServerIdentity server) {
        this.data = data;
        this.json = json;
        this.startedAt = server.startedAt();
        data.remove(FILE);
    }

    @EventListener
    void write(ApplicationReadyEvent event) {
        if (event.getApplicationContext() instanceof WebServerApplicationContext context && context.getWebServer() != null) {
            var address = event.getApplicationContext().getEnvironment().getProperty("server.address", "127.0.0.1");
            var url = "http://" + (address.contains(":") ? "[" + address + "]" : address) + ":" + context.getWebServer().getPort();
            data.write(FILE, json.writeValueAsString(
                    Map.of("pid", ProcessHandle.current().pid(), "url", url, "startedAt", startedAt.toString())) + "\n");
        }
    }

    @EventListener(ContextClosedEvent.class)
    void remove() {
        data.remove(FILE);
    }
}
