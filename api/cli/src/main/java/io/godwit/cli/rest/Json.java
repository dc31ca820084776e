package io.godwit.cli.rest;

import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/// Short ways to read and write JSON trees; what is absent reads as empty.
public final class Json {
    private Json() {}

    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    public static ObjectNode object(String name, String value) {
        return object().put(name, value);
    }

    public static String text(JsonNode node, String field) {
        return node.path(field).asString("");
    }

    public static long number(JsonNode node, String field) {
        return node.path(field).asLong(0);
    }

    public static Stream<JsonNode> each(JsonNode node, String field) {
        var list = node.path(field);
        return list.isArray() ? list.valueStream() : Stream.empty();
    }

    /// `{source, destination}` of mappings and plans.
    public static ObjectNode providers(String source, String destination) {
        return object().put("source", source).put("destination", destination);
    }

    /// A reference as answers carry it: a plain id or name, or an object with either.
    public static String reference(JsonNode node) {
        return node.isObject() ? node.path("name").asString(node.path("id").asString("")) : node.asString("");
    }
}
