package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.journal.Command;
import io.godwit.engine.journal.EngineEntry;
import io.godwit.engine.journal.EntryKind;
import io.godwit.engine.journal.Phase;
import io.godwit.engine.migration.MigrationView;
import io.godwit.engine.stage.StageFact;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.io.UnsupportedEncodingException;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@RestTest
class EventControllerTest {
    private static final Fault FULL = new Fault("CAPACITY_EXCEEDED", Blame.DESTINATION, true, "the pool", "is full", "Free space.");
    private static final Plan PLAN = new Plan(PlanId.from("p-1"), "web", "", "s-1", "d-1", "n-1", "t-1", MigrationType.COLD, "default",
            false, true, List.of());

    @Autowired
    private MockMvcTester http;
    @Autowired
    private InMemoryCatalog catalog;
    @Autowired
    private FakeMigrations migrations;

    @BeforeEach
    void start() {
        RestSlice.register(catalog);
        catalog.createPlan(PLAN);
        migrations.clear();
    }

    @Test
    void tellsWhatHappenedAndThatItIsOver() throws UnsupportedEncodingException {
        var migration = failed();
        var text = text(events(migration, null));
        assertThat(text).startsWith("retry: 2000\n\n");
        assertThat(text).contains("""
                id: 1
                event: state
                data: {"migration":"%1$s","vmMigration":"%2$s","vm":"web","at":"2026-01-02T03:04:05Z","change":"started","phase":"Running",\
                "stage":"CopyDisks","attempt":1}

                """.formatted(migration.id(), migration.vms().getFirst().id()));
        assertThat(text).doesNotContain("id: 2\n").as("a fact is for the journal only");
        assertThat(text).contains("id: 3\nevent: fault\n", "\"code\":\"CAPACITY_EXCEEDED\"", "\"remedy\":\"Free space.\"");
        assertThat(text).contains("id: 4\nevent: warning\n", "\"warning\":\"take care\"");
        assertThat(text).contains("id: 5\nevent: state\n", "\"change\":\"commanded\"", "\"command\":\"cancel\"");
        assertThat(text).endsWith("id: 5-end\nevent: end\ndata: {\"migration\":\"" + migration.id() + "\",\"phase\":\"Failed\"}\n\n");
    }

    @Test
    void goesOnBehindTheEventThatTheReaderSawLast() throws UnsupportedEncodingException {
        var migration = failed();
        var text = text(events(migration, "3"));
        assertThat(text).doesNotContain("id: 1\n", "id: 3\n").contains("id: 4\n", "id: 5\n", "id: 5-end\n");
        assertThat(events(migration, "5-end")).hasStatus(204);
        migrations.happens(migration, Phase.FAILED, EntryKind.COMMANDED, new EngineEntry.Commanded(Command.RETRY));
        assertThat(text(events(migration, "5-end"))).contains("id: 6\n", "\"command\":\"retry\"", "id: 6-end\n").doesNotContain("id: 5\n");
    }

    @Test
    void refusesAnIdThatIsNone() {
        var migration = failed();
        for (var id : List.of("six", "6", "-1", "", "5-End")) {
            assertThat(events(migration, id)).as(id).hasStatus(400).bodyJson().extractingPath("$.violations[0].field")
                    .isEqualTo("Last-Event-ID");
        }
        assertThat(http.get().uri("/api/v1/migrations/m-0/events")).hasStatus(404).bodyJson().extractingPath("$.code")
                .isEqualTo("MIGRATION_NOT_FOUND");
    }

    private MigrationView failed() {
        var migration = migrations.failed(PLAN, FULL);
        migrations.happens(migration, Phase.RUNNING, EntryKind.STEP_STARTED, new EngineEntry.StepStarted(List.of()));
        migrations.happens(migration, Phase.RUNNING, EntryKind.FACT, new StageFact.DisksVerified(1));
        migrations.happens(migration, Phase.FAILED, EntryKind.STEP_ENDED, new EngineEntry.StepFaulted(FULL, null));
        migrations.happens(migration, Phase.FAILED, EntryKind.FACT, new StageFact.Warned("take care"));
        migrations.happens(migration, Phase.FAILED, EntryKind.COMMANDED, new EngineEntry.Commanded(Command.CANCEL));
        return migration;
    }

    private MvcTestResult events(MigrationView migration, @org.jspecify.annotations.Nullable String last) {
        var request = http.get().uri("/api/v1/migrations/{id}/events", migration.id());
        return (last == null ? request : request.header("Last-Event-ID", last)).exchange();
    }

    private static String text(MvcTestResult result) throws UnsupportedEncodingException {
        assertThat(result).hasStatusOk();
        assertThat(result.getResponse().getContentType()).isEqualTo("text/event-stream;charset=UTF-8");
        return result.getResponse().getContentAsString();
    }
}
