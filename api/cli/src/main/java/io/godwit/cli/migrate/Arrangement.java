package io.godwit.cli.migrate;

import io.godwit.cli.rest.Collection;
import io.godwit.cli.rest.CommandFailure;
import io.godwit.cli.rest.ExitStatus;
import io.godwit.cli.rest.Json;
import io.godwit.cli.rest.Problem;
import io.godwit.cli.rest.Rest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/// Makes of an order what the server needs for it, and starts it; what an earlier command has made is used again.
public final class Arrangement {
    private static final String DESCRIPTION = "godwit migrate";
    /// A server that missed a pool, which is here again, says so for ten seconds.
    private static final Duration REMEMBERED = Duration.ofSeconds(15);
    private final Rest rest;
    private final Order order;
    private final String data;
    private final Consumer<String> note;

    /// For one order.
    ///
    /// @param data folder of the server, for the words that are told
    /// @param note what a person is told meanwhile
    public Arrangement(Rest rest, Order order, String data, Consumer<String> note) {
        this.rest = rest;
        this.order = order;
        this.data = data;
        this.note = note;
    }

    /// What is to be watched.
    ///
    /// @param vms VM migration to the migration that it is part of, in the order of the VMs
    /// @param retried VM migration to when it failed: that end is over, but may be shown until the retry is taken up
    /// @param concerns VM migration to what the source says of its VM
    /// @param unmet what keeps the order from being met, however well it ends
    /// @param moving whether anything is still to happen
    public record Arranged(Map<String, String> vms, Map<String, String> retried, Map<String, JsonNode> concerns, List<String> unmet,
            boolean moving) {
        public List<String> migrations() {
            return vms.values().stream().distinct().toList();
        }
    }

    public Arranged arrange() throws InterruptedException {
        return order.source().there() ? arrangeFromSource() : new SourceGone(rest, order, note).arrange();
    }

    private Arranged arrangeFromSource() throws InterruptedException {
        var source = source();
        var inventory = rest.get(Collection.PROVIDERS.pathOf(source) + "/inventory?refresh=true");
        var wanted = Wanted.choose(inventory, order.vms());
        order.guests().forEach(wish -> requireMeant(wish, wanted));
        var named = Networks.named(inventory, wanted, order.networks());
        var pool = pool(inventory, wanted, named);
        var plans = Earlier.plans(rest, source, pool);
        var migrations = Collection.items(Collection.MIGRATIONS.list(rest));
        var vms = new TreeMap<Integer, Map.Entry<String, String>>();
        var fresh = new ArrayList<Wanted>();
        var known = new LinkedHashMap<Wanted, Earlier>();
        for (int i = 0; i < wanted.size(); i++) {
            var vm = wanted.get(i);
            var earlier = Earlier.of(vm, plans, migrations).filter(this::isStillMeant);
            if (earlier.isPresent()) {
                known.put(vm, earlier.get());
                vms.put(i, Map.entry(earlier.get().vmMigration(), earlier.get().migration()));
            } else {
                fresh.add(vm);
            }
        }
        requireSomethingToDo(known, fresh);
        var unmet = known.isEmpty() ? List.<String>of() : differences(pool, known, named, Networks.names(inventory));
        known.values().forEach(this::tell);
        unmet.forEach(each -> note.accept("It goes on as it was started. " + each + "."));
        var networks = fresh.isEmpty() ? null : Networks.choose(inventory, fresh, named);
        Wanted.requireNamesOfTheirOwn(fresh);
        var retried = retry(known.values().stream().filter(Earlier::failed).toList());
        if (networks != null) {
            var started = start(source, pool, networks, fresh);
            Json.each(started, "vms").forEach(vm -> vms.put(
                    wanted.indexOf(
                            fresh.stream().filter(each -> each.id().equals(Json.text(vm.path("vm"), "id"))).findFirst().orElseThrow()),
                    Map.entry(Json.text(vm, "id"), Json.text(started, "id"))));
        }
        var concerns = new LinkedHashMap<String, JsonNode>();
        vms.forEach((i, vm) -> concerns.put(vm.getKey(), wanted.get(i).inventory().path("concerns")));
        return new Arranged(inOrder(vms.values()), retried, concerns, unmet,
                !fresh.isEmpty() || !known.values().stream().allMatch(Earlier::finished));
    }

    static Map<String, String> inOrder(java.util.Collection<Map.Entry<String, String>> vms) {
        return vms.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue, (first, _) -> first, LinkedHashMap::new));
    }

    private String source() {
        try {
            return provider("source", order.source().location(), order.certificates());
        } catch (CommandFailure e) {
            if (!e.problem().code().equals("PROVIDER_TYPE_UNKNOWN")) {
                throw e;
            }
            throw new CommandFailure(e.exitStatus(), Problem.of(e.problem().code(), order.source().location()
                    + " is nothing that `godwit migrate` takes.", e.problem().why(),
                    "Name an .ova file, an .ovf file with its disks beside it, a folder of them or of such folders, or the https address of one of them."),
                    e);
        }
    }

    /// Where there is no such folder yet, it is made when nothing else is open any more.
    private String pool(JsonNode inventory, List<Wanted> wanted, Map<String, String> networks) throws InterruptedException {
        var location = order.pool().location();
        if (order.pool().isThere()) {
            return provider("destination", location, "");
        }
        Networks.choose(inventory, wanted, networks);
        Wanted.requireNamesOfTheirOwn(wanted);
        order.pool().make(note);
        long deadline = System.nanoTime() + REMEMBERED.toNanos();
        while (true) {
            try {
                return provider("destination", location, "");
            } catch (CommandFailure e) {
                if (e.exitStatus() != ExitStatus.FAILED || System.nanoTime() - deadline > 0) {
                    throw e;
                }
                KernelLock.pause();
            }
        }
    }

    private String provider(String role, String url, String certificates) {
        var parts = certificates.isEmpty() ? List.of(role, url) : List.of(role, url, certificates);
        var name = Names.of(url.substring(url.lastIndexOf('/') + 1), parts);
        var there = Collection.items(Collection.PROVIDERS.list(rest)).stream()
                .filter(each -> role.equals(Json.text(each, "role")) && url.equals(Json.text(each, "url")))
                .filter(each -> certificates.isEmpty() || name.equals(Json.text(each, "name"))).findFirst();
        var provider = there.orElseGet(() -> {
            var body = Json.object("name", name).put("role", role).put("url", url);
            if (!certificates.isEmpty()) {
                body.putObject("secrets").put("certificates", certificates);
            }
            return rest.post(Collection.PROVIDERS.path(), body);
        });
        var fault = Problem.readIfPresent(provider.path("fault"));
        if (fault != null) {
            throw new CommandFailure(ExitStatus.FAILED, fault);
        }
        return Json.text(provider, "id");
    }

    private static void requireMeant(GuestWish wish, List<Wanted> wanted) {
        var meant = wanted.stream().filter(each -> each.isCalled(wish.vm())).toList();
        if (meant.size() != 1) {
            throw new CommandFailure(ExitStatus.USAGE, Problem.of("", wish.said() + " names "
                    + (meant.isEmpty() ? "no VM" : "several VMs") + " of those that are to be migrated.",
                    "these are: " + wanted.stream().map(each -> each.name() + " (id:" + each.id() + ")").limit(20)
                            .collect(Collectors.joining(", ")),
                    "Begin it with the name of one of them, or with id:ID, then = and the value."));
        }
    }

    /// A finished migration is looked at again: it counts only while its source and all that it made are as they were.
    private boolean isStillMeant(Earlier earlier) {
        if (!earlier.finished()) {
            return true;
        }
        var recheck = Recheck.of(rest, earlier);
        if (recheck.asItWas()) {
            return true;
        }
        var name = earlier.name();
        if (order.again()) {
            note.accept("VM " + name + " is migrated again: " + String.join("; ", recheck.changes()) + ".");
            return false;
        }
        if (recheck.onlyUnread()) {
            throw new CommandFailure(ExitStatus.FAILED, new Problem("", "", false,
                    "VM " + name + " was migrated at " + earlier.completed()
                            + ", and all of it is there; whether its source is as it was then "
                            + "cannot be told.",
                    "the source cannot be read now", "Run it again when the source can be read.", recheck.changes()));
        }
        throw new CommandFailure(ExitStatus.FAILED, new Problem("", "", false,
                "VM " + name + " was migrated at " + earlier.completed() + ", but things are not as they were then.", "",
                "Migrate it anew with --again, under another name with --vm '" + name + "=NEWNAME' if its old definition is still there.",
                recheck.changes()));
    }

    /// Who wants all of it anew, and has all of it, would have two VMs of one name.
    private void requireSomethingToDo(Map<Wanted, Earlier> known, List<Wanted> fresh) {
        if (!order.again() || !fresh.isEmpty() || !known.values().stream().allMatch(Earlier::finished)) {
            return;
        }
        throw new CommandFailure(ExitStatus.FAILED, new Problem("", "", false,
                "All that --again is to migrate anew is there, as it was migrated: its names are taken.", "",
                "Migrate it under other names, " + known.keySet().stream().map(vm -> "--vm '" + vm.name() + "=NEWNAME'").limit(20)
                        .collect(Collectors.joining(" ")) + ", or remove these definitions and their volumes first.",
                known.values().stream().map(each -> "VM " + each.name() + ": " + each.definition()).toList()));
    }

    /// What was started otherwise than is ordered now, as far as it may go on; refuses where it has ended, or has failed and would go on to the
    /// same end.
    private List<String> differences(String pool, Map<Wanted, Earlier> known, Map<String, String> networks, Map<String, String> names) {
        var format = Collection.PROVIDERS.find(rest, pool).map(each -> Json.text(each.path("settings"), "volumeFormat"))
                .filter(each -> !each.isEmpty()).orElse("raw");
        var all = new Differences(Collection.items(Collection.NETWORK_MAPPINGS.list(rest)),
                Collection.items(Collection.STORAGE_MAPPINGS.list(rest)), format);
        var finished = new ArrayList<String>();
        var failed = new ArrayList<String>();
        var going = new ArrayList<String>();
        known.forEach((vm, earlier) -> (earlier.finished() ? finished : earlier.failed() ? failed : going)
                .addAll(all.of(earlier, vm, order, networks, names)));
        if (!finished.isEmpty()) {
            throw new CommandFailure(ExitStatus.FAILED,
                    new Problem("", "", false, "It was migrated already, and otherwise than it is ordered now.",
                            "it is there as it was ordered then:",
                            "Take what is there with the words of then, or migrate it anew under another name: "
                                    + known.keySet().stream().map(vm -> "--vm '" + vm.name() + "=NEWNAME'").limit(20)
                                            .collect(Collectors.joining(" "))
                                    + ". To have it in its old place, remove its definition and its volumes first, and add --again.",
                            finished));
        }
        if (!failed.isEmpty()) {
            throw new CommandFailure(ExitStatus.FAILED, new Problem("", "", false,
                    "An earlier migration failed, and was started otherwise than it is ordered now.",
                    "it would go on as it was started:",
                    "With the words of then it goes on. To start anew with those of now, undo it first: "
                            + known.values().stream().filter(Earlier::failed).map(Earlier::migration).distinct()
                                    .map(each -> "godwit migration cancel " + each + " --data " + data)
                                    .collect(Collectors.joining("; ")),
                    failed));
        }
        return List.copyOf(going);
    }

    private void tell(Earlier earlier) {
        note.accept(earlier.finished()
                ? "VM " + earlier.name() + " was migrated already, at " + earlier.completed()
                        + "; its source, its definition and its volumes are as they were then."
                : "An earlier migration of VM " + earlier.name() + " goes on" + (earlier.failed() ? ", which had failed." : "."));
    }

    private Map<String, String> retry(List<Earlier> known) {
        known.stream().collect(Collectors.groupingBy(Earlier::migration, LinkedHashMap::new, Collectors.toList()))
                .forEach((migration, vms) -> {
                    var body = Json.object();
                    var ids = body.putArray("vms");
                    vms.forEach(vm -> ids.add(vm.vmMigration()));
                    rest.post(Collection.MIGRATIONS.pathOf(migration) + "/retry", body);
                });
        return known.stream().collect(Collectors.toMap(Earlier::vmMigration, Earlier::completed));
    }

    private JsonNode start(String source, String pool, Networks networks, List<Wanted> fresh) {
        networks.chosen().forEach(note);
        fresh.forEach(this::tellConcerns);
        var readable = fresh.size() == 1 ? fresh.getFirst().name() : order.source().name();
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
            wishes(each).filter(wish -> !wish.isKey()).forEach(wish -> wish.addTo(vm));
        });
        var made = order.guests().stream().anyMatch(GuestWish::isKey)
                ? planWithKeys(readable, plan, fresh)
                : ensure(Collection.PLANS, readable, plan);
        note.accept((fresh.size() == 1 ? "VM " : fresh.size() + " VMs: ")
                + fresh.stream().map(Wanted::name).limit(20).collect(Collectors.joining(", ")) + " to " + order.pool().location() + ".");
        try {
            return rest.post(Collection.PLANS.pathOf(made.id()) + "/start", null);
        } catch (CommandFailure e) {
            if (made.now() && e.exitStatus() == ExitStatus.REFUSED) {
                forget(made.id());
            }
            throw e;
        }
    }

    private void tellConcerns(Wanted vm) {
        Json.each(vm.inventory(), "concerns").filter(each -> !Json.text(each, "category").equals("Information"))
                .forEach(each -> note.accept(vm.name() + ": " + Json.text(each, "category") + ": " + Json.text(each, "label") + ": "
                        + Json.text(each, "assessment")));
    }

    private Stream<GuestWish> wishes(Wanted vm) {
        return order.guests().stream().filter(each -> vm.isCalled(each.vm()));
    }

    /// Always a plan of its own: keys cannot be compared with those of another, and no name may tell of them.
    private Made planWithKeys(String readable, ObjectNode plan, List<Wanted> fresh) {
        plan.put("name", Names.of(readable, List.of(plan.toString(), UUID.randomUUID().toString())));
        for (int i = 0; i < fresh.size(); i++) {
            var entry = (ObjectNode) plan.path("vms").path(i);
            wishes(fresh.get(i)).filter(GuestWish::isKey).forEach(wish -> wish.addTo(entry));
        }
        return new Made(Json.text(rest.post(Collection.PLANS.path(), plan), "id"), true);
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
        return ensure(Collection.NETWORK_MAPPINGS, "networks", mapping).id();
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
        return ensure(Collection.STORAGE_MAPPINGS, "disks", mapping).id();
    }

    private record Made(String id, boolean now) {}

    /// What is the same has the same name, and is made once.
    private Made ensure(Collection collection, String readable, ObjectNode body) {
        var name = Names.of(readable, List.of(body.toString()));
        return collection.find(rest, name).map(each -> new Made(Json.text(each, "id"), false))
                .orElseGet(() -> new Made(Json.text(rest.post(collection.path(), body.put("name", name)), "id"), true));
    }

    /// A plan that cannot be started is of no use to anybody.
    private void forget(String plan) {
        try {
            rest.delete(Collection.PLANS.pathOf(plan));
        } catch (CommandFailure e) {
            note.accept("Plan " + plan + " is left behind: " + e.problem().what());
        }
    }
}
