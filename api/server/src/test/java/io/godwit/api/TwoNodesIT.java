package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.store.PostgreSqlPeer;
import io.godwit.store.StoreSettings;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/// Two servers over one PostgreSQL: what one says, the other knows, and what is to happen once happens once. Only the platforms are fakes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@ExtendWith(PostgreSqlPeer.class)
class TwoNodesIT {
    private static final String[] PLANS = {"a", "b", "c", "d"};
    private InProcessServer first;
    private InProcessServer second;
    private Client one;
    private Client other;

    @BeforeAll
    void serve(@TempDir Path folder, StoreSettings.PostgreSql database) {
        var settings = new String[]{"--godwit.database.url=" + database.url(), "--godwit.database.username=" + database.user(),
                "--godwit.database.key-file=" + folder.resolve("shared.key")};
        first = InProcessServer.start(folder.resolve("1"), settings);
        second = InProcessServer.start(folder.resolve("2"), settings);
        one = first.client();
        other = second.client();
    }

    @AfterAll
    void end() {
        second.close();
        first.close();
    }

    @Test
    void aPlanIsStartedOnceByOneOfThem() {
        var at = Instant.now().plus(Duration.ofSeconds(8));
        for (var plan : PLANS) {
            one.register(plan, "web");
            one.post("/api/v1/plans/" + plan + "/start", "{\"at\":\"" + at + "\"}").requireStatus(202);
        }
        for (var plan : PLANS) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(other.get("/api/v1/plans/" + plan).json()
                    .path("scheduledStart").path("state").asString()).isEqualTo("Started"));
            var started = other.get("/api/v1/plans/" + plan).json().path("scheduledStart").path("migration").asString();
            other.awaitPhase(started, "Succeeded");
            assertThat(one.get("/api/v1/migrations").json().path("items").valueStream()
                    .filter(each -> each.path("plan").path("name").asString().equals(plan))
                    .map(each -> each.path("id").asString())).containsExactly(started);
        }
    }

    @Test
    void aReaderOfEventsGoesOnAtTheOther() {
        one.register("followed", "web");
        var path = "/api/v1/migrations/" + one.start("followed") + "/events";
        var whole = one.follow(path, null).readToTheEnd();
        assertThat(whole.getLast().name()).isEqualTo("end");
        var middle = whole.get(whole.size() / 2);
        assertThat(other.follow(path, middle.id()).readToTheEnd()).isEqualTo(whole.subList(whole.size() / 2 + 1, whole.size()));
        assertThat(other.follow(path, null).readToTheEnd()).isEqualTo(whole);
    }

    @Test
    void aRequestIsAnsweredOnceByBoth() {
        one.register("keyed", "web");
        var answer = one.withKey("two-nodes").post("/api/v1/plans/keyed/start", null).requireStatus(202);
        assertThat(other.withKey("two-nodes").post("/api/v1/plans/keyed/start", null).requireStatus(202).text()).isEqualTo(answer.text());
        one.awaitPhase(answer.json().path("id").asString(), "Succeeded");
    }
}
