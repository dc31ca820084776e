package io.godwit.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.WorkerJob;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.testkit.FakeWorkerPool.Fate;
import io.swagger.v3.oas.annotations.Hidden;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.beans.factory.annotation.Qualifier;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.test.context.DynamicPropertyRegistry;
import org.springframework.test.context.DynamicPropertySource;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;
import tools.jackson.databind.JsonNode;

/// The whole server on the embedded database, over sockets; only the platforms are fakes.
@SpringBootTest(webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT)
class ServerTest {
    private static final Fault BUSY = new Fault("POOL_BUSY", Blame.DESTINATION, true, "disk-0 of web", "the pool is busy", "Wait.");
    private static final Fault FULL = new Fault("POOL_FULL", Blame.DESTINATION, false, "disk-0 of web", "the pool is full", "Free space.");

    @TempDir
    private static Path data;

    @DynamicPropertySource
    static void settings(DynamicPropertyRegistry registry) {
        registry.add("godwit.data", () -> data.resolve("state"));
        registry.add("godwit.runtime-directory", () -> data.resolve("run"));
        registry.add("server.tomcat.connection-timeout", () -> "2s");
    }

    /// Small ones, so that little is under way to who does not read.
    @TestConfiguration
    static class SendBuffers {
        @Bean
        WebServerFactoryCustomizer<TomcatServletWebServerFactory> small() {
            return factory -> factory.addConnectorCustomizers(connector -> connector.setProperty("socket.txBufSize", "4096"));
        }
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
        var refused = client.post("/api/v1/plans/again/start", null).requireStatus(409).json();
        assertThat(refused.path("code").asString()).isEqualTo("PLAN_HAS_FAILED_MIGRATION");
        assertThat(refused.path("remedy").asString()).contains("Retry", "cancel");
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

    @Test
    void measuresWhatItsReferenceSays() {
        FakeDestinationFactory.pool("fake:broken")
                .fates((_, job, _) -> new Fate(Duration.ofMillis(10),
                        job instanceof WorkerJob.Copy ? Optional.of(FULL) : Optional.empty()));
        client.register("broken", "web");
        client.awaitPhase(client.start("broken"), "Failed");
        client.register("measured", "web");
        client.awaitPhase(client.start("measured"), "Succeeded");
        FakeDestinationFactory.pool("fake:second").fates((_, job, attempt) -> new Fate(Duration.ofMillis(10),
                job instanceof WorkerJob.Copy && attempt == 1 ? Optional.of(BUSY) : Optional.empty()));
        client.register("second", "web");
        client.awaitPhase(client.start("second"), "Succeeded");
        var copy = startAnEndlessCopy("copying");
        client.send("PUT", "/api/v1/limits/measured",
                """
                        {"scope":{"type":"link","providers":["measured-from"]},"bytesPerSecond":8388608,"requestsPerSecond":50,"longestReadMillis":250}""")
                .requireStatus(200);
        await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> {
            var scraped = new Scraped(client.get("/metrics").requireStatus(200).text());
            assertThat(scraped.families()).containsAll(Scraped.reference().keySet());
            assertThat(scraped.value("godwit_disk_bytes", "vm_migration", copy.vm())).isPositive();
        });
        var scraped = new Scraped(client.get("/metrics").text());
        assertThat(scraped.godwitFamilies()).isEqualTo(Scraped.reference());
        assertThat(scraped.value("godwit_faults_total", "code", "POOL_FULL", "stage", "CopyDisks", "then", "stop", "source", "broken-from"))
                .isEqualTo(1);
        assertThat(scraped.value("godwit_faults_total", "code", "POOL_BUSY", "stage", "CopyDisks", "then", "retry", "source", "second-from",
                "destination", "second-to", "blame", "destination")).isEqualTo(1);
        assertThat(scraped.value("godwit_faults_total", "code", "POOL_BUSY", "then", "stop")).isNaN();
        for (var ended : List.of("broken failed", "measured succeeded", "second succeeded")) {
            var of = ended.split(" ", -1);
            for (var phase : List.of("queued", "running", "waiting", "failed", "canceling", "canceled", "succeeded")) {
                assertThat(scraped.value("godwit_vm_migrations", "phase", phase, "source", of[0] + "-from", "destination", of[0] + "-to"))
                        .as(ended + ": " + phase).isEqualTo(phase.equals(of[1]) ? 1 : 0);
            }
        }
        assertThat(scraped.value("godwit_vm_migrations", "phase", "running", "source", "copying-from")).isEqualTo(1);
        assertThat(scraped.value("godwit_copied_bytes_total", "source", "measured-from", "destination", "measured-to")).isPositive();
        assertThat(scraped.buckets("godwit_stage_seconds", "stage", "CopyDisks", "source", "measured-from")).contains(60.0, 3600.0,
                48 * 3600.0);
        assertThat(scraped.value("godwit_vm_migrations_unended", "phase", "failed", "source", "broken-from", "stage", "CopyDisks"))
                .isEqualTo(1);
        assertThat(scraped.value("godwit_copy_limit_bytes_per_second", "limit", "measured")).isEqualTo(8 << 20);
        assertThat(scraped.value("godwit_slots_used", "pool", "disks")).isEqualTo(2);
        assertThat(scraped.value("godwit_copied_bytes_total", "source", "copying-from")).as("while it runs").isPositive();
        client.send("DELETE", "/api/v1/limits/measured", null).requireStatus(204);
        client.post("/api/v1/migrations/" + copy.migration() + "/cancel", null).requireStatus(202);
        client.awaitPhase(copy.migration(), "Canceled");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            var after = client.get("/metrics").text();
            assertThat(after).doesNotContain(copy.vm(), "limit=\"measured\"");
            assertThat(new Scraped(after).value("godwit_vm_migrations", "phase", "canceled", "source", "copying-from")).isEqualTo(1);
        });
    }

    @Test
    void theSeriesOfADiskEndWithItsCopy() {
        var copy = startAnEndlessCopy("finishing");
        for (var series : List.of("godwit_disk_bytes", "godwit_disk_done_bytes", "godwit_disk_verified_bytes",
                "godwit_disk_bytes_per_second")) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(
                    new Scraped(client.get("/metrics").text()).value(series, "vm_migration", copy.vm())).isPositive());
        }
        FakeDestinationFactory.pool("fake:finishing").finish(new VmMigrationId(copy.vm()));
        client.awaitPhase(copy.migration(), "Succeeded");
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> assertThat(client.get("/metrics").text()).doesNotContain(copy.vm()));
    }

    @Test
    void tellsEveryEventOnceWhileItHappens() {
        client.register("told", "web", "db");
        try (var all = client.follow("/api/v1/events", null)) {
            all.awaitOpen();
            var migration = client.start("told");
            var own = client.follow("/api/v1/migrations/" + migration + "/events", null).readToTheEnd();
            assertThat(own.getLast().name()).isEqualTo("end");
            assertThat(own.getLast().data().path("phase").asString()).isEqualTo("Succeeded");
            var numbered = own.stream().filter(event -> !event.id().isEmpty()).toList();
            assertThat(numbered).extracting(Client.Event::id).doesNotHaveDuplicates();
            assertThat(numbered).extracting(event -> event.data().path("change").asString("") + " "
                    + event.data().path("stage").asString("") + " " + event.data().path("vm").asString(""))
                    .contains("created Initialize web", "started CopyDisks db", "completed Finish web", "completed Finish db");
            var middle = numbered.get(numbered.size() / 2).id();
            var rest = client.follow("/api/v1/migrations/" + migration + "/events", middle).readToTheEnd();
            assertThat(rest).isEqualTo(numbered.subList(numbered.size() / 2 + 1, numbered.size()));
            assertThat(client.follow("/api/v1/migrations/" + migration + "/events", numbered.getLast().id()).readToTheEnd())
                    .as("204").isEmpty();
            var ids = numbered.stream().map(Client.Event::id).filter(id -> !id.endsWith("-end")).toList();
            await().atMost(Duration.ofSeconds(30))
                    .untilAsserted(() -> assertThat(all.soFar()).extracting(Client.Event::id).containsAll(ids));
        }
    }

    @Test
    void tellsHowFarCopiesAre() {
        var copy = startAnEndlessCopy("far");
        try (var own = client.follow("/api/v1/migrations/" + copy.migration() + "/events", null)) {
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(own.soFar())
                    .anyMatch(event -> event.name().equals("progress") && event.id().isEmpty()
                            && event.data().path("progress").path("completedBytes").asLong() > 0));
            client.post("/api/v1/migrations/" + copy.migration() + "/cancel", null).requireStatus(202);
            await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(own.soFar()).last()
                    .matches(event -> event.name().equals("end") && event.data().path("phase").asString().equals("Canceled")));
        }
    }

    @Test
    void dropsWhoReadsNothing() throws IOException {
        client.register("unread", "web", "db", "app", "log");
        client.awaitPhase(client.start("unread"), "Succeeded");
        try (var silent = new Socket()) {
            silent.setReceiveBufferSize(1024);
            silent.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            silent.getOutputStream().write(client.raw("/api/v1/events", "0").getBytes(StandardCharsets.US_ASCII));
            await().atMost(Duration.ofSeconds(30)).until(() -> streams() > 0);
            await().atMost(Duration.ofSeconds(60)).until(() -> streams() == 0);
        }
    }

    private double streams() {
        return new Scraped(client.get("/metrics").text()).value("godwit_event_streams");
    }

    @Test
    void carriesARequestWithAKeyOutOnce() {
        client.register("once", "web");
        var keyed = client.withKey("start-once");
        var first = keyed.post("/api/v1/plans/once/start", null).requireStatus(202);
        client.awaitPhase(first.json().path("id").asString(), "Succeeded");
        assertThat(keyed.post("/api/v1/plans/once/start", null).requireStatus(202).text()).isEqualTo(first.text());
        assertThat(keyed.post("/api/v1/plans/once/validate", null).requireStatus(422).json().path("code").asString())
                .isEqualTo("IDEMPOTENCY_KEY_REUSED");
        var migrations = client.get("/api/v1/migrations").json().path("items").valueStream()
                .filter(each -> each.path("plan").path("name").asString().equals("once")).toList();
        assertThat(migrations).hasSize(1);
        var refused = client.withKey("taken").post("/api/v1/plans", "{}").requireStatus(400);
        assertThat(refused.json().path("code").asString()).isEqualTo("REQUEST_INVALID");
    }

    private record Copy(String migration, String vm) {}

    private Copy startAnEndlessCopy(String plan) {
        FakeDestinationFactory.pool("fake:" + plan)
                .fates((_, job, _) -> Fate.endsWell(job instanceof WorkerJob.Copy ? Duration.ofHours(1) : Duration.ofMillis(10)));
        client.register(plan, "web");
        var migration = client.start(plan);
        return new Copy(migration, client.get("/api/v1/migrations/" + migration).json().path("vms").path(0).path("id").asString());
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
        for (var path : new String[]{"/api/v1/plans", "/metrics", "/docs/", "/actuator/prometheus", "/actuator", "/",
                "/nothing"}) {
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
            if (method.getBeanType().getPackageName().startsWith("io.godwit") && !method.getBeanType().isAnnotationPresent(Hidden.class)) {
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
    void saysOfEveryOperationWhatItTakesAndHowItFails() {
        var document = client.get("/api/v1/openapi.json").json();
        var ids = new HashSet<String>();
        var open = new TreeSet<String>();
        document.path("paths").properties().forEach(path -> path.getValue().properties().forEach(each -> {
            var name = each.getKey() + " " + path.getKey();
            var operation = each.getValue();
            assertThat(operation.path("summary").asString("")).as(name).isNotEmpty();
            assertThat(operation.path("tags").size()).as(name).isEqualTo(1);
            assertThat(ids.add(operation.path("operationId").asString(""))).as(name).isTrue();
            assertThat(operation.path("responses").has("default")).as(name).isTrue();
            assertThat(operation.path("responses").has("404")).as(name).isEqualTo(path.getKey().contains("{"));
            if (operation.has("security") && operation.path("security").isEmpty()) {
                open.add(name);
            } else {
                assertThat(operation.path("responses").has("401")).as(name).isTrue();
            }
            assertThat(
                    operation.path("parameters").valueStream().anyMatch(one -> one.path("$ref").asString("").endsWith("/IdempotencyKey")))
                    .as(name).isEqualTo(each.getKey().equals("post"));
        }));
        assertThat(open).containsExactly("get /api/v1/health", "get /faults");
        assertThat(document.path("security").path(0).has("token")).isTrue();
        var schemas = document.path("components").path("schemas");
        assertThat(words(schemas.path("Migration").path("required"))).containsExactlyInAnyOrder("id", "plan", "started", "phase", "vms");
        assertThat(words(schemas.path("Migration").path("properties").path("phase").path("enum"))).contains("Succeeded", "Canceled");
        assertThat(schemas.path("PlanRequest").path("additionalProperties").asBoolean(true)).isFalse();
        assertThat(schemas.path("PlanRequest").path("properties").path("name").path("pattern").asString()).startsWith("^(").endsWith(")$");
        assertThat(schemas.path("StartRequest").path("properties").path("startWithin").path("description").asString(""))
                .contains("ISO 8601");
        assertThat(schemas.path("Disk").path("description").asString("")).contains("proof for one copied disk");
        assertThat(schemas.propertyNames()).contains("MigrationEvent", "ProgressEvent", "EndEvent");
    }

    private static List<String> words(JsonNode array) {
        return array.valueStream().map(JsonNode::asString).toList();
    }

    @Test
    void tellsProgramsOnThisMachineWhereItIs() throws IOException {
        assertThat(Files.readString(data.resolve("state/server.json"))).contains("\"url\":\"http://127.0.0.1:" + port + "\"",
                "\"pid\":" + ProcessHandle.current().pid(), "\"startedAt\":\"");
    }
}
