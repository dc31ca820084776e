package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.api.contract.OpenApiContract;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Speaks REST as a stranger would: over a socket, with the token from the data folder. Every answer is held against the server's OpenAPI document.
record Client(String url, String token, String key) {
    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Map<String, OpenApiContract> CONTRACTS = new ConcurrentHashMap<>(); // by URL: servers of tests take ports of their own
    private static final JsonMapper JSON = JsonMapper.builder().build();

    Client(String url, String token) {
        this(url, token, "");
    }

    /// The same with an Idempotency-Key on each POST.
    Client withKey(String another) {
        return new Client(url, token, another);
    }

    record Answer(int status, String text) {
        JsonNode json() {
            return JSON.readTree(text);
        }

        Answer requireStatus(int expected) {
            assertThat(status).as(text).isEqualTo(expected);
            return this;
        }
    }

    Answer get(String path) {
        return send("GET", path, null);
    }

    Answer post(String path, @Nullable String body) {
        return send("POST", path, body);
    }

    Answer send(String method, String path, @Nullable String body) {
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30))
                .header("Content-Type", "application/json")
                .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
        if (!token.isEmpty()) {
            request.header("Authorization", "Bearer " + token);
        }
        if (!key.isEmpty() && method.equals("POST")) {
            request.header("Idempotency-Key", key);
        }
        var answer = exchange(request.build(), BodyHandlers.ofString());
        contract().requireAnswer(method, path, answer.statusCode(), answer.headers().firstValue("Content-Type").orElse(null),
                answer.body());
        if (body != null && answer.statusCode() < 300) {
            contract().requireRequest(method, path, body);
        }
        return new Answer(answer.statusCode(), answer.body());
    }

    private OpenApiContract contract() {
        return CONTRACTS.computeIfAbsent(url, _ -> {
            var document = exchange(HttpRequest.newBuilder(URI.create(url + OpenApiContract.PATH)).timeout(Duration.ofSeconds(30)).build(),
                    BodyHandlers.ofString());
            assertThat(document.statusCode()).as(document.body()).isEqualTo(200);
            return OpenApiContract.of(document.body());
        });
    }

    /// One event as it came.
    record Event(String id, String name, JsonNode data) {}

    /// A stream of Server-Sent Events, being read.
    static final class Following implements AutoCloseable {
        private final HttpResponse<Stream<String>> answer;
        private final OpenApiContract contract;
        private final List<Event> read = new CopyOnWriteArrayList<>();
        private final CountDownLatch open = new CountDownLatch(1);
        private final Thread reader;

        Following(HttpResponse<Stream<String>> answer, OpenApiContract contract) {
            this.answer = answer;
            this.contract = contract;
            reader = Thread.ofVirtual().start(this::read);
        }

        private void read() {
            var fields = new HashMap<String, String>();
            try (var lines = answer.body()) {
                lines.forEach(line -> {
                    open.countDown();
                    if (line.isEmpty() && fields.containsKey("data")) {
                        read.add(new Event(fields.getOrDefault("id", ""), fields.getOrDefault("event", ""),
                                JSON.readTree(fields.get("data"))));
                    }
                    if (line.isEmpty()) {
                        fields.clear();
                    } else if (line.indexOf(": ") > 0) {
                        fields.put(line.substring(0, line.indexOf(": ")), line.substring(line.indexOf(": ") + 2));
                    }
                });
            } catch (UncheckedIOException e) {
                open.countDown(); // closed by us, or by the server in the middle
            }
        }

        void awaitOpen() {
            await().atMost(Duration.ofSeconds(30)).until(() -> open.getCount() == 0);
        }

        List<Event> soFar() {
            read.forEach(event -> contract.requireEvent(event.name(), event.data().toString()));
            return List.copyOf(read);
        }

        /// Without the progress, which comes as it comes.
        List<Event> readToTheEnd() {
            await().atMost(Duration.ofSeconds(60)).until(() -> !reader.isAlive());
            return soFar().stream().filter(event -> !event.name().equals("progress")).toList();
        }

        @Override
        public void close() {
            answer.body().close();
        }
    }

    Following follow(String path, @Nullable String lastEventId) {
        var request = HttpRequest.newBuilder(URI.create(url + path)).timeout(Duration.ofSeconds(30))
                .header("Authorization", "Bearer " + token);
        if (lastEventId != null) {
            request.header("Last-Event-ID", lastEventId);
        }
        var answer = exchange(request.build(), BodyHandlers.ofLines());
        contract().requireAnswer("GET", path, answer.statusCode(), answer.headers().firstValue("Content-Type").orElse(null), null);
        return new Following(answer, contract());
    }

    /// A request as bytes of its own.
    String raw(String path, String lastEventId) {
        return "GET " + path + " HTTP/1.1\r\nHost: godwit\r\nAuthorization: Bearer " + token + "\r\nLast-Event-ID: " + lastEventId
                + "\r\n\r\n";
    }

    private static <T> HttpResponse<T> exchange(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        try {
            return HTTP.send(request, handler);
        } catch (IOException e) {
            throw new AssertionError(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
        }
    }

    /// Registers a fake source with these VMs, a fake destination, mappings and a plan of all VMs, each named after `name`.
    void register(String name, String... vms) {
        post("/api/v1/providers", """
                {"name":"%s-from","type":"fake-source","url":"fake:%s"}""".formatted(name, String.join(",", vms))).requireStatus(201);
        post("/api/v1/providers", """
                {"name":"%s-to","type":"fake-destination","url":"fake:%s"}""".formatted(name, name)).requireStatus(201);
        post("/api/v1/network-mappings", """
                {"name":"%1$s-nets","provider":{"source":"%1$s-from","destination":"%1$s-to"},
                 "map":[{"source":{"id":"net-0"},"destination":{"type":"network","name":"default"}}]}""".formatted(name))
                .requireStatus(201);
        post("/api/v1/storage-mappings", """
                {"name":"%1$s-stores","provider":{"source":"%1$s-from","destination":"%1$s-to"},
                 "map":[{"source":{"id":"store-0"},"destination":{}}]}""".formatted(name)).requireStatus(201);
        var each = new StringBuilder();
        for (var vm : vms) {
            each.append(each.isEmpty() ? "" : ",").append("{\"name\":\"").append(vm).append("\"}");
        }
        post("/api/v1/plans", """
                {"name":"%1$s","provider":{"source":"%1$s-from","destination":"%1$s-to"},
                 "map":{"network":"%1$s-nets","storage":"%1$s-stores"},"vms":[%2$s]}""".formatted(name, each)).requireStatus(201);
    }

    /// Starts the plan; the migration's id.
    String start(String plan) {
        return post("/api/v1/plans/" + plan + "/start", null).requireStatus(202).json().path("id").asString();
    }

    JsonNode awaitPhase(String migration, String phase) {
        var last = new JsonNode[1];
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            last[0] = get("/api/v1/migrations/" + migration).requireStatus(200).json();
            assertThat(last[0].path("phase").asString()).as(last[0].toPrettyString()).isEqualTo(phase);
        });
        return last[0];
    }
}
