package io.godwit.api.contract;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SchemaValidatorsConfig;
import com.networknt.schema.SpecVersion.VersionFlag;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A server's OpenAPI document, held against what the server says. Stricter than the document: it allows no field that is not described.
public final class OpenApiContract {
    /// Where the document is.
    public static final String PATH = "/api/v1/openapi.json";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonSchemaFactory SCHEMAS = JsonSchemaFactory.getInstance(VersionFlag.V202012);
    private static final SchemaValidatorsConfig STRICT = SchemaValidatorsConfig.builder().formatAssertionsEnabled(true).build();
    private static final String PROBLEM = "application/problem+json";
    private static final Map<String, String> OF_EVENTS = Map.of("state", "MigrationEvent", "fault", "MigrationEvent", "warning",
            "MigrationEvent",
            "progress", "ProgressEvent", "end", "EndEvent");

    private final JsonNode document;
    private final ObjectNode definitions;
    private final Map<JsonNode, JsonSchema> compiled = new ConcurrentHashMap<>();

    private OpenApiContract(JsonNode document, ObjectNode definitions) {
        this.document = document;
        this.definitions = definitions;
    }

    public static OpenApiContract of(String document) {
        var read = read(document.replace("\"#/components/schemas/", "\"#/$defs/"));
        var definitions = read.path("components").withObject("/schemas");
        return new OpenApiContract(read, definitions);
    }

    /// One answer: that such a request may have one of that status and type, and that it is of its schema.
    ///
    /// @param contentType `null` = none
    /// @param body `null` = not known, since it is read as it comes
    public void requireAnswer(String method, String uri, int status, @Nullable String contentType, @Nullable String body) {
        var path = uri.replaceFirst("[?#].*", "");
        var what = method + " " + uri + " answered " + status;
        var operation = operation(method, path);
        if (operation.isMissingNode()) {
            if (status < 400 && !path.equals(PATH) && !path.equals("/docs") && !path.startsWith("/docs/")) {
                throw new AssertionError(what + ", but is not described");
            }
            if (status >= 400) {
                requireType(what, contentType, Set.of(PROBLEM));
                requireOf(what, read("{\"$ref\":\"#/$defs/Problem\"}"), body);
            }
            return;
        }
        var responses = operation.path("responses");
        var described = resolve(
                responses.has(Integer.toString(status)) ? responses.path(Integer.toString(status)) : responses.path("default"));
        if (described.isMissingNode() || (status < 400 && !responses.has(Integer.toString(status)))) {
            throw new AssertionError(what + ", which is not described");
        }
        var content = described.path("content");
        if (content.isEmpty()) {
            if (body != null && !body.isEmpty()) {
                throw new AssertionError(what + " with a body, and none is described: " + body);
            }
            return;
        }
        var types = content.propertyStream().collect(Collectors.toMap(type -> bare(type.getKey()), type -> type.getValue().path("schema")));
        var type = requireType(what, contentType, types.keySet());
        if (type.endsWith("json")) {
            requireOf(what, types.getOrDefault(type, MissingNode.getInstance()), body);
        }
    }

    /// One request that was accepted: what it held may be sent.
    public void requireRequest(String method, String uri, String body) {
        var path = uri.replaceFirst("[?#].*", "");
        requireOf(method + " " + uri, operation(method, path).path("requestBody").path("content").path("application/json").path("schema"),
                body);
    }

    /// The data of one Server-Sent Event.
    public void requireEvent(String name, String data) {
        var schema = OF_EVENTS.get(name);
        if (schema == null) {
            throw new AssertionError("there is no event " + name + ": " + data);
        }
        requireOf("event " + name, read("{\"$ref\":\"#/$defs/" + schema + "\"}"), data);
    }

    private static String requireType(String what, @Nullable String contentType, Set<String> described) {
        var type = contentType == null ? "" : bare(contentType);
        if (!described.contains(type)) {
            throw new AssertionError(what + " with '" + type + "', but is described with " + described);
        }
        return type;
    }

    private void requireOf(String what, JsonNode schema, @Nullable String body) {
        if (schema.isMissingNode()) {
            throw new AssertionError(what + ": its JSON is not described");
        }
        if (body != null) {
            var wrong = compiled.computeIfAbsent(schema, this::compile).validate(read(body));
            if (!wrong.isEmpty()) {
                throw new AssertionError(what + ", not as described: "
                        + wrong.stream().map(each -> each.getMessage()).collect(Collectors.joining("; ")) + "\n" + body);
            }
        }
    }

    private JsonSchema compile(JsonNode schema) {
        ObjectNode whole = schema.deepCopy();
        whole.set("$defs", definitions.deepCopy());
        close(whole);
        return SCHEMAS.getSchema(whole, STRICT);
    }

    /// No other fields than these.
    private static void close(JsonNode schema) {
        if (schema instanceof ObjectNode object && object.path("properties").isObject() && "object".equals(object.path("type").asText())
                && !object.has("additionalProperties")) {
            object.put("additionalProperties", false);
        }
        schema.forEach(OpenApiContract::close);
    }

    /// What the longest of the paths that match describes: one with fewer parameters.
    private JsonNode operation(String method, String path) {
        return document.path("paths").propertyStream().filter(each -> matches(each.getKey(), path))
                .max(Comparator.comparingInt(each -> each.getKey().replaceAll("\\{[^}]*}", "").length()))
                .map(each -> each.getValue().path(method.toLowerCase(Locale.ROOT))).orElse(MissingNode.getInstance());
    }

    private static boolean matches(String template, String path) {
        return path.matches(Pattern.quote(template).replaceAll("\\{[^}]*}", "\\\\E[^/]+\\\\Q"));
    }

    private JsonNode resolve(JsonNode response) {
        return response.has("$ref") ? document.at(response.path("$ref").asText().substring(1)) : response;
    }

    private static String bare(String type) {
        return type.replaceFirst(";.*", "").strip();
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            throw new AssertionError("no JSON: " + json, e);
        }
    }
}
