package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/// The whole server on the embedded database, over sockets; only the platforms are fakes.
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ServerTest {
    private static final Fault FULL = new Fault("POOL_FULL", Blame.DESTINATION, false, "disk-0 of web", "the pool is full", "Free space.");

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
    @Qualifier("requestMappingHandlerMapping")
    private RequestMappingHandlerMapping mappings;
    private Client client = new Client("", "");

    @BeforeEach
    void connect() throws IOException {
        client = new Client("http://127.0.0.1:" + port, Files.readString(data.resolve("state/token")).strip());
    }

    @Test
    void migratesAPlanToTheEnd() {
        client.register("whole", "web", "db");
        assertThat(client.post("/api/v1/plans/whole/validate", null).requireStatus(200).json().path("ready").asBoolean()).isTrue();
        var done = client.awaitPhase(client.start("whole"), "Succeeded");
        assertThat(done.path("vms").size()).isEqualTo(2);
        for (var vm : done.path("vms")) {
            assertThat(vm.path("phase").asString()).isEqualTo("Succeeded");
            assertThat(vm.path("targetVm").path("name").asString()).isEqualTo(vm.path("vm").path("name").asString());
            assertThat(vm.path("boot").path("verdict").asString()).isEqualTo("booted");
            assertThat(vm.path("disks").size()).isEqualTo(2);
            assertThat(vm.path("disks").path(0).path("verified").asBoolean()).isTrue();
            assertThat(vm.path("leftovers").isEmpty()).isTrue();
            var steps = new ArrayList<String>();
            vm.path("pipeline").forEach(step -> steps.add(step.path("name").asString() + " " + step.path("phase").asString()));
            assertThat(steps).containsExactly("Initialize Completed", "AllocateDisks Completed", "ConvertImage Completed",
                    "CopyDisks Completed",
                    "CreateVM Completed");
            var journal = client.get("/api/v1/vm-migrations/" + vm.path("id").asString() + "/journal").requireStatus(200).json();
            assertThat(journal.path("items").path(0).path("kind").asString()).isEqualTo("CREATED");
            assertThat(journal.path("items").size()).isGreaterThan(20);
        }
        var metrics = client.get("/actuator/prometheus").requireStatus(200).text();
        assertThat(metrics).contains("godwit_route_seconds_count{failed=\"false\",route=\"stage-copy-disks\"}",
                "godwit_stage_seconds_count{stage=\"CopyDisks\"}", "godwit_vm_migrations{phase=\"succeeded\"}");
    }

    @Test
    void refusesASecondStartAndCancelsTheFirst() {
        FakeDestinationFactory.pool("fake:twice")
                .fates((_, job, _) -> Fate.endsWell(job instanceof WorkerJob.Copy ? Duration.ofHours(1) : Duration.ofMillis(10)));
        client.register("twice", "web");
        var migration = client.start("twice");
        assertThat(client.post("/api/v1/plans/twice/start", null).requireStatus(409).json().path("code").asString())
                .isEqualTo("PLAN_ALREADY_RUNNING");
        await().atMost(Duration.ofSeconds(60))
                .untilAsserted(() -> assertThat(client.get("/api/v1/migrations/" + migration).json().path("vms")
                        .path(0).path("waitingFor").asString("")).isNotEmpty());
        client.post("/api/v1/migrations/" + migration + "/cancel", null).requireStatus(202);
        var canceled = client.awaitPhase(migration, "Canceled");
        assertThat(canceled.path("vms").path(0).path("leftovers").isEmpty()).isTrue();
        assertThat(client.post("/api/v1/migrations/" + migration + "/cancel", null).requireStatus(409).json().path("code").asString())
                .isEqualTo("NOTHING_TO_CANCEL");
        assertThat(client.send("DELETE", "/api/v1/plans/twice", null).requireStatus(204).text()).isEmpty();
    }

    @Test
    void parksAFaultAndGoesOnAtThatStepWhenRetried() {
        var pool = FakeDestinationFactory.pool("fake:again");
        pool.fates((_, job, _) -> new Fate(Duration.ofMillis(10), job instanceof WorkerJob.Copy ? Optional.of(FULL) : Optional.empty()));
        client.register("again", "web");
        var migration = client.start("again");
        var failed = client.awaitPhase(migration, "Failed").path("vms").path(0);
        assertThat(failed.path("stage").asString()).isEqualTo("CopyDisks");
        assertThat(failed.path("fault").path("code").asString()).isEqualTo("POOL_FULL");
        assertThat(failed.path("fault").path("remedy").asString()).isEqualTo("Free space.");
        pool.fates((_, _, _) -> Fate.endsWell(Duration.ofMillis(10)));
        client.post("/api/v1/migrations/" + migration + "/retry", null).requireStatus(202);
        var done = client.awaitPhase(migration, "Succeeded").path("vms").path(0);
        assertThat(done.path("fault").isMissingNode()).isTrue();
    }

    @Test
    void tellsRunningCopiesWhatTheyMayTake() {
        FakeDestinationFactory.pool("fake:limited")
                .fates((_, job, _) -> Fate.endsWell(job instanceof WorkerJob.Copy ? Duration.ofHours(1) : Duration.ofMillis(10)));
        client.register("limited", "web");
        limit("wan", 8 << 20);
        var migration = client.start("limited");
        var vm = client.get("/api/v1/migrations/" + migration).json().path("vms").path(0).path("id").asString();
        awaitBytesPerSecond(vm, 8 << 20);
        var limits = client.get("/api/v1/vm-migrations/" + vm).json().path("limits");
        assertThat(limits.path("names").path(0).asString()).isEqualTo("wan");
        assertThat(limits.path("bytesBoundBy").asString()).isEqualTo("wan");
        limit("wan", 4 << 20);
        awaitBytesPerSecond(vm, 4 << 20);
        assertThat(client.send("DELETE", "/api/v1/providers/limited-from", null).requireStatus(409).json().path("code").asString())
                .isEqualTo("PROVIDER_IN_USE");
        client.send("DELETE", "/api/v1/limits/wan", null).requireStatus(204);
        awaitBytesPerSecond(vm, 0);
        limit("wan", 2 << 20);
        awaitBytesPerSecond(vm, 2 << 20);
        client.post("/api/v1/migrations/" + migration + "/cancel", null).requireStatus(202);
        client.awaitPhase(migration, "Canceled");
        awaitBytesPerSecond(vm, 0);
        client.send("DELETE", "/api/v1/limits/wan", null).requireStatus(204);
    }

    private void limit(String name, long bytesPerSecond) {
        client.send("PUT", "/api/v1/limits/" + name, """
                {"scope":{"type":"link","providers":["limited-from"]},"bytesPerSecond":%d,
                 "windows":[{"days":["Mon"],"from":"03:00","to":"03:00","zone":"UTC","bytesPerSecond":%1$d}]}""".formatted(bytesPerSecond))
                .requireStatus(200);
    }

    private void awaitBytesPerSecond(String vm, long bytesPerSecond) {
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(
                client.get("/api/v1/vm-migrations/" + vm).requireStatus(200).json().path("limits").path("bytesPerSecond").asLong(0))
                .isEqualTo(bytesPerSecond));
    }

    @Test
    void showsNothingWithoutTheToken() {
        var stranger = new Client("http://127.0.0.1:" + port, "");
        for (var path : new String[]{"/api/v1/plans", "/api/v1/openapi.json", "/actuator/prometheus", "/actuator", "/", "/nothing"}) {
            var refused = stranger.get(path).requireStatus(401);
            assertThat(refused.json().path("code").asString()).isEqualTo("TOKEN_MISSING");
        }
        assertThat(stranger.get("/api/v1/health").requireStatus(200).json().path("status").asString()).isEqualTo("UP");
        assertThat(client.get("/nothing").requireStatus(404).json().path("code").asString()).isEqualTo("NOT_FOUND");
    }

    @Test
    void describesEveryPath() {
        var document = client.get("/api/v1/openapi.json").requireStatus(200).json();
        assertThat(document.path("openapi").asString()).startsWith("3.1");
        var described = new TreeSet<String>();
        document.path("paths").properties().forEach(path -> path.getValue().properties()
                .forEach(operation -> described.add(operation.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey())));
        var served = new TreeSet<String>();
        mappings.getHandlerMethods().forEach((mapping, method) -> {
            if (method.getBeanType().getPackageName().startsWith("io.godwit")) {
                mapping.getPatternValues().forEach(path -> mapping.getMethodsCondition().getMethods()
                        .forEach(verb -> served.add(verb + " " + path)));
            }
        });
        assertThat(served).contains("GET /api/v1/health", "POST /api/v1/plans/{id}/start", "POST /api/v1/migrations/{id}/retry");
        assertThat(described).isEqualTo(served);
        assertThat(document.path("components").path("schemas").path("Problem").path("properties").has("remedy")).isTrue();
        assertThat(document.path("components").path("schemas").path("PlanRequest").path("properties").properties().stream()
                .map(property -> property.getKey()))
                .containsExactlyInAnyOrderElementsOf(Set.of("name", "description", "targetNamespace", "provider", "map", "type",
                        "skipGuestConversion", "checkBoot", "vms"));
    }

    @Test
    void tellsProgramsOnThisMachineWhereItIs() throws IOException {
        assertThat(Files.readString(data.resolve("state/server.json"))).contains("\"url\":\"http://127.0.0.1:" + port + "\"",
                "\"pid\":" + ProcessHandle.current().pid(), "\"startedAt\":\"");
    }
}
