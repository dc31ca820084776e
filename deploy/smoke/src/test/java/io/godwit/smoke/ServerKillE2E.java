package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// SIGKILL to the server and to workers, in every stage: a migration goes on where it was and ends with the same bytes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServerKillE2E {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private SmokeServer server;
    private Pipeline pipeline;
    private Path ova;
    private String ovaDigest;
    private JsonNode reference;

    @BeforeAll
    void migratesOnceUndisturbed() throws IOException {
        var exports = Files.createDirectories(folder.resolve("exports"));
        var pool = Files.createDirectories(folder.resolve("pool"));
        ova = OvaFixture.ovftool("web").disk(new SeededDisk(1, 24 << 20)).disk(new SeededDisk(2, 8 << 20)).nic("VM Network", "VmxNet3", "")
                .write(exports.resolve("web.ova"));
        ovaDigest = Digests.sha256(ova);
        server = SmokeServer.start(folder, SmokeWorker.command());
        pipeline = Pipeline.register(server, exports, pool);
        reference = pipeline.awaitSuccess(pipeline.start(pipeline.plan("reference", "web", named("reference"))));
        assertThat(reference.path("disks")).hasSize(2).allMatch(disk -> disk.path("verified").asBoolean());
    }

    @AfterAll
    void end() {
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @Test
    void goesOnWhereItWasWhenTheServerIsKilledInEachStage() throws Exception {
        var plan = pipeline.plan("killed", "web", named("killed"));
        var stages = pipeline.stages(idOfReference());
        stages.forEach(server.holds()::hold);
        var id = pipeline.start(plan);
        for (var stage : stages) {
            server.holds().awaitReached(stage);
            server.kill();
            server.holds().release(stage);
            server.restart();
            pipeline = pipeline.on(server);
        }
        endsLikeTheReference(id);
        assertThat(stages).hasSizeGreaterThan(7);
    }

    @Test
    void adoptsTheWorkerThatOutlivedTheServer() throws Exception {
        server.holds().hold("CopyDisks");
        var id = pipeline.start(pipeline.plan("adopted", "web", named("adopted")));
        pipeline.awaitStage(id, "ConvertGuest");
        var worker = SmokeWorker.awaitRunning(pipeline.pool(), id);
        worker.pause();
        server.kill();
        server.restart();
        pipeline = pipeline.on(server);
        worker.resume();
        server.holds().awaitReached("CopyDisks");
        assertThat(worker.pidOfItsJob()).isEqualTo(worker.pid());
        server.holds().release("CopyDisks");
        endsLikeTheReference(id);
        assertThat(attempts(id, "ConvertGuest")).isEqualTo(1);
    }

    @Test
    void startsTheJobAgainWhenTheWholeGroupIsKilled() throws Exception {
        var id = pipeline.start(pipeline.plan("group", "web", named("group")));
        pipeline.awaitStage(id, "ConvertGuest");
        var worker = SmokeWorker.awaitRunning(pipeline.pool(), id);
        server.kill();
        worker.killGroup();
        server.restart();
        pipeline = pipeline.on(server);
        endsLikeTheReference(id);
        assertThat(attempts(id, "ConvertGuest")).isGreaterThan(1);
    }

    private void endsLikeTheReference(String id) throws IOException {
        var view = pipeline.awaitSuccess(id);
        assertThat(roots(view)).isEqualTo(roots(reference));
        var ended = pipeline.journal(id).stream().filter(entry -> entry.path("kind").asString().equals("STEP_ENDED"))
                .filter(entry -> entry.at("/data/fault").isMissingNode() || entry.at("/data/fault").isNull())
                .map(entry -> entry.path("step").asString()).toList();
        assertThat(ended).doesNotHaveDuplicates().hasSameSizeAs(pipeline.stages(id));
        assertThat(Digests.sha256(ova)).isEqualTo(ovaDigest);
        assertThat(view.path("leftovers")).isEmpty();
    }

    private int attempts(String id, String stage) {
        return pipeline.vm(id).path("pipeline").valueStream().flatMap(step -> step.path("stages").valueStream())
                .filter(each -> each.path("name").asString().equals(stage)).findFirst().orElseThrow().path("attempt").asInt();
    }

    private static List<String> roots(JsonNode view) {
        return view.path("disks").valueStream().map(disk -> disk.path("key").asString() + "=" + disk.path("targetRoot").asString())
                .toList();
    }

    private static Map<String, ?> named(String target) {
        return Map.of("vms", List.of(Map.of("name", "web", "targetName", target)));
    }

    private String idOfReference() {
        return reference.path("id").asString();
    }
}
