package io.godwit.cli.explain;

import io.godwit.cli.rest.Json;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// What the catalogue tells of one code.
///
/// @param about name and text of each property, in order: blame, retryable, why, remedy; verdict, seen as, remedy of a finding of the doctor
public record Entry(String code, String meaning, Map<String, String> about) {
    public JsonNode toJson() {
        var node = Json.object().put("code", code).put("what", meaning);
        about.forEach((name, text) -> {
            if (name.equals("retryable")) {
                node.put(name, text.equals("yes"));
            } else {
                node.put(name.equals("seen as") ? "seenAs" : name, text);
            }
        });
        return node;
    }
}
