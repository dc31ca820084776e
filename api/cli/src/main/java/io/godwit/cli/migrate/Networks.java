package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What each network that the wanted VMs are in becomes: as a person said, or by the only sensible choice.
///
/// @param targets by the source's id of the network
/// @param chosen what was decided for the person, to be told; empty where nothing was
public record Networks(Map<String, String> targets, String chosen) {
    /// The network that libvirt makes when it is installed.
    private static final String DEFAULT = "default";

    /// As a person said; the only network of the VMs becomes `default`; else a refusal that lists what is open.
    ///
    /// @param said by name of the source's network, or `id:ID`
    public static Networks choose(JsonNode inventory, List<Wanted> vms, Map<String, String> said) {
        var names = new LinkedHashMap<String, String>();
        Json.each(inventory, "networks").forEach(each -> names.put(Json.text(each, "id"), Json.text(each, "name")));
        var used = new LinkedHashMap<String, String>();
        vms.forEach(vm -> Json.each(vm.inventory(), "nics").map(nic -> Json.text(nic, "network"))
                .forEach(id -> used.merge(id, vm.name(),
                        (first, next) -> List.of(first.split(", ")).contains(next) ? first : first + ", " + next)));
        var targets = new LinkedHashMap<String, String>();
        said.forEach((network, target) -> targets.put(id(network, names, used), target));
        var open = used.keySet().stream().filter(id -> !targets.containsKey(id)).toList();
        if (open.isEmpty()) {
            return new Networks(targets, "");
        }
        if (said.isEmpty() && open.size() == 1) {
            var only = open.getFirst();
            return new Networks(Map.of(only, DEFAULT), "Network '" + names.getOrDefault(only, only) + "' becomes the network '" + DEFAULT
                    + "' (another: --network '" + names.getOrDefault(only, only) + "=NAME').");
        }
        throw new CommandFailure(ExitStatus.USAGE, new Problem("", "", false,
                said.isEmpty() ? "What is each network of the source to become?" : "These networks of the source are not mapped yet.",
                "the VMs are in these networks:",
                "Say it for each: " + open.stream().map(id -> "--network '" + names.getOrDefault(id, id) + "=" + DEFAULT + "'")
                        .collect(Collectors.joining(" "))
                        + ". `ignored` instead of the name of a network leaves the card out.",
                open.stream().map(id -> names.getOrDefault(id, id) + " (of " + used.get(id) + ")").toList()));
    }

    private static String id(String said, Map<String, String> names, Map<String, String> used) {
        var wanted = said.startsWith("id:") ? said.substring(3) : said;
        var found = names.entrySet().stream().filter(each -> wanted.equals(said.startsWith("id:") ? each.getKey() : each.getValue()))
                .map(Map.Entry::getKey).toList();
        if (found.size() == 1) {
            return found.getFirst();
        }
        throw new CommandFailure(ExitStatus.USAGE, new Problem("", "", false,
                found.isEmpty() ? "The source has no network '" + wanted + "'." : "The source has several networks '" + wanted + "'.",
                names.isEmpty() ? "it has none" : "it has:",
                found.isEmpty()
                        ? "Name one of them, as --network 'SOURCE=TARGET'."
                        : "Name it by its id: --network 'id:" + found.getFirst() + "=TARGET'.",
                names.entrySet().stream().map(each -> each.getValue() + " (id:" + each.getKey() + ")"
                        + (used.containsKey(each.getKey()) ? ", used by " + used.get(each.getKey()) : "")).toList()));
    }
}
