package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.model.limit.Bounds;
import io.godwit.model.limit.CopyLimit;
import io.godwit.model.limit.LimitScope;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.Plan.PlanVm;
import io.godwit.model.plan.PlanId;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@RestTest
class LimitControllerTest {
    private static final String LIMITS = "/api/v1/limits";
    private static final Plan PLAN = new Plan(PlanId.from("p-1"), "web", "", "s-1", "d-1", "n-1", "t-1", MigrationType.COLD, "default",
            false, true, List.of(new PlanVm("vm/1", "web 1", null, null)));

    @Autowired
    private MockMvcTester http;
    @Autowired
    private InMemoryCatalog catalog;
    @Autowired
    private FakeCopyLimits copies;
    @Autowired
    private FakeMigrations migrations;

    @BeforeEach
    void start() {
        RestSlice.register(catalog);
        catalog.createPlan(PLAN);
        migrations.clear();
        copies.changes = 0;
        copies.under.clear();
    }

    private MvcTestResult put(String name, String body) {
        return http.put().uri(LIMITS + "/" + name).contentType(MediaType.APPLICATION_JSON).content(body).exchange();
    }

    @Test
    void setsShowsAndTakesAway() {
        var limit = """
                {"scope":{"type":"link","providers":["from","d-1"]},"bytesPerSecond":52428800,"requestsPerSecond":0.5,"longestReadMillis":20,
                 "windows":[{"days":["Mon","Fri"],"from":"22:00","to":"06:00","zone":"Europe/Berlin"},
                            {"days":["Fri"],"from":"03:00","to":"05:00","zone":"Europe/Berlin","bytesPerSecond":4096}]}""";
        var shown = """
                {"name":"wan","scope":{"type":"link","providers":["s-1","d-1"]},"bytesPerSecond":52428800,"requestsPerSecond":0.5,
                 "longestReadMillis":20,"windows":[{"days":["Mon","Fri"],"from":"22:00","to":"06:00","zone":"Europe/Berlin"},
                  {"days":["Fri"],"from":"03:00","to":"05:00","zone":"Europe/Berlin","bytesPerSecond":4096}],
                 "inForce":{"bytesPerSecond":4096}}""";
        assertThat(put("wan", limit)).hasStatusOk().bodyJson().as("it is Friday, 04:04 in Berlin").isStrictlyEqualTo(shown);
        assertThat(http.get().uri(LIMITS + "/wan")).hasStatusOk().bodyJson().isStrictlyEqualTo(shown);
        assertThat(http.get().uri(LIMITS)).hasStatusOk().bodyJson().extractingPath("$.items[*].name").asArray().containsExactly("wan");
        assertThat(put("wan", "{\"scope\":{\"type\":\"total\"},\"bytesPerSecond\":4096}")).hasStatusOk();
        assertThat(catalog.listLimits())
                .containsExactly(new CopyLimit("wan", new LimitScope.Total(), new Bounds(4096, 0, 0), List.of()));
        assertThat(http.delete().uri(LIMITS + "/wan")).hasStatus(204);
        assertThat(http.delete().uri(LIMITS + "/wan")).hasStatus(404).bodyJson().extractingPath("$.code").isEqualTo("LIMIT_NOT_FOUND");
        assertThat(http.get().uri(LIMITS + "/wan")).hasStatus(404);
        assertThat(copies.changes).isEqualTo(3);
    }

    @Test
    void namesScopesByIdOrName() {
        assertThat(put("a", "{\"scope\":{\"type\":\"sourceHost\",\"provider\":\"from\",\"host\":\"esx1\"},\"bytesPerSecond\":4096}"))
                .hasStatusOk();
        assertThat(put("b", "{\"scope\":{\"type\":\"vm\",\"plan\":\"web\",\"vm\":\"web 1\"},\"bytesPerSecond\":4096}")).hasStatusOk();
        assertThat(put("c", "{\"scope\":{\"type\":\"disk\",\"plan\":\"p-1\",\"vm\":\"vm/1\",\"disk\":\"disk-0\"},\"bytesPerSecond\":4096}"))
                .hasStatusOk();
        assertThat(put("d", "{\"scope\":{\"type\":\"sourceHost\",\"provider\":\"s-1\"},\"bytesPerSecond\":4096}")).hasStatusOk();
        assertThat(catalog.listLimits()).extracting(CopyLimit::scope).containsExactly(new LimitScope.SourceHost("s-1", "esx1"),
                new LimitScope.Vm("p-1", "vm/1"), new LimitScope.Disk("p-1", "vm/1", "disk-0"), new LimitScope.SourceHost("s-1", null));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            scope                    | {"bytesPerSecond":4096}
            scope.whatItsTypeNeeds   | {"scope":{"type":"total","host":"esx1"},"bytesPerSecond":4096}
            scope.whatItsTypeNeeds   | {"scope":{"type":"link"},"bytesPerSecond":4096}
            scope.whatItsTypeNeeds   | {"scope":{"type":"link","providers":[]},"bytesPerSecond":4096}
            scope.whatItsTypeNeeds   | {"scope":{"type":"vm","vm":"web 1"},"bytesPerSecond":4096}
            scope.whatItsTypeNeeds   | {"scope":{"type":"disk","plan":"web","vm":"web 1"},"bytesPerSecond":4096}
            scope.type               | {"scope":{"type":"planet"},"bytesPerSecond":4096}
            scope.providers[1]       | {"scope":{"type":"link","providers":["from","gone"]},"bytesPerSecond":4096}
            scope.provider           | {"scope":{"type":"sourceHost","provider":"gone"},"bytesPerSecond":4096}
            scope.provider           | {"scope":{"type":"sourceHost","provider":"to"},"bytesPerSecond":4096}
            scope.plan               | {"scope":{"type":"vm","plan":"gone","vm":"web 1"},"bytesPerSecond":4096}
            scope.vm                 | {"scope":{"type":"vm","plan":"web","vm":"gone"},"bytesPerSecond":4096}
            scope.disk               | {"scope":{"type":"disk","plan":"web","vm":"web 1","disk":"../a"},"bytesPerSecond":4096}
            limiting                 | {"scope":{"type":"total"}}
            bytesPerSecond           | {"scope":{"type":"total"},"bytesPerSecond":-1}
            bytesPerSecond           | {"scope":{"type":"total"},"bytesPerSecond":0}
            bytesPerSecond           | {"scope":{"type":"total"},"bytesPerSecond":"fast"}
            requestsPerSecond        | {"scope":{"type":"total"},"requestsPerSecond":0}
            requestsPerSecond        | {"scope":{"type":"total"},"requestsPerSecond":1e12}
            longestReadMillis        | {"scope":{"type":"total"},"longestReadMillis":0}
            windows[0].bytesPerSecond | {"scope":{"type":"total"},"windows":[{"days":["Mon"],"from":"08:00","to":"09:00","zone":"UTC","bytesPerSecond":1}]}
            windows[0].days          | {"scope":{"type":"total"},"windows":[{"days":[],"from":"08:00","to":"09:00","zone":"UTC","bytesPerSecond":4096}]}
            windows[0].days[0]       | {"scope":{"type":"total"},"windows":[{"days":["Someday"],"from":"08:00","to":"09:00","zone":"UTC","bytesPerSecond":4096}]}
            windows[0].to            | {"scope":{"type":"total"},"windows":[{"days":["Mon"],"from":"08:00","to":"24:00","zone":"UTC","bytesPerSecond":4096}]}
            windows[0].inAZone       | {"scope":{"type":"total"},"windows":[{"days":["Mon"],"from":"08:00","to":"09:00","zone":"Europe/Mordor","bytesPerSecond":4096}]}
            windows[1]               | {"scope":{"type":"total"},"windows":[{"days":["Sun"],"from":"22:00","to":"09:00","zone":"UTC","bytesPerSecond":4096},{"days":["Mon"],"from":"08:59","to":"10:00","zone":"UTC"}]}
            windows[1].zone          | {"scope":{"type":"total"},"windows":[{"days":["Sun"],"from":"22:00","to":"09:00","zone":"UTC","bytesPerSecond":4096},{"days":["Mon"],"from":"10:59","to":"12:00","zone":"Asia/Tokyo"}]}
            colour                   | {"scope":{"type":"total"},"bytesPerSecond":4096,"colour":"red"}
            """)
    void refusesNonsenseAndSaysWhere(String field, String body) {
        assertThat(put("x", body)).hasStatus(400).hasContentTypeCompatibleWith(MediaType.APPLICATION_PROBLEM_JSON).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo(field);
        assertThat(catalog.listLimits()).isEmpty();
        assertThat(copies.changes).isZero();
    }

    @Test
    void refusesANameThatIsNone() {
        assertThat(put("-x", "{\"scope\":{\"type\":\"total\"},\"bytesPerSecond\":4096}")).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("name");
    }

    @Test
    void aVmMigrationShowsWhatItsCopyIsUnder() {
        var vm = migrations.start(PLAN.id()).vms().getFirst().id();
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}", vm)).hasStatusOk().bodyJson().doesNotHavePath("$.limits");
        copies.under.put(vm, FakeCopyLimits.UNDER);
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}", vm)).hasStatusOk().bodyJson().extractingPath("$.limits").asMap()
                .containsEntry("bytesPerSecond", 5 << 20).containsEntry("requestsPerSecond", 0.5).containsEntry("bytesBoundBy", "wan")
                .containsEntry("names", List.of("all", "wan")).doesNotContainKeys("requestsBoundBy", "longestReadMillis");
    }
}
