package io.godwit.cli.migrate;

import io.godwit.cli.rest.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/// What an earlier migration was started with, and who orders it again wants otherwise. What a person says nothing of, or what was done beyond
/// the order, is no difference.
///
/// @param networkMappings all that the server has
/// @param storageMappings the same
/// @param poolFormat what volumes of the pool are where nobody says otherwise
record Differences(List<JsonNode> networkMappings, List<JsonNode> storageMappings, String poolFormat) {
    /// One line each: `then` and `now`.
    ///
    /// @param networks what a person said of them, by the source's id
    /// @param names of the source's networks, by id
    List<String> of(Earlier earlier, Wanted wanted, Order order, Map<String, String> networks, Map<String, String> names) {
        var found = new ArrayList<String>();
        var plan = earlier.plan();
        if (plan.path("skipGuestConversion").asBoolean(false) == order.convert()) {
            found.add(order.convert() ? "then --no-convert, now with conversion" : "then with conversion, now --no-convert");
        }
        if (order.checkBoot() && !plan.path("checkBoot").asBoolean(true)) {
            found.add("then --no-boot-check, now with a boot check");
        }
        format(earlier, wanted).filter(then -> !order.volumeFormat().isEmpty() && !then.equals(order.volumeFormat()))
                .ifPresent(then -> found.add("then volumes in " + then + ", now in " + order.volumeFormat()));
        var mapping = mapping(networkMappings, plan, "network");
        nics(wanted).forEach(network -> {
            var now = networks.get(network);
            if (now != null) {
                mapping.flatMap(each -> target(each, network)).map(NetworkTargets::write).filter(then -> !then.equals(now))
                        .ifPresent(then -> found.add("then network '" + names.getOrDefault(network, network) + "' as '" + then
                                + "', now as '" + now + "'"));
            }
        });
        guest(earlier, wanted, order, found);
        return found.stream().map(each -> "VM " + wanted.name() + ": " + each).toList();
    }

    private static void guest(Earlier earlier, Wanted wanted, Order order, List<String> found) {
        var planned = Json.each(earlier.plan(), "vms").filter(vm -> wanted.id().equals(Json.text(vm, "id"))).findFirst();
        var wishes = order.guests().stream().filter(wish -> wanted.isCalled(wish.vm())).toList();
        var root = planned.map(vm -> Json.text(vm, "rootDisk")).orElse("");
        wishes.stream().filter(wish -> !wish.isKey() && !wish.device().equals(root)).forEach(wish -> found
                .add("then " + (root.isEmpty() ? "no --root" : "--root " + root) + ", now --root " + wish.device()));
        var now = wishes.stream().filter(GuestWish::isKey).map(GuestWish::device).distinct().sorted().toList();
        if (now.isEmpty() || earlier.finished()) {
            return;
        }
        var then = planned.stream().flatMap(vm -> Json.each(vm, "keyDevices")).map(each -> each.asString("")).sorted().toList();
        var fault = Json.text(earlier.vm().path("fault"), "code");
        if (!then.equals(now)) {
            found.add("then " + (then.isEmpty() ? "no key" : "keys for " + String.join(", ", then)) + ", now keys for "
                    + String.join(", ", now));
        } else if (fault.equals("GUEST_KEY_WRONG") || fault.equals("GUEST_ENCRYPTED")) {
            found.add("then a key that does not open the guest, now perhaps another");
        }
    }

    private Optional<String> format(Earlier earlier, Wanted wanted) {
        var storages = Json.each(wanted.inventory(), "disks").map(disk -> Json.text(disk, "storage")).toList();
        return mapping(storageMappings, earlier.plan(), "storage").flatMap(mapping -> Json.each(mapping, "map")
                .filter(pair -> storages.contains(Json.text(pair.path("source"), "id")))
                .map(pair -> Json.text(pair.path("destination"), "storageClass")).map(each -> each.isEmpty() ? poolFormat : each)
                .findFirst());
    }

    private static Optional<JsonNode> mapping(List<JsonNode> all, JsonNode plan, String kind) {
        var id = Json.reference(plan.path("map").path(kind));
        return all.stream().filter(each -> id.equals(Json.text(each, "id"))).findFirst();
    }

    private static Stream<String> nics(Wanted wanted) {
        return Json.each(wanted.inventory(), "nics").map(nic -> Json.text(nic, "network")).distinct();
    }

    private static Optional<JsonNode> target(JsonNode mapping, String network) {
        return Json.each(mapping, "map").filter(pair -> network.equals(Json.text(pair.path("source"), "id")))
                .map(pair -> pair.path("destination")).findFirst();
    }
}
