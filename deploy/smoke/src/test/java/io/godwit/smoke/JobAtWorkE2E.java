package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tools.jackson.databind.JsonNode;

/// Kills and cancels that find a worker in the middle of its job, for each kind of job.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class JobAtWorkE2E {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private SmokeServer server;
    private Pipeline pipeline;
    private ReferenceRun reference;

    @BeforeAll
    void migrateOnceUndisturbed() throws IOException {
        var exports = Files.createDirectories(folder.resolve("exports"));
        var ova = ReferenceRun.writeOva(exports, new SeededDisk(1, 160 << 20)); // two seconds and more at the limit of SmokeWorker
        server = SmokeServer.start(folder);
        pipeline = Pipeline.register(server, exports, Files.createDirectories(folder.resolve("pool")));
        reference = ReferenceRun.of(pipeline, ova);
        assertThat(resumedBytes(reference.view().path("id").asString())).isZero();
    }

    @AfterAll
    void end() {
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @AfterEach
    void releaseAll() {
        for (var each : AtWork.values()) {
            server.holds().releaseJob(each.job());
        }
    }

    @ParameterizedTest
    @EnumSource
    void adoptsTheWorkerThatOutlivedTheServer(AtWork job) throws IOException {
        var stages = reference.stages(pipeline);
        var next = stages.get(stages.indexOf(job.stage()) + 1);
        server.holds().holdJob(job.job());
        server.holds().hold(next);
        var id = pipeline.start(ReferenceRun.plan(pipeline, "adopted-" + job.job()));
        var worker = job.catchIt(pipeline.pool(), id);

        server.kill();
        server.restart();
        pipeline = pipeline.on(server);
        worker.requireAtWork();
        job.goOn(worker, server.holds());

        server.holds().awaitReached(next);
        assertThat(worker.pidOfItsJob()).isEqualTo(worker.pid());
        server.holds().release(next);
        reference.requireSame(pipeline, id);
        assertThat(pipeline.attempts(id, job.stage())).isEqualTo(1);
        assertThat(resumedBytes(id)).isZero();
    }

    @ParameterizedTest
    @EnumSource
    void goesOnWithAnotherWorkerWhenTheWholeGroupIsKilled(AtWork job) throws IOException {
        server.holds().holdJob(job.job());
        var id = pipeline.start(ReferenceRun.plan(pipeline, "group-" + job.job()));
        var worker = job.catchIt(pipeline.pool(), id);

        server.kill();
        worker.killGroup();
        server.holds().releaseJob(job.job());
        server.restart();
        pipeline = pipeline.on(server);

        reference.requireSame(pipeline, id);
        assertThat(pipeline.attempts(id, job.stage())).isGreaterThan(1);
        if (job == AtWork.COPY) {
            assertThat(resumedBytes(id)).as("bytes that were not copied again").isPositive().isLessThan(dataBytes(id));
        }
    }

    @ParameterizedTest
    @EnumSource
    void endsTheWorkerWhenItIsCanceled(AtWork job) {
        var name = "cancel-" + job.job();
        server.holds().holdJob(job.job());
        var id = pipeline.start(ReferenceRun.plan(pipeline, name));
        job.catchIt(pipeline.pool(), id);

        pipeline.cancel(id);

        var view = pipeline.awaitEnd(id);
        assertThat(view.path("phase").asString()).as("%s", view).isEqualTo("Canceled");
        assertThat(view.path("leftovers")).isEmpty();
        assertThat(SmokeWorker.processesOf(pipeline.pool(), id)).isEmpty();
        assertThat(pipeline.traces(id, name)).isEmpty();
    }

    /// As the worker that ended the copy reported it: what an earlier one had copied already.
    private long resumedBytes(String id) {
        return copied(id).path("resumedBytes").asLong();
    }

    private long dataBytes(String id) {
        return copied(id).path("dataBytes").asLong();
    }

    private JsonNode copied(String id) {
        return pipeline.journal(id).stream().filter(entry -> entry.path("type").asString().contains("disks-copied")).findFirst()
                .orElseThrow().at("/data/disks/0");
    }
}
