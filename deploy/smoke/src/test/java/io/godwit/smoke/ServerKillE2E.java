package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// SIGKILL to the server before each stage: a migration goes on where it was and ends with the same bytes. [JobAtWorkE2E] kills in the middle
/// of jobs.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ServerKillE2E {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private SmokeServer server;
    private Pipeline pipeline;
    private ReferenceRun reference;

    @BeforeAll
    void migrateOnceUndisturbed() throws IOException {
        var exports = Files.createDirectories(folder.resolve("exports"));
        var ova = ReferenceRun.writeOva(exports, new SeededDisk(1, 24 << 20), new SeededDisk(2, 8 << 20));
        server = SmokeServer.start(folder);
        pipeline = Pipeline.register(server, exports, Files.createDirectories(folder.resolve("pool")));
        reference = ReferenceRun.of(pipeline, ova);
    }

    @AfterAll
    void end() {
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @Test
    void goesOnWhereItWasWhenTheServerIsKilledInEachStage() throws Exception {
        var plan = ReferenceRun.plan(pipeline, "killed");
        var stages = reference.stages(pipeline);
        stages.forEach(server.holds()::hold);
        var id = pipeline.start(plan);
        for (var stage : stages) {
            server.holds().awaitReached(stage);
            server.kill();
            server.holds().release(stage);
            server.restart();
            pipeline = pipeline.on(server);
        }
        reference.requireSame(pipeline, id);
        assertThat(stages).hasSizeGreaterThan(8);
    }
}
