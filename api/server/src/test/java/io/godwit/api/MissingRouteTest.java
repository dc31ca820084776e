package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.routes.Dispatch;
import io.godwit.routes.StageRoute;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;

/// There is no other way to run a stage than its route: a server of its own, since it loses one.
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class MissingRouteTest {
    @TempDir
    private static Path data;

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry registry) {
        registry.add("godwit.data", () -> data.resolve("state"));
        registry.add("godwit.runtime-directory", () -> data.resolve("run"));
    }

    @LocalServerPort
    private int port;
    @Autowired
    private Dispatch dispatch;

    @Test
    void migrationsStopAtAStageWhoseRouteWasTakenAway() throws IOException {
        var client = new Client("http://127.0.0.1:" + port, Files.readString(data.resolve("state/token")).strip());
        dispatch.remove(new StageRoute("VerifyDisks", Duration.ofSeconds(45)));
        client.register("routeless", "web");
        var stopped = client.awaitPhase(client.start("routeless"), "Failed").path("vms").path(0);
        assertThat(stopped.path("stage").asString()).isEqualTo("VerifyDisks");
        assertThat(stopped.path("fault").path("code").asString()).isEqualTo("STAGE_ROUTE_MISSING");
        assertThat(stopped.path("fault").path("why").asString()).contains("stage-verify-disks");
    }
}
