package io.godwit.cli.migrate;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Rest;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// The latest migration of a VM from one source to one pool.
///
/// @param migration its id
/// @param vm the server's view of the VM's part of it
/// @param plan that was started
public record Earlier(String migration, JsonNode vm, JsonNode plan) {
    /// All that lead from one source to one pool.
    static List<JsonNode> plans(Rest rest, String source, String pool) {
        return Collection.items(Collection.PLANS.list(rest)).stream()
                .filter(plan -> source.equals(Json.text(plan.path("provider"), "source"))
                        && pool.equals(Json.text(plan.path("provider"), "destination")))
                .toList();
    }

    /// Of a VM, under the wanted name where one is wanted; a cancelled one counts for none.
    ///
    /// @param plans of that source and that pool
    static Optional<Earlier> of(Wanted wanted, List<JsonNode> plans, List<JsonNode> migrations) {
        Map<String, JsonNode> byId = plans.stream().collect(Collectors.toMap(each -> Json.text(each, "id"), Function.identity()));
        return migrations.stream().filter(each -> byId.containsKey(Json.text(each.path("plan"), "id")))
                .sorted(Comparator.comparing((JsonNode each) -> Json.text(each, "started")).reversed())
                .flatMap(each -> {
                    var plan = Objects.requireNonNull(byId.get(Json.text(each.path("plan"), "id")));
                    return Json.each(each, "vms").filter(vm -> wanted.id().equals(Json.text(vm.path("vm"), "id")))
                            .filter(_ -> isNamed(plan, wanted)).map(vm -> new Earlier(Json.text(each, "id"), vm, plan));
                })
                .filter(each -> !each.phase().equals("Canceled")).findFirst();
    }

    private static boolean isNamed(JsonNode plan, Wanted wanted) {
        return wanted.targetName().isEmpty() || Json.each(plan, "vms").filter(vm -> wanted.id().equals(Json.text(vm, "id")))
                .anyMatch(vm -> wanted.targetName().equals(Json.text(vm, "targetName")));
    }

    public String vmMigration() {
        return Json.text(vm, "id");
    }

    /// Of the VM at the source.
    String name() {
        return Json.reference(vm.path("vm"));
    }

    String completed() {
        return Json.text(vm, "completed");
    }

    String definition() {
        return Json.text(vm.path("targetVm"), "definition");
    }

    public String phase() {
        return Json.text(vm, "phase");
    }

    public boolean finished() {
        return phase().equals("Succeeded");
    }

    public boolean failed() {
        return phase().equals("Failed");
    }
}
