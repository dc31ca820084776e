package io.godwit.cli.migrate;

import io.godwit.cli.rest.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// What a network becomes, as people write it: `ignored`, `pod`, NAMESPACE/NAME of a network attachment, or the name of a network.
public final class NetworkTargets {
    private NetworkTargets() {}

    public static ObjectNode parse(String text) {
        if (text.equals("ignored") || text.equals("pod")) {
            return Json.object("type", text);
        }
        int slash = text.indexOf('/');
        return slash < 0
                ? Json.object("type", "network").put("name", text)
                : Json.object("type", "multus").put("namespace", text.substring(0, slash)).put("name", text.substring(slash + 1));
    }

    /// As people write it.
    static String write(JsonNode target) {
        return switch (Json.text(target, "type")) {
            case "network" -> Json.text(target, "name");
            case "multus" -> Json.text(target, "namespace") + "/" + Json.text(target, "name");
            default -> Json.text(target, "type");
        };
    }
}
