package io.godwit.cli.migrate;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes of an order what the server needs for it, and starts it; what an earlier command has made is used again.
public final class Arrangement {
    private static final String DESCRIPTION = "godwit migrate";
    private final Rest rest;
    private final Order order;
    private final Consumer<String> note;

    /// For one order.
    ///
    /// @param note what a person is told meanwhile
    public Arrangement(Rest rest, Order order, Consumer<String> note) {
        this.rest = rest;
        this.order = order;
        this.note = note;
    }

    /// What is to be watched.
    ///
    /// @param vms VM migration to the migration that it is part of, in the order of the VMs
    /// @param retried VM migration to when it failed: that end is over, but may be shown until the retry is taken up
    /// @param moving whether anything is still to happen
    public record Arranged(Map<String, String> vms, Map<String, String> retried, boolean moving) {
        public List<String> migrations() {
            return vms.values().stream().distinct().toList();
        }
    }

    public Arranged arrange() {
        var source = provider("source", order.source());
        var pool = provider("destination", order.pool());
        var inventory = rest.get(Collection.PROVIDERS.pathOf(source) + "/inventory?refresh=true");
        var wanted = Wanted.choose(inventory, order.vms());
        var plans = Collection.items(Collection.PLANS.list(rest)).stream()
                .filter(plan -> source.equals(Json.text(plan.path("provider"), "source"))
                        && pool.equals(Json.text(plan.path("provider"), "destination")))
                .toList();
        var migrations = Collection.items(Collection.MIGRATIONS.list(rest));
        var vms = new TreeMap<Integer, Map.Entry<String, String>>();
        var fresh = new ArrayList<Wanted>();
        var known = new ArrayList<Earlier>();
        for (int i = 0; i < wanted.size(); i++) {
            var earlier = Earlier.of(wanted.get(i), plans, migrations).filter(this::isStillMeant);
            if (earlier.isPresent()) {
                known.add(earlier.get());
                vms.put(i, Map.entry(earlier.get().vmMigration(), earlier.get().migration()));
            } else {
                fresh.add(wanted.get(i));
            }
        }
        known.forEach(this::tell);
        var retried = retry(known);
        if (!fresh.isEmpty()) {
            var started = start(source, pool, inventory, fresh);
            Json.each(started, "vms").forEach(vm -> vms.put(
                    wanted.indexOf(
                            fresh.stream().filter(each -> each.id().equals(Json.text(vm.path("vm"), "id"))).findFirst().orElseThrow()),
                    Map.entry(Json.text(vm, "id"), Json.text(started, "id"))));
        }
        return new Arranged(vms.values().stream()
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (first, _) -> first, LinkedHashMap::new)),
                retried, !fresh.isEmpty() || !known.stream().allMatch(Earlier::finished));
    }

    private String provider(String role, String url) {
        var there = Collection.items(Collection.PROVIDERS.list(rest)).stream()
                .filter(each -> role.equals(Json.text(each, "role")) && url.equals(Json.text(each, "url"))).findFirst();
        var provider = there.orElseGet(() -> rest.post(Collection.PROVIDERS.path(),
                Json.object("name", Names.of(url.substring(url.lastIndexOf('/') + 1), List.of(role, url))).put("role", role).put("url",
                        url)));
        var fault = Problem.readIfPresent(provider.path("fault"));
        if (fault != null) {
            throw new CommandFailure(ExitStatus.FAILED, fault);
        }
        return Json.text(provider, "id");
    }

    /// A finished migration is looked at again: it counts only while its source and all that it made are as they were.
    private boolean isStillMeant(Earlier earlier) {
        if (!earlier.finished()) {
            return true;
        }
        var recheck = rest.get("/vm-migrations/" + Rest.segment(earlier.vmMigration()) + "/recheck");
        if (recheck.path("asItWas").asBoolean(false)) {
            return true;
        }
        var name = Json.reference(earlier.vm().path("vm"));
        var changes = Stream.concat(Stream.of(Json.text(recheck, "source")), Json.each(recheck, "target").map(each -> each.asString("")))
                .filter(each -> !each.isBlank()).toList();
        if (order.again()) {
            note.accept("VM " + name + " is migrated again: " + String.join("; ", changes) + ".");
            return false;
        }
        throw new CommandFailure(ExitStatus.FAILED, new Problem("", "", false,
                "VM " + name + " was migrated at " + Json.text(earlier.vm(), "completed") + ", but things are not as they were then.", "",
                "Migrate it anew with --again, under another name with --vm '" + name + "=NEWNAME' if its old definition is still there.",
                changes));
    }

    private void tell(Earlier earlier) {
        var name = Json.reference(earlier.vm().path("vm"));
        if (earlier.finished()) {
            note.accept("VM " + name + " was migrated already, at " + Json.text(earlier.vm(), "completed")
                    + "; its source, its definition and its volumes are as they were then.");
            return;
        }
        note.accept("An earlier migration of VM " + name + " goes on" + (earlier.failed() ? ", which had failed." : "."));
        var plan = earlier.plan();
        if (plan.path("skipGuestConversion").asBoolean(false) == order.convert()
                || plan.path("checkBoot").asBoolean(true) != order.checkBoot()) {
            note.accept("It goes on as it was started: " + (plan.path("skipGuestConversion").asBoolean(false) ? "without" : "with")
                    + " conversion, " + (plan.path("checkBoot").asBoolean(true) ? "with" : "without") + " boot check.");
        }
    }

    private Map<String, String> retry(List<Earlier> known) {
        var failed = known.stream().filter(Earlier::failed)
                .collect(Collectors.groupingBy(Earlier::migration, LinkedHashMap::new, Collectors.toList()));
        failed.forEach((migration, vms) -> {
            var body = Json.object();
            var ids = body.putArray("vms");
            vms.forEach(vm -> ids.add(vm.vmMigration()));
            rest.post(Collection.MIGRATIONS.pathOf(migration) + "/retry", body);
        });
        return known.stream().filter(Earlier::failed)
                .collect(Collectors.toMap(Earlier::vmMigration, each -> Json.text(each.vm(), "completed")));
    }

    private JsonNode start(String source, String pool, JsonNode inventory, List<Wanted> fresh) {
        var networks = Networks.choose(inventory, fresh, order.networks());
        if (!networks.chosen().isEmpty()) {
            note.accept(networks.chosen());
        }
        var readable = fresh.size() == 1 ? fresh.getFirst().name() : order.source().substring(order.source().lastIndexOf('/') + 1);
        var plan = Json.object().put("description", DESCRIPTION).put("type", "cold").put("skipGuestConversion", !order.convert())
                .put("checkBoot", order.checkBoot());
        plan.set("provider", Json.providers(source, pool));
        plan.putObject("map").put("network", networkMapping(source, pool, networks)).put("storage", storageMapping(source, pool, fresh));
        var vms = plan.putArray("vms");
        fresh.forEach(each -> {
            var vm = vms.addObject().put("id", each.id());
            if (!each.targetName().isEmpty()) {
                vm.put("targetName", each.targetName());
            }
        });
        var id = ensure(Collection.PLANS, readable, plan);
        note.accept((fresh.size() == 1 ? "VM " : fresh.size() + " VMs: ")
                + fresh.stream().map(Wanted::name).limit(20).collect(Collectors.joining(", ")) + " to " + order.pool() + ".");
        return rest.post(Collection.PLANS.pathOf(id) + "/start", null);
    }

    private String networkMapping(String source, String pool, Networks networks) {
        var mapping = Json.object();
        mapping.set("provider", Json.providers(source, pool));
        var map = mapping.putArray("map");
        networks.targets().forEach((network, target) -> {
            var pair = map.addObject();
            pair.set("source", Json.object("id", network));
            pair.set("destination", NetworkTargets.parse(target));
        });
        return ensure(Collection.NETWORK_MAPPINGS, "networks", mapping);
    }

    private String storageMapping(String source, String pool, List<Wanted> vms) {
        var mapping = Json.object();
        mapping.set("provider", Json.providers(source, pool));
        var map = mapping.putArray("map");
        vms.stream().flatMap(vm -> Json.each(vm.inventory(), "disks")).map(disk -> Json.text(disk, "storage")).distinct().sorted()
                .forEach(storage -> {
                    var pair = map.addObject();
                    pair.set("source", Json.object("id", storage));
                    var destination = pair.putObject("destination");
                    if (!order.volumeFormat().isEmpty()) {
                        destination.put("storageClass", order.volumeFormat());
                    }
                });
        return ensure(Collection.STORAGE_MAPPINGS, "disks", mapping);
    }

    /// What is the same has the same name, and is made once.
    private String ensure(Collection collection, String readable, ObjectNode body) {
        var name = Names.of(readable, List.of(body.toString()));
        return collection.find(rest, name).map(each -> Json.text(each, "id"))
                .orElseGet(() -> Json.text(rest.post(collection.path(), body.put("name", name)), "id"));
    }
}
