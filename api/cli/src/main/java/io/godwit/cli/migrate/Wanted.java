package io.godwit.cli.migrate;

import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// A VM of the source that is to be migrated.
///
/// @param targetName empty = the source's name, made fit for the destination
/// @param inventory what the server read of it
public record Wanted(String id, String name, String targetName, JsonNode inventory) {
    /// The VMs that a person means; all that the source holds where none is named.
    ///
    /// @param named `NAME`, `NAME=NEWNAME`, or `id:ID` for the name
    public static List<Wanted> choose(JsonNode inventory, List<String> named) {
        var all = Json.each(inventory, "vms").toList();
        if (named.isEmpty()) {
            requireReadable(inventory);
            if (all.isEmpty()) {
                throw new CommandFailure(ExitStatus.REFUSED, Problem.of("", "The source holds no virtual machine.", "",
                        "Name an OVA, or a folder that holds some."));
            }
            return all.stream().map(vm -> of(vm, "")).toList();
        }
        var wanted = new ArrayList<Wanted>();
        for (var each : named) {
            int equals = each.lastIndexOf('=');
            var name = equals < 0 ? each : each.substring(0, equals);
            var found = all.stream().filter(vm -> name.startsWith("id:")
                    ? name.substring(3).equals(Json.text(vm, "id"))
                    : name.equals(Json.text(vm, "name"))).toList();
            if (found.size() != 1) {
                throw new CommandFailure(ExitStatus.REFUSED, new Problem("", "", false,
                        found.isEmpty()
                                ? "The source has no VM '" + name + "'."
                                : "The source has " + found.size() + " VMs '" + name + "'.",
                        all.isEmpty() ? "it has none that can be read" : "it has: " + names(all), found.isEmpty()
                                ? "Name one of them."
                                : "Name it by its id: " + found.stream().limit(20).map(vm -> "--vm 'id:" + Json.text(vm, "id") + "'")
                                        .collect(Collectors.joining(", or ")),
                        unreadable(inventory)));
            }
            var next = of(found.getFirst(), equals < 0 ? "" : each.substring(equals + 1));
            if (wanted.stream().anyMatch(one -> one.id().equals(next.id()))) {
                throw new CommandFailure(ExitStatus.USAGE, Problem.of("", "VM '" + name + "' is named twice.", "",
                        "Name it once, with its new name or without."));
            }
            wanted.add(next);
        }
        return List.copyOf(wanted);
    }

    /// Refuses VMs that would get one name, and says how each gets its own.
    static void requireNamesOfTheirOwn(List<Wanted> vms) {
        var names = vms.stream().map(Wanted::newName).collect(Collectors.toCollection(TreeSet::new));
        if (names.size() == vms.size()) {
            return;
        }
        var twice = names.stream().filter(name -> vms.stream().filter(vm -> vm.newName().equals(name)).count() > 1).toList();
        var words = new ArrayList<String>();
        for (var vm : vms) {
            var name = vm.targetName();
            if (twice.contains(vm.newName())) {
                name = Stream.iterate(1, i -> i + 1).map(i -> vm.newName() + "-" + i).filter(names::add).findFirst().orElseThrow();
            }
            words.add("--vm 'id:" + vm.id() + (name.isEmpty() ? "" : "=" + name) + "'");
        }
        throw new CommandFailure(ExitStatus.USAGE, new Problem("", "", false, "Several VMs would get the same name.",
                "these are taken by more than one: " + String.join(", ", twice),
                "Give each a name of its own: " + String.join(" ", words), List.of()));
    }

    /// As the destination makes it of the source's where no other is wanted.
    private String newName() {
        return targetName.isEmpty() ? name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]+", "-").replaceAll("^-+|-+$", "") : targetName;
    }

    /// Whether a person means this one.
    ///
    /// @param word name, or `id:ID`
    boolean isCalled(String word) {
        return word.startsWith("id:") ? word.substring(3).equals(id) : word.equals(name);
    }

    private static Wanted of(JsonNode vm, String targetName) {
        return new Wanted(Json.text(vm, "id"), Json.text(vm, "name"), targetName, vm);
    }

    private static void requireReadable(JsonNode inventory) {
        var unreadable = unreadable(inventory);
        if (!unreadable.isEmpty()) {
            throw new CommandFailure(ExitStatus.REFUSED, new Problem("", "", false, "Not all of the source can be read.",
                    "these are no VMs that could be migrated:", "Mend or remove them, or name the VMs that are to be migrated with --vm.",
                    unreadable));
        }
    }

    private static List<String> unreadable(JsonNode inventory) {
        return Json.each(inventory, "unreadable").map(each -> {
            var fault = Problem.read(each.path("fault"));
            return Json.text(each, "location") + ": " + fault.code() + ": " + fault.what() + ": " + fault.why();
        }).toList();
    }

    private static String names(List<JsonNode> vms) {
        return vms.stream().map(vm -> Json.text(vm, "name")).limit(20).collect(Collectors.joining(", "))
                + (vms.size() > 20 ? ", and " + (vms.size() - 20) + " more" : "");
    }
}
