package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/// One source folder of OVAs, one pool, and migrations from one to the other over REST.
final class Pipeline {
    /// Every phase in which nothing moves any more.
    private static final Set<String> ENDS = Set.of("Succeeded", "Failed", "Canceled");
    private final SmokeServer server;
    private final Path exports;
    private final String destination;
    private final Path pool;

    private Pipeline(SmokeServer server, Path exports, String destination, Path pool) {
        this.server = server;
        this.exports = exports;
        this.destination = destination;
        this.pool = pool;
    }

    /// Registers both providers and the mappings.
    static Pipeline register(SmokeServer server, Path exports, Path pool) {
        var rest = server.rest();
        rest.post("/providers", Map.of("name", "exports", "type", "ova", "url", exports.toString())).requireStatus(201);
        rest.post("/providers", Map.of("name", "pool", "type", "local", "url", pool.toString())).requireStatus(201);
        var pipeline = new Pipeline(server, exports, "pool", pool);
        pipeline.map();
        return pipeline;
    }

    /// From the same source to another destination that is registered already.
    Pipeline to(String provider, Path otherPool) {
        var other = new Pipeline(server, exports, provider, otherPool);
        other.map();
        return other;
    }

    private void map() {
        var provider = Map.of("source", "exports", "destination", destination);
        server.rest().post("/network-mappings", Map.of("name", "nets-" + destination, "provider", provider, "map",
                List.of(Map.of("source", Map.of("name", "VM Network"), "destination", Map.of("type", "ignored"))))).requireStatus(201);
        server.rest()
                .post("/storage-mappings", Map.of("name", "disks-" + destination, "provider", provider, "map", storageRows(server.rest())))
                .requireStatus(201);
    }

    /// The same providers and plans, on the server as it was started anew.
    Pipeline on(SmokeServer restarted) {
        return new Pipeline(restarted, exports, destination, pool);
    }

    Path exports() {
        return exports;
    }

    Path pool() {
        return pool;
    }

    /// Makes a plan for one VM of the inventory, as it is now, and returns its id.
    String plan(String name, String vm, Map<String, ?> settings) {
        server.rest().get("/providers/exports/inventory?refresh=true").requireStatus(200);
        var body = new HashMap<String, Object>(Map.of("name", name, "description", "", "targetNamespace", "vms", "provider",
                Map.of("source", "exports", "destination", destination), "map",
                Map.of("network", "nets-" + destination, "storage", "disks-" + destination), "type", "cold",
                "skipGuestConversion", false, "checkBoot", false, "vms", List.of(Map.of("name", vm))));
        body.putAll(settings);
        return server.rest().post("/plans", body).requireStatus(201).text("/id");
    }

    /// Starts a plan, and returns the id of its only VM migration.
    String start(String plan) {
        return server.rest().post("/plans/" + plan + "/start", Map.of()).requireStatus(202).text("/vms/0/id");
    }

    JsonNode vm(String vmMigration) {
        return server.rest().get("/vm-migrations/" + vmMigration).requireStatus(200).body();
    }

    /// Waits until nothing moves any more, and returns the view.
    JsonNode awaitEnd(String vmMigration) {
        await(vmMigration).atMost(180, SECONDS).until(() -> ENDS.contains(vm(vmMigration).path("phase").asString()));
        return vm(vmMigration);
    }

    JsonNode awaitSuccess(String vmMigration) {
        var view = awaitEnd(vmMigration);
        assertThat(view.path("phase").asString()).as("%s", view).isEqualTo("Succeeded");
        return view;
    }

    /// Waits for the fault that a VM migration fails with, and returns its code.
    String awaitFault(String vmMigration) {
        var view = awaitEnd(vmMigration);
        assertThat(view.path("phase").asString()).as("%s", view).isEqualTo("Failed");
        return view.at("/fault/code").asString();
    }

    String awaitStage(String vmMigration, String stage) {
        await(vmMigration + " in " + stage).atMost(120, SECONDS).until(() -> vm(vmMigration).path("stage").asString("").equals(stage));
        return stage;
    }

    void cancel(String vmMigration) {
        var migration = vm(vmMigration).path("migration").asString();
        server.rest().post("/migrations/" + migration + "/cancel", Map.of("vms", List.of(vmMigration))).requireStatus(202);
    }

    void retry(String vmMigration) {
        var migration = vm(vmMigration).path("migration").asString();
        server.rest().post("/migrations/" + migration + "/retry", Map.of("vms", List.of(vmMigration))).requireStatus(202);
    }

    List<JsonNode> journal(String vmMigration) {
        var entries = new ArrayList<JsonNode>();
        server.rest().get("/vm-migrations/" + vmMigration + "/journal").requireStatus(200).body().path("items").forEach(entries::add);
        return entries;
    }

    /// The stages of the itinerary in order.
    List<String> stages(String vmMigration) {
        var names = new ArrayList<String>();
        vm(vmMigration).path("pipeline").forEach(step -> step.path("stages").forEach(stage -> names.add(stage.path("name").asString())));
        return names;
    }

    int attempts(String vmMigration, String stage) {
        return vm(vmMigration).path("pipeline").valueStream().flatMap(step -> step.path("stages").valueStream())
                .filter(each -> each.path("name").asString().equals(stage)).findFirst().orElseThrow().path("attempt").asInt();
    }

    /// All that the pool holds of that VM migration or under that name.
    List<String> traces(String vmMigration, String vmName) {
        try (var files = Files.walk(pool)) {
            return files.map(pool::relativize).map(Path::toString).filter(name -> name.contains(vmMigration) || name.contains(vmName))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Map<String, ?>> storageRows(RestClient rest) {
        var rows = new ArrayList<Map<String, ?>>();
        rest.get("/providers/exports/inventory").requireStatus(200).body().path("storages")
                .forEach(storage -> rows.add(Map.of("source", Map.of("id", storage.path("id").asString()), "destination", Map.of())));
        return rows;
    }
}
