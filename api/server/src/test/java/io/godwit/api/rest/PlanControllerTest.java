package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.migration.MigrationType;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@RestTest
class PlanControllerTest {
    private static final String PLANS = "/api/v1/plans";
    private static final String WEB = """
            {"name":"web","provider":{"source":"from","destination":"to"},"map":{"network":"nets","storage":"stores"},"vms":[{"name":"web"}]}""";

    @Autowired
    private MockMvcTester http;
    @Autowired
    private InMemoryCatalog catalog;
    @Autowired
    private FakeMigrations migrations;

    @BeforeEach
    void start() {
        RestSlice.register(catalog);
        migrations.clear();
    }

    @Test
    void resolvesNamesAndTakesDefaults() {
        assertThat(post("", WEB)).hasStatus(201).bodyJson().isLenientlyEqualTo("""
                {"name":"web","description":"","targetNamespace":"default","provider":{"source":"s-1","destination":"d-1"},
                 "map":{"network":"n-1","storage":"t-1"},"type":"cold","skipGuestConversion":false,"checkBoot":true,
                 "vms":[{"id":"vm-1","name":"web"}]}""");
        assertThat(catalog.findPlan("web")).hasValueSatisfying(plan -> {
            assertThat(plan.type()).isEqualTo(MigrationType.COLD);
            assertThat(plan.vms()).singleElement().satisfies(vm -> assertThat(vm.targetName()).isNull());
        });
        assertThat(http.get().uri(PLANS + "/web")).hasStatusOk();
        assertThat(http.get().uri(PLANS)).hasStatusOk().bodyJson().extractingPath("$.items.length()").isEqualTo(1);
    }

    @Test
    void takesWhatIsGiven() {
        assertThat(post("", """
                {"name":"w","description":"d","targetNamespace":"prod","provider":{"source":"s-1","destination":"d-1"},
                 "map":{"network":"n-1","storage":"t-1"},"type":"warm","skipGuestConversion":true,"checkBoot":false,
                 "vms":[{"id":"vm-1","targetName":"web-2","rootDisk":"/dev/sda2"}]}""")).hasStatus(201).bodyJson().isLenientlyEqualTo("""
                {"description":"d","targetNamespace":"prod","type":"warm","skipGuestConversion":true,"checkBoot":false,
                 "vms":[{"id":"vm-1","name":"web","targetName":"web-2","rootDisk":"/dev/sda2"}]}""");
    }

    @Test
    void keepsKeysAndNeverShowsThem() {
        var body = WEB.replace("{\"name\":\"web\"}]",
                "{\"name\":\"web\",\"rootDisk\":\"first\",\"keys\":{\"all\":\"hunter2\",\"/dev/sda2\":\"hunter3\"}}]");
        assertThat(post("", body)).hasStatus(201).bodyText().contains("keyDevices").doesNotContain("hunter").doesNotContain("\"keys\"");
        var plan = catalog.findPlan("web").orElseThrow();
        assertThat(plan.vms().getFirst().keyDevices()).containsExactly("/dev/sda2", "all");
        assertThat(plan.toString()).doesNotContain("hunter");
        assertThat(catalog.guestKeys(plan.id(), "vm-1")).containsEntry("all", "hunter2").containsEntry("/dev/sda2", "hunter3");
        assertThat(http.get().uri(PLANS + "/web")).hasStatusOk().bodyJson().extractingPath("$.vms[0].keyDevices.length()").isEqualTo(2);
        assertThat(http.get().uri(PLANS)).hasStatusOk().bodyText().doesNotContain("hunter");
    }

    @Test
    void refusesAKeyWithoutSayingIt() {
        for (var keys : new String[]{"{\"all\":\"hunter2\\nhunter3\"}", "{\"all\":\"\"}", "{\"some\":\"hunter2\"}",
                "{\"all\":{\"a\":\"hunter2\"}}"}) {
            assertThat(post("", WEB.replace("{\"name\":\"web\"}]", "{\"name\":\"web\",\"keys\":" + keys + "}]"))).hasStatus(400).bodyText()
                    .doesNotContain("hunter");
        }
        assertThat(post("", WEB.replace("{\"name\":\"web\"}]", "{\"name\":\"web\",\"rootDisk\":\"ask\"}]"))).hasStatus(400);
    }

    @Test
    void namesWhatIsWrong() {
        assertThat(post("", WEB.replace("\"name\":\"web\"}]", "\"name\":\"db\"}]"))).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("vms[0].name");
        assertThat(post("", WEB.replace("[{\"name\":\"web\"}]", "[{\"name\":\"web\"},{\"id\":\"vm-1\"}]"))).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0]").asMap().containsEntry("field", "vms[1]")
                .containsEntry("message", "VM web is in the plan already");
        assertThat(post("", WEB.replace("nets", "gone"))).hasStatus(400).bodyJson().extractingPath("$.violations[0].field")
                .isEqualTo("map.network");
        assertThat(post("", WEB.replace("[{\"name\":\"web\"}]", "[]"))).hasStatus(400).bodyJson().extractingPath("$.violations[0].field")
                .isEqualTo("vms");
        assertThat(post("", WEB.replace("{\"name\":\"web\"}]", "{\"name\":\"web\",\"targetName\":\"Bad Name\"}]"))).hasStatus(400)
                .bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("vms[0].targetName");
        assertThat(post("", WEB.replace("{\"name\":\"web\"}]", "{\"name\":\"web\",\"colour\":\"red\"}]"))).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("vms[0].colour");
        assertThat(catalog.listPlans()).isEmpty();
    }

    @Test
    void validates() {
        post("", WEB);
        assertThat(post("/web/validate", "")).hasStatusOk().bodyJson().isLenientlyEqualTo("""
                {"ready":true,"conditions":[{"type":"SlowConversion","status":"True","category":"Advisory",
                 "message":"this machine has no KVM","suggestion":"Expect minutes."}],"vms":[]}""");
        migrations.ready = false;
        assertThat(post("/web/validate", "")).hasStatusOk().bodyJson().extractingPath("$.ready").isEqualTo(false);
    }

    @Test
    void startsOnce() {
        post("", WEB);
        assertThat(post("/web/start", "")).hasStatus(202).bodyJson().extractingPath("$.phase").isEqualTo("Running");
        assertThat(post("/web/start", "")).hasStatus(409).bodyJson().extractingPath("$.code").isEqualTo("PLAN_ALREADY_RUNNING");
    }

    @Test
    void doesNotStartWhatIsNotReadyAndSaysWhy() {
        post("", WEB);
        migrations.ready = false;
        assertThat(post("/web/start", "")).hasStatus(422).hasContentType(MediaType.APPLICATION_PROBLEM_JSON).bodyJson().isLenientlyEqualTo(
                """
                        {"code":"PLAN_NOT_READY","conditions":[{"type":"NetworkNotMapped","category":"Critical","suggestion":"Map net-0."}]}""")
                .extractingPath("$.conditions.length()").isEqualTo(1);
        assertThat(migrations.list()).isEmpty();
    }

    @Test
    void deletesAndDoesNotFind() {
        post("", WEB);
        assertThat(http.delete().uri(PLANS + "/web")).hasStatus(204);
        for (var path : new String[]{"/web/start", "/web/validate"}) {
            assertThat(post(path, "")).hasStatus(404).bodyJson().extractingPath("$.code").isEqualTo("PLAN_NOT_FOUND");
        }
        assertThat(http.get().uri(PLANS + "/web")).hasStatus(404);
    }

    @Test
    void takesATimeToStartAt() {
        post("", WEB);
        var body = "{\"at\":\"2026-01-02T04:04:05+01:00\",\"startWithin\":\"PT10M\"}";
        assertThat(post("/web/start", "{\"at\":\"2026-01-03T04:04:05+01:00\",\"startWithin\":\"PT10M\"}")).hasStatus(202).bodyJson()
                .isLenientlyEqualTo("{\"at\":\"2026-01-03T03:04:05Z\",\"startWithin\":\"PT10M\",\"state\":\"Scheduled\"}");
        assertThat(http.get().uri("/api/v1/plans/web")).bodyJson().extractingPath("$.scheduledStart.state").isEqualTo("Scheduled");
        assertThat(post("/web/start", body.replace("04:04:05+01:00", "04:04:04+01:00"))).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].message").asString().startsWith("lies in the past");
        assertThat(post("/web/start", body.replace("+01:00", ""))).hasStatus(400).bodyJson().extractingPath("$.violations[0].field")
                .isEqualTo("at");
        assertThat(post("/web/start", "{\"at\":\"2026-01-03T04:04:05Z\",\"startWithin\":\"P8D\"}")).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("startWithin");
        assertThat(http.delete().uri("/api/v1/plans/web/scheduled-start")).hasStatus(204);
        assertThat(http.get().uri("/api/v1/plans/web")).bodyJson().doesNotHavePath("$.scheduledStart");
    }

    private MvcTestResult post(String path, String body) {
        return http.post().uri(PLANS + path).contentType(MediaType.APPLICATION_JSON).content(body).exchange();
    }
}
