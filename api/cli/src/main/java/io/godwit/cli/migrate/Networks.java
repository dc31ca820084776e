package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// What each network that the wanted VMs are in becomes: as a person said, or by the only sensible choice.
///
/// @param targets by the source's id of the network
/// @param chosen what was decided for the person, to be told
public record Networks(Map<String, String> targets, List<String> chosen) {
    /// The network that libvirt makes when it is installed.
    private static final String DEFAULT = "default";
    private static final String IGNORED = "ignored";
    /// Where sources put the cards that are connected to nothing.
    private static final String UNCONNECTED = "unconnected";

    /// Takes `SRC=DST` apart, at the last `=`: names of sources may have some.
    public static Map<String, String> parse(List<String> words) {
        var said = new LinkedHashMap<String, String>();
        for (var word : words) {
            int equals = word.lastIndexOf('=');
            var network = equals < 0 ? "" : word.substring(0, equals).strip();
            var target = equals < 0 ? "" : word.substring(equals + 1).strip();
            if (network.isEmpty() || target.isEmpty()) {
                throw new CommandFailure(ExitStatus.USAGE, Problem.of("", "--network '" + word + "' says not what becomes of what.", "",
                        "Write it as --network 'SOURCE=TARGET'; `ignored` as the target leaves the card out."));
            }
            if (said.put(network, target) != null) {
                throw twice(network);
            }
        }
        return said;
    }

    private static CommandFailure twice(String network) {
        return new CommandFailure(ExitStatus.USAGE,
                Problem.of("", "What network '" + network + "' becomes is said twice.", "", "Say it once."));
    }

    /// What a person said, by the source's ids; refuses what the source does not have.
    ///
    /// @param said by name of the source's network, or `id:ID`
    static Map<String, String> named(JsonNode inventory, List<Wanted> vms, Map<String, String> said) {
        var names = names(inventory);
        var used = used(vms);
        var targets = new LinkedHashMap<String, String>();
        said.forEach((network, target) -> {
            if (targets.put(id(network, names, used), target) != null) {
                throw twice(network);
            }
        });
        return targets;
    }

    /// As a person said; a card that is connected to nothing is left out, and the only other network becomes `default`; else a refusal that lists what is open.
    ///
    /// @param vms that are in the networks
    /// @param named by [#named]
    static Networks choose(JsonNode inventory, List<Wanted> vms, Map<String, String> named) {
        var names = names(inventory);
        var used = used(vms);
        var targets = new LinkedHashMap<>(named);
        var chosen = new ArrayList<String>();
        if (used.containsKey(UNCONNECTED) && targets.putIfAbsent(UNCONNECTED, IGNORED) == null) {
            chosen.add("A card of " + used.get(UNCONNECTED) + " is connected to nothing and left out (else: --network '"
                    + UNCONNECTED + "=NAME').");
        }
        var open = used.keySet().stream().filter(id -> !targets.containsKey(id)).toList();
        if (named.isEmpty() && open.size() == 1) {
            var only = open.getFirst();
            targets.put(only, DEFAULT);
            chosen.add("Network '" + names.getOrDefault(only, only) + "' becomes the network '" + DEFAULT + "' (another: --network '"
                    + names.getOrDefault(only, only) + "=NAME').");
        } else if (!open.isEmpty()) {
            throw new CommandFailure(ExitStatus.USAGE, new Problem("", "", false,
                    named.isEmpty() ? "What is each network of the source to become?" : "These networks of the source are not mapped yet.",
                    "the VMs are in these networks:",
                    "Say it for each: " + open.stream().map(id -> "--network '" + names.getOrDefault(id, id) + "=" + DEFAULT + "'")
                            .collect(Collectors.joining(" "))
                            + ". `ignored` instead of the name of a network leaves the card out.",
                    open.stream().map(id -> names.getOrDefault(id, id) + " (of " + used.get(id) + ")").toList()));
        }
        return new Networks(targets, List.copyOf(chosen));
    }

    /// Of the source's networks, by id.
    static Map<String, String> names(JsonNode inventory) {
        var names = new LinkedHashMap<String, String>();
        Json.each(inventory, "networks").forEach(each -> names.put(Json.text(each, "id"), Json.text(each, "name")));
        return names;
    }

    /// Names of the VMs that are in each network.
    private static Map<String, String> used(List<Wanted> vms) {
        return vms.stream().flatMap(vm -> Json.each(vm.inventory(), "nics").map(nic -> Json.text(nic, "network")).distinct()
                .map(network -> Map.entry(network, vm.name())))
                .collect(Collectors.groupingBy(Map.Entry::getKey, LinkedHashMap::new,
                        Collectors.mapping(Map.Entry::getValue, Collectors.joining(", "))));
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
