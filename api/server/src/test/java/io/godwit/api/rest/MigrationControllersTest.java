package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.engine.migration.MigrationView;
import io.godwit.model.fault.Blame;
import io.godwit.model.fault.Fault;
import io.godwit.model.migration.MigrationType;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.model.plan.Plan;
import io.godwit.model.plan.PlanId;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;

@RestTest
class MigrationControllersTest {
    private static final Fault FULL = new Fault("CAPACITY_EXCEEDED", Blame.DESTINATION, true, "the pool", "is full", "Free space.");
    private static final Plan PLAN = new Plan(PlanId.from("p-1"), "web", "", "s-1", "d-1", "n-1", "t-1", MigrationType.COLD, "default",
            false,
            true, List.of());

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
    void showsAMigrationWithItsPipeline() {
        var migration = migrations.start(PLAN.id());
        var expected = """
                {"id":"%s","plan":{"id":"p-1","name":"web"},"started":"2026-01-02T03:04:05Z","phase":"Running","vms":[{
                 "vm":{"id":"vm-1","name":"web"},"targetName":"web","phase":"Running","stage":"CopyDisks","waitingFor":"disks are being copied",
                 "pipeline":[{"name":"CopyDisks","phase":"Running","started":"2026-01-02T03:04:05Z",
                  "stages":[{"name":"CopyDisks","phase":"Running","attempt":1}],
                  "progress":{"completedBytes":30,"totalBytes":100,"bytesPerSecond":7,"secondsLeft":10},
                  "tasks":[{"name":"disk-0","completedBytes":30,"totalBytes":100,"transferredBytes":20,"verifiedBytes":10,"bytesPerSecond":7}],
                  "phases":[{"name":"copying","started":"2026-01-02T03:04:05Z"}]}],
                 "disks":[{"key":"disk-0","sizeBytes":100,"dataBytes":60,"zeroBytes":40,"blocks":10,"blockBytes":10,"method":"SHA-256","sourceRoot":"aa","targetRoot":"aa","readBack":"DEVICE",
                  "verified":true}],
                 "boot":{"verdict":"booted","evidence":"login:","seconds":12,"consoleText":"/pool/console.txt","proof":"console"},
                 "targetVm":{"name":"web","definition":"/pool/web.yaml"}}]}"""
                .formatted(migration.id());
        assertThat(http.get().uri("/api/v1/migrations/{id}", migration.id())).hasStatusOk().bodyJson().isLenientlyEqualTo(expected);
        assertThat(http.get().uri("/api/v1/migrations")).hasStatusOk().bodyJson().extractingPath("$.items[0].id")
                .isEqualTo(migration.id().value());
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}", vm(migration))).hasStatusOk().bodyJson().extractingPath("$.migration")
                .isEqualTo(migration.id().value());
    }

    @Test
    void showsAFaultInFull() {
        var failed = migrations.failed(PLAN, FULL);
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}", vm(failed))).hasStatusOk().bodyJson().isLenientlyEqualTo(
                """
                        {"phase":"Failed","fault":{"code":"CAPACITY_EXCEEDED","blame":"DESTINATION","retryable":true,"what":"the pool","why":"is full",
                         "remedy":"Free space."}}""");
    }

    @Test
    void tellsWhatHasBecomeOfAMigratedVm() {
        var vm = vm(migrations.start(PLAN.id()));
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}/recheck", vm)).hasStatusOk().bodyJson()
                .isStrictlyEqualTo("{\"asItWas\":false,\"sourceRead\":true,\"target\":[\"volume of " + vm + " is gone\"]}");
    }

    @Test
    void cancelsAllOrSome() {
        var migration = migrations.start(PLAN.id());
        assertThat(http.post().uri("/api/v1/migrations/{id}/cancel", migration.id())).hasStatus(202);
        assertThat(http.post().uri("/api/v1/migrations/{id}/cancel", migration.id()).contentType(MediaType.APPLICATION_JSON)
                .content("{\"vms\":[\"v-1\"]}")).hasStatus(202);
        assertThat(migrations.ordered).containsExactly(Set.of(), Set.of(VmMigrationId.from("v-1")));
        assertThat(http.post().uri("/api/v1/migrations/{id}/cancel", migration.id()).contentType(MediaType.APPLICATION_JSON)
                .content("{\"vm\":[\"v-1\"]}")).hasStatus(400).bodyJson().extractingPath("$.violations[0].field").isEqualTo("vm");
    }

    @Test
    void retriesOnlyWhatHasFailed() {
        assertThat(http.post().uri("/api/v1/migrations/{id}/retry", migrations.failed(PLAN, FULL).id())).hasStatus(202);
        assertThat(http.post().uri("/api/v1/migrations/{id}/retry", migrations.start(PLAN.id()).id())).hasStatus(409).bodyJson()
                .extractingPath("$.code").isEqualTo("NOTHING_TO_RETRY");
    }

    @Test
    void doesNotFind() {
        assertThat(http.get().uri("/api/v1/migrations/m-0")).hasStatus(404).bodyJson().extractingPath("$.code")
                .isEqualTo("MIGRATION_NOT_FOUND");
        assertThat(http.post().uri("/api/v1/migrations/m-0/cancel")).hasStatus(404);
        for (var path : new String[]{"", "/journal", "/recheck", "/logs", "/logs?file=a"}) {
            assertThat(http.get().uri("/api/v1/vm-migrations/v-0" + path)).hasStatus(404).bodyJson().extractingPath("$.code")
                    .isEqualTo("VM_MIGRATION_NOT_FOUND");
        }
    }

    @Test
    void showsTheJournalAsItIsStored() {
        var migration = migrations.start(PLAN.id());
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}/journal", vm(migration))).hasStatusOk().bodyJson().isLenientlyEqualTo("""
                {"items":[{"seq":1,"epoch":4,"step":"1:AllocateVolumes","attempt":1,"kind":"FACT","operationId":"op-1","type":"Remembered",
                 "at":"2026-01-02T03:04:05Z","data":{"vm":"%s","disks":["disk-0"]}}]}""".formatted(vm(migration)));
    }

    @Test
    void aLogThatIsNotThereIsNotFound() {
        var id = vm(migrations.start(PLAN.id()));
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}/logs", id)).hasStatusOk().bodyJson().extractingPath("$.items").asArray()
                .isEmpty();
        assertThat(http.get().uri("/api/v1/vm-migrations/{id}/logs?file=../../etc/passwd", id)).hasStatus(404).bodyJson()
                .extractingPath("$.code")
                .isEqualTo("NOT_FOUND");
    }

    private static VmMigrationId vm(MigrationView migration) {
        return migration.vms().getFirst().id();
    }
}
