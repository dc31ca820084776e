package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// SIGKILL to the server between the order to start a plan at a time and that time: the plan is started once, at its time where the server is back by then, or
/// when it is back.
class ScheduledStartE2E {
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;

    @Test
    void startsOnceAlthoughTheServerWasKilledBeforeItsTime() throws IOException {
        var exports = Files.createDirectories(folder.resolve("exports"));
        for (var name : new String[]{"past", "ahead"}) {
            OvaFixture.ovftool(name).disk(new SeededDisk(11, 1 << 20)).nic("VM Network", "VmxNet3", "")
                    .write(exports.resolve(name + ".ova"));
        }
        try (var server = SmokeServer.start(folder)) {
            var pipeline = Pipeline.register(server, exports, Files.createDirectories(folder.resolve("pool")));
            var past = pipeline.plan("past", "past", Map.of("skipGuestConversion", true));
            var ahead = pipeline.plan("ahead", "ahead", Map.of("skipGuestConversion", true));
            var soon = Instant.now().plusSeconds(2);
            var later = Instant.now().plusSeconds(25);
            order(server, past, soon);
            order(server, ahead, later);

            server.kill();
            await().atMost(30, SECONDS).until(() -> Instant.now().isAfter(soon.plusSeconds(1)));
            server.restart();

            var missed = awaitStarted(server, past);
            var kept = awaitStarted(server, ahead);
            assertThat(Instant.parse(startOf(server, kept))).as("not before its time").isAfterOrEqualTo(later.minusSeconds(1));
            for (var migration : new String[]{missed, kept}) {
                await().atMost(120, SECONDS).until(
                        () -> server.rest().get("/migrations/" + migration).requireStatus(200).body().path("phase").asString()
                                .equals("Succeeded"));
            }
            var all = server.rest().get("/migrations").requireStatus(200).body().path("items");
            assertThat(all.valueStream().map(each -> each.at("/plan/name").asString())).as("each once")
                    .containsExactlyInAnyOrder("past", "ahead");
        } finally {
            SmokeWorker.killAllOf(folder);
        }
    }

    private static void order(SmokeServer server, String plan, Instant at) {
        var answer = server.rest().post("/plans/" + plan + "/start", Map.of("at", at.toString(), "startWithin", "PT1H")).requireStatus(202);
        assertThat(answer.text("/state")).isEqualTo("Scheduled");
    }

    /// @return the id of its migration
    private static String awaitStarted(SmokeServer server, String plan) {
        await(plan).atMost(120, SECONDS).until(() -> scheduled(server, plan).path("state").asString().equals("Started"));
        return scheduled(server, plan).path("migration").asString();
    }

    private static JsonNode scheduled(SmokeServer server, String plan) {
        return server.rest().get("/plans/" + plan).requireStatus(200).body().path("scheduledStart");
    }

    private static String startOf(SmokeServer server, String migration) {
        return server.rest().get("/migrations/" + migration).requireStatus(200).text("/started");
    }
}
