package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.WorkerJob;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/// Starts at a time over lives of a server, on the embedded database and with Quartz as it is; only the platforms are fakes.
class ScheduledStartIT {
    @TempDir
    private Path folder;

    @Test
    void startsOnceAtTheTimeOrWhenTheServerIsBackOrNotAtAll() throws Exception {
        Instant missedAt;
        try (var server = InProcessServer.start(folder)) {
            var client = server.client();
            for (var name : new String[]{"soon", "down", "missed", "refused", "taken", "moved"}) {
                client.register(name, "web");
            }
            assertThat(schedule(client, "soon", Instant.now().plusSeconds(2), "PT1H").path("state").asString()).isEqualTo("Scheduled");
            var started = awaitState(client, "soon", "Started");
            assertThat(client.awaitPhase(started.path("migration").asString(), "Succeeded").path("plan").path("name").asString())
                    .isEqualTo("soon");

            FakeDestinationFactory.pool("fake:refused")
                    .fates((_, job, _) -> Fate.endsWell(job instanceof WorkerJob.Copy ? Duration.ofHours(1) : Duration.ofMillis(10)));
            client.start("refused");
            schedule(client, "refused", Instant.now().plusSeconds(1), "PT1H");
            assertThat(awaitState(client, "refused", "Refused").path("fault").path("code").asString()).isEqualTo("PLAN_ALREADY_RUNNING");

            schedule(client, "taken", Instant.now().plusSeconds(3600), "PT1H");
            client.send("DELETE", "/api/v1/plans/taken/scheduled-start", null).requireStatus(204);
            assertThat(client.get("/api/v1/plans/taken").json().has("scheduledStart")).isFalse();
            assertThat(client.send("DELETE", "/api/v1/plans/taken/scheduled-start", null).requireStatus(409).json().path("code").asString())
                    .isEqualTo("NOTHING_SCHEDULED");

            schedule(client, "moved", Instant.now().plusSeconds(3600), "PT1H");
            schedule(client, "moved", Instant.now().plusSeconds(1), "PT1H");
            awaitState(client, "moved", "Started");

            missedAt = Instant.now().plusSeconds(3);
            schedule(client, "down", missedAt, "PT1H");
            schedule(client, "missed", missedAt, "PT0S");
        }
        await().atMost(Duration.ofSeconds(30)).until(() -> Instant.now().isAfter(missedAt.plusSeconds(1)));
        try (var server = InProcessServer.start(folder)) {
            var client = server.client();
            var late = awaitState(client, "down", "Started");
            client.awaitPhase(late.path("migration").asString(), "Succeeded");
            var missed = awaitState(client, "missed", "Missed");
            assertThat(missed.path("fault").path("code").asString()).isEqualTo("START_MISSED");
            assertThat(missed.path("fault").path("why").asString()).contains("no server ran before");
            assertThat(client.get("/api/v1/migrations").json().path("items").valueStream()
                    .filter(each -> each.path("plan").path("name").asString().equals("missed"))).isEmpty();
            assertThat(client.get("/api/v1/migrations").json().path("items").valueStream()
                    .filter(each -> each.path("plan").path("name").asString().equals("soon"))).hasSize(1);
        }
    }

    private static JsonNode schedule(Client client, String plan, Instant at, String within) {
        return client.post("/api/v1/plans/" + plan + "/start", """
                {"at":"%s","startWithin":"%s"}""".formatted(at, within)).requireStatus(202).json();
    }

    private static JsonNode awaitState(Client client, String plan, String state) {
        var last = new JsonNode[1];
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            last[0] = client.get("/api/v1/plans/" + plan).requireStatus(200).json().path("scheduledStart");
            assertThat(last[0].path("state").asString()).as(last[0].toString()).isEqualTo(state);
        });
        return last[0];
    }
}
