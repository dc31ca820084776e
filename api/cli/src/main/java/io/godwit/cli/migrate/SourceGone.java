package io.godwit.cli.migrate;

import io.godwit.cli.migrate.Arrangement.Arranged;
import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import tools.jackson.databind.JsonNode;

/// What an order comes to whose source is no longer at its path: what was started of it is still watched, and told of.
final class SourceGone {
    private final Rest rest;
    private final Order order;
    private final Consumer<String> note;

    SourceGone(Rest rest, Order order, Consumer<String> note) {
        this.rest = rest;
        this.order = order;
        this.note = note;
    }

    Arranged arrange() {
        var source = provider("source", order.source().location());
        var pool = provider("destination", order.pool().location());
        var plans = Earlier.plans(rest, source, pool);
        var migrations = Collection.items(Collection.MIGRATIONS.list(rest));
        var known = Wanted.choose(inventory(plans), order.vms()).stream().map(vm -> Earlier.of(vm, plans, migrations))
                .flatMap(Optional::stream).toList();
        if (known.isEmpty()) {
            throw order.source().missing();
        }
        note.accept("The source " + order.source().location() + " is gone. This is what was started of it.");
        var unmet = new ArrayList<String>();
        for (var earlier : known) {
            if (earlier.failed()) {
                throw new CommandFailure(ExitStatus.FAILED, Problem.of("",
                        "The migration of VM " + earlier.name() + " failed, and its source "
                                + order.source().location() + " is gone.",
                        Json.text(earlier.vm().path("fault"), "what"),
                        "Put the source back where it was, and run the command again; or undo the migration " + earlier.migration() + "."));
            }
            if (earlier.finished()) {
                var recheck = Recheck.of(rest, earlier);
                unmet.add("VM " + earlier.name() + " was migrated at " + earlier.completed()
                        + ", and its source is gone, so that nobody can tell "
                        + "whether it was changed; " + (recheck.target().isEmpty()
                                ? "its definition and its volumes are as they were then"
                                : String.join("; ", recheck.target())));
            } else {
                note.accept("An earlier migration of VM " + earlier.name() + " goes on.");
            }
        }
        return new Arranged(Arrangement.inOrder(known.stream().map(each -> Map.entry(each.vmMigration(), each.migration())).toList()),
                Map.of(),
                Map.of(), List.copyOf(unmet), !known.stream().allMatch(Earlier::finished));
    }

    private String provider(String role, String url) {
        return Collection.items(Collection.PROVIDERS.list(rest)).stream()
                .filter(each -> role.equals(Json.text(each, "role")) && url.equals(Json.text(each, "url"))).findFirst()
                .map(each -> Json.text(each, "id")).orElseThrow(order.source()::missing);
    }

    /// As the plans remember it.
    private static JsonNode inventory(List<JsonNode> plans) {
        var inventory = Json.object();
        var vms = inventory.putArray("vms");
        plans.stream().flatMap(plan -> Json.each(plan, "vms"))
                .map(vm -> Json.object("id", Json.text(vm, "id")).put("name", Json.text(vm, "name"))).distinct().forEach(vms::add);
        return inventory;
    }
}
