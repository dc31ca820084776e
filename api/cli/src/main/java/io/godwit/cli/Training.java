package io.godwit.cli;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;

/// What the command line's AOT cache learns from: help, a wrong word, lists and a finished migration from a server of its own.
final class Training {
    private static final String MIGRATION = """
            {"id":"m1","plan":{"id":"p1","name":"demo"},"phase":"Succeeded","started":"2026-01-01T00:00:00Z","completed":"2026-01-01T00:01:00Z",
            "vms":[{"id":"v1","vm":{"id":"1","name":"vm"},"phase":"Succeeded","pipeline":[{"name":"CopyDisks","phase":"Running",
            "started":"2026-01-01T00:00:00Z","stages":[],"progress":{"completedBytes":1,"totalBytes":2,"bytesPerSecond":1},
            "tasks":[{"name":"disk","completedBytes":1,"totalBytes":2}],"phases":[{"name":"Copying","started":"2026-01-01T00:00:00Z"}]}]}]}""";

    private Training() {}

    public static void main(String[] args) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var path = exchange.getRequestURI().getPath();
            var body = (path.endsWith("/m1") ? MIGRATION : "{\"items\":[" + (path.endsWith("/migrations") ? MIGRATION : "") + "]}")
                    .getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, body.length);
            try (var out = exchange.getResponseBody()) {
                out.write(body);
            }
        });
        server.start();
        try {
            var nowhere = new PrintWriter(Writer.nullWriter());
            var around = new Surroundings(nowhere, nowhere, Map.of("GODWIT_TOKEN", "none", "GODWIT_SERVER",
                    "http://127.0.0.1:" + server.getAddress().getPort()), 100, 24, true, Clock.systemUTC(), _ -> {
                    }, "", "");
            for (var words : new String[]{"", "help", "help plan", "plan", "nonsense", "provider list", "plan list", "migration list",
                    "migration get m1", "migration watch m1", "provider list -o json", "version", "help migrate"}) {
                Godwit.run(around, words.isEmpty() ? new String[0] : words.split(" "));
            }
        } finally {
            server.stop(0);
        }
    }
}
