package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.BootSector;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// Cancel in every stage leaves nothing of ours in the pool and the OVA as it was; what runs beside is not touched.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CancelE2E {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private SmokeServer server;
    private Pipeline pipeline;
    private Path ova;

    @BeforeAll
    void start() throws IOException {
        var exports = Files.createDirectories(folder.resolve("exports"));
        var pool = Files.createDirectories(folder.resolve("pool"));
        ova = OvaFixture.vsphere("db").disk(new SeededDisk(3, 8 << 20), BootSector.saying("\r\ndb login: ")).memoryMib(64)
                .nic("VM Network", "VmxNet3", "").write(exports.resolve("db.ova"));
        server = SmokeServer.start(folder);
        pipeline = Pipeline.register(server, exports, pool);
    }

    @AfterAll
    void end() {
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @Test
    void leavesNothingInWhicheverStageItComes() throws IOException {
        var before = Digests.sha256(ova);
        var neighbour = Files.writeString(pipeline.pool().resolve("not-ours.raw"), "somebody else's");
        var stages = pipeline.stages(pipeline.start(pipeline.plan("whole", "db", named("whole"))));
        assertThat(stages).contains("CheckBoot").hasSizeGreaterThan(8);
        for (var stage : stages) {
            var name = "cancel-" + stage.toLowerCase(Locale.ROOT);
            server.holds().hold(stage);
            var id = pipeline.start(pipeline.plan(name, "db", named(name)));
            server.holds().awaitReached(stage);
            pipeline.cancel(id);
            server.holds().release(stage);
            var view = pipeline.awaitEnd(id);
            assertThat(view.path("phase").asString()).as("cancelled in %s: %s", stage, view).isEqualTo("Canceled");
            assertThat(view.path("leftovers")).isEmpty();
            assertThat(pipeline.traces(id, name)).as("left by a cancel in %s", stage).isEmpty();
            assertThat(SmokeWorker.processesOf(pipeline.pool(), id)).as("processes left by a cancel in %s", stage).isEmpty();
        }
        assertThat(Digests.sha256(ova)).isEqualTo(before);
        assertThat(neighbour).hasContent("somebody else's");
    }

    @Test
    void refusesASecondStartOfARunningPlan() {
        var plan = pipeline.plan("twice", "db", named("twice"));
        server.holds().hold("CreateVm");
        var id = pipeline.start(plan);
        assertThat(server.rest().post("/plans/" + plan + "/start", Map.of()).requireStatus(409).text("/code"))
                .isEqualTo("PLAN_ALREADY_RUNNING");
        server.holds().awaitReached("CreateVm");
        server.holds().release("CreateVm");
        pipeline.awaitSuccess(id);
    }

    private static Map<String, ?> named(String target) {
        return Map.of("checkBoot", true, "vms", List.of(Map.of("name", "db", "targetName", target)));
    }
}
