package io.godwit.cli.rest;

import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;

/// One server's REST interface. On `HttpURLConnection`, which answers a first request in a fifth of the time that `HttpClient` takes.
public final class Rest {
    public static final JsonMapper JSON = JsonMapper.builder().build();
    private static final Duration CONNECT = Duration.ofSeconds(5);
    private static final Duration READ = Duration.ofSeconds(60);

    static {
        // or a POST whose connection breaks is sent twice, silently
        System.setProperty("sun.net.http.retryPost", "false");
    }

    private final URI server;
    private final @Nullable String token;

    /// A client of that server.
    ///
    /// @param server `http://host:port`, without a path
    /// @param token `null` = ask without one, and let the server refuse
    public Rest(URI server, @Nullable String token) {
        this.server = server;
        this.token = token;
    }

    public URI server() {
        return server;
    }

    public JsonNode get(String path) {
        return json("GET", path, null);
    }

    /// All pages of a listing as one.
    public JsonNode list(String path) {
        var first = get(path);
        var items = first.path("items");
        var next = first.path("continue").asString("");
        if (next.isEmpty() || !(items instanceof ArrayNode all)) {
            return first;
        }
        while (!next.isEmpty()) {
            var page = get(path + query(Map.of("continue", next)));
            page.path("items").forEach(all::add);
            next = page.path("continue").asString("");
        }
        return JSON.createObjectNode().set("items", all);
    }

    public JsonNode post(String path, @Nullable JsonNode body) {
        return json("POST", path, body);
    }

    public JsonNode put(String path, JsonNode body) {
        return json("PUT", path, body);
    }

    public void delete(String path) {
        exchange("DELETE", path, null);
    }

    public String text(String path) {
        return exchange("GET", path, null);
    }

    /// A name or id as one path segment.
    public static String segment(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    public static String query(Map<String, String> parameters) {
        return parameters.entrySet().stream().map(each -> each.getKey() + "=" + segment(each.getValue()))
                .collect(Collectors.joining("&", parameters.isEmpty() ? "" : "?", ""));
    }

    private JsonNode json(String method, String path, @Nullable JsonNode body) {
        var text = exchange(method, path, body);
        if (text.isBlank()) {
            return JsonNodeFactory.instance.objectNode();
        }
        try {
            return JSON.readTree(text);
        } catch (JacksonException e) {
            throw notGodwit(method, path, "its answer is not JSON: " + firstLine(text), e);
        }
    }

    private String exchange(String method, String path, @Nullable JsonNode body) {
        try {
            var connection = (HttpURLConnection) server.resolve("/api/v1" + path).toURL().openConnection();
            try {
                connection.setRequestMethod(method);
                connection.setInstanceFollowRedirects(false); // a token goes to the server that it is for
                connection.setUseCaches(false);
                connection.setConnectTimeout((int) CONNECT.toMillis());
                connection.setReadTimeout((int) READ.toMillis());
                connection.setRequestProperty("Accept", "application/json, application/problem+json, text/plain");
                if (token != null) {
                    connection.setRequestProperty("Authorization", "Bearer " + token);
                }
                if (body != null) {
                    var bytes = JSON.writeValueAsBytes(body);
                    connection.setDoOutput(true);
                    connection.setRequestProperty("Content-Type", "application/json");
                    connection.setFixedLengthStreamingMode(bytes.length);
                    try (var out = connection.getOutputStream()) {
                        out.write(bytes);
                    }
                }
                return answer(connection, method, path);
            } finally {
                connection.disconnect();
            }
        } catch (IOException e) {
            throw new CommandFailure(ExitStatus.UNREACHABLE, Problem.of("", "No Godwit server answers at " + server + ".", reason(e),
                    "Start one with `godwit serve`, or say where it is with --server or GODWIT_SERVER; `godwit doctor` looks further."), e);
        }
    }

    private String answer(HttpURLConnection connection, String method, String path) throws IOException {
        var status = connection.getResponseCode();
        if (status < 0) {
            throw notGodwit(method, path, "it does not speak HTTP", null);
        }
        if (status >= 200 && status < 300) {
            try (var in = connection.getInputStream()) {
                return read(in);
            }
        }
        var type = connection.getContentType();
        String text;
        try (var in = connection.getErrorStream()) {
            text = in == null ? "" : read(in);
        }
        if (type == null || !type.startsWith("application/problem+json")) {
            if (status == HttpURLConnection.HTTP_UNAUTHORIZED) {
                throw new CommandFailure(ExitStatus.REFUSED, unauthorized());
            }
            throw notGodwit(method, path, "HTTP " + status + (text.isBlank() ? "" : ": " + firstLine(text)), null);
        }
        Problem problem;
        try {
            problem = Problem.read(JSON.readTree(text));
        } catch (JacksonException e) {
            throw notGodwit(method, path, "HTTP " + status + " with a problem that is not JSON", e);
        }
        if (status == HttpURLConnection.HTTP_UNAUTHORIZED && problem.remedy().isBlank()) {
            problem = unauthorized();
        }
        throw new CommandFailure(status >= 500 ? ExitStatus.SERVER_ERROR : ExitStatus.REFUSED, problem);
    }

    private Problem unauthorized() {
        return Problem.of("UNAUTHORIZED", "The server at " + server + " does not accept the token.",
                token == null ? "none was found" : "it is not this server's",
                "Give it with --token-file or GODWIT_TOKEN; the server keeps its own in the file `token` of its data folder.");
    }

    private CommandFailure notGodwit(String method, String path, String why, @Nullable Throwable cause) {
        var problem = Problem.of("", server + " did not answer " + method + " " + path + " as a Godwit server does.", why,
                "See whether another program listens there, and the server's own log.");
        return cause == null
                ? new CommandFailure(ExitStatus.SERVER_ERROR, problem)
                : new CommandFailure(ExitStatus.SERVER_ERROR, problem, cause);
    }

    private static String read(InputStream in) throws IOException {
        return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }

    private static String reason(IOException e) {
        var message = e.getMessage();
        return message == null ? e.getClass().getSimpleName() : message;
    }

    private static String firstLine(String text) {
        var line = text.lines().findFirst().orElse("");
        return line.length() <= 200 ? line : line.substring(0, 200) + "...";
    }
}
