package io.godwit.cli.rest;

import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// One kind of thing that the server keeps, found by name or id.
///
/// @param path below `/api/v1`
/// @param noun what a person calls one of them
public record Collection(String path, String noun) {
    public static final Collection PROVIDERS = new Collection("/providers", "provider");
    public static final Collection NETWORK_MAPPINGS = new Collection("/network-mappings", "network mapping");
    public static final Collection STORAGE_MAPPINGS = new Collection("/storage-mappings", "storage mapping");
    public static final Collection PLANS = new Collection("/plans", "plan");
    public static final Collection MIGRATIONS = new Collection("/migrations", "migration");

    public String pathOf(String id) {
        return path + "/" + Rest.segment(id);
    }

    public JsonNode list(Rest rest) {
        return rest.list(path);
    }

    public static List<JsonNode> items(JsonNode list) {
        var items = list.path("items");
        return items.isArray() ? items.valueStream().toList() : List.of();
    }

    /// Turns ids into the names that people gave; what is not known stays as it is.
    public UnaryOperator<String> names(Rest rest) {
        var names = items(list(rest)).stream().collect(Collectors.toMap(each -> each.path("id").asString(""),
                each -> each.path("name").asString(""), (first, _) -> first));
        return id -> names.getOrDefault(id, id);
    }

    public Optional<JsonNode> find(Rest rest, String nameOrId) {
        var items = items(list(rest));
        return items.stream().filter(each -> nameOrId.equals(each.path("id").asString("")))
                .findFirst()
                .or(() -> items.stream().filter(each -> nameOrId.equals(each.path("name").asString(""))).findFirst());
    }

    public JsonNode require(Rest rest, String nameOrId) {
        return find(rest, nameOrId).orElseThrow(() -> missing(rest, nameOrId));
    }

    public String requireId(Rest rest, String nameOrId) {
        return require(rest, nameOrId).path("id").asString("");
    }

    public CommandFailure missing(Rest rest, String nameOrId) {
        var names = items(list(rest)).stream().map(each -> each.path("name").asString(each.path("id").asString(""))).limit(20).toList();
        var known = names.isEmpty() ? "there is none" : "there are: " + String.join(", ", names);
        return new CommandFailure(ExitStatus.REFUSED,
                Problem.of("NOT_FOUND", "There is no " + noun + " '" + nameOrId + "'.", known, "Name one of them, or create it."));
    }
}
