package io.godwit.smoke;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.convert.BootSector;
import io.godwit.provider.ova.fixture.HostileOva;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What goes wrong outside of us, with real files: each ends with its own fault or is overcome, and never with a VM that lacks bytes.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FaultE2E {
    private static final SeededDisk DISK = new SeededDisk(5, 8 << 20);
    private static final Map<String, ?> BOOTED = Map.of("checkBoot", true);
    @TempDir(cleanup = CleanupMode.ON_SUCCESS)
    static Path folder;
    private Path exports;
    private SmokeServer server;
    private Pipeline pipeline;

    @BeforeAll
    void start() throws IOException {
        exports = Files.createDirectories(folder.resolve("exports"));
        healthy("first").write(exports.resolve("first.ova")); // so that the inventory has the storage that is mapped
        var pool = Files.createDirectories(folder.resolve("pool"));
        server = SmokeServer.start(folder);
        pipeline = Pipeline.register(server, exports, pool);
    }

    @AfterAll
    void end() {
        server.close();
        SmokeWorker.killAllOf(folder);
    }

    @ParameterizedTest
    @EnumSource
    void refusesAHostilePackageWithItsFault(HostileOva kind) throws IOException {
        var name = kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
        kind.write(exports, name);
        switch (kind.found()) {
            case WHEN_READ -> assertThat(unreadable()).containsEntry(name + ".ova", kind.faultCode());
            case WHEN_LOCATED -> {
                var start = server.rest().post("/plans/" + pipeline.plan(name, name, Map.of()) + "/start", Map.of());
                assertThat(start.status()).as("%s", start.body()).isEqualTo(422);
                assertThat(start.text("/why")).contains(name + "-disk1.vmdk");
            }
            case BY_THE_WORKER -> {
                var id = pipeline.start(pipeline.plan(name, name, Map.of()));
                assertThat(pipeline.awaitFault(id)).isEqualTo(kind.faultCode());
                assertThat(pipeline.vm(id).path("targetVm").isMissingNode()).isTrue();
            }
        }
        assertThat(pipeline.pool().resolve("vms").resolve(name)).doesNotExist();
    }

    @Test
    void noticesThatTheSourceWasReplaced() throws IOException {
        var ova = healthy("swapped").write(exports.resolve("swapped.ova"));
        server.holds().hold("CopyDisks");
        var id = pipeline.start(pipeline.plan("swapped", "swapped", Map.of()));
        server.holds().awaitReached("CopyDisks");
        var other = Files.copy(ova, exports.resolve("other"));
        Files.move(other, ova, StandardCopyOption.REPLACE_EXISTING);
        server.holds().release("CopyDisks");
        assertThat(pipeline.awaitFault(id)).isIn("SOURCE_CHANGED", "SOURCE_FILE_CHANGED");
        assertThat(pipeline.pool().resolve("vms").resolve("swapped")).doesNotExist();
    }

    @Test
    void convertsAgainWhenTheConverterIsKilled() throws IOException {
        healthy("killed").write(exports.resolve("killed.ova"));
        var id = pipeline.start(pipeline.plan("killed", "killed", Map.of()));
        SmokeWorker.awaitRunning(pipeline.pool(), id, "convert").killTool("qemu-io");
        var view = pipeline.awaitSuccess(id);
        assertThat(view.path("disks")).hasSize(1).allMatch(disk -> disk.path("verified").asBoolean());
        assertThat(pipeline.journal(id)).anyMatch(entry -> entry.path("data").toString().contains("CONVERTER_KILLED"));
    }

    @Test
    void goesOnWhenAFullPoolHasSpaceAgain() throws Exception {
        healthy("full").write(exports.resolve("full.ova"));
        var pool = Files.createDirectories(folder.resolve("small-pool"));
        run("mount", "-t", "tmpfs", "-o", "size=160m", "godwit-smoke", pool.toString());
        try {
            server.rest().post("/providers", Map.of("name", "small", "type", "local", "url", pool.toString())).requireStatus(201);
            var small = pipeline.to("small", pool);
            server.holds().hold("CopyDisks");
            var id = small.start(small.plan("full", "full", Map.of()));
            server.holds().awaitReached("CopyDisks");
            var filler = pool.resolve("filler");
            fill(filler);
            server.holds().release("CopyDisks");
            await("a fault of the full pool").atMost(60, SECONDS)
                    .until(() -> small.journal(id).stream().anyMatch(entry -> entry.path("data").toString().contains("retryAt")
                            && entry.path("step").asString().contains("CopyDisks")));
            Files.delete(filler);
            var view = small.awaitSuccess(id);
            assertThat(view.path("disks")).allMatch(disk -> disk.path("verified").asBoolean());
        } finally {
            run("umount", "-l", pool.toString());
        }
    }

    @Test
    void failsWhereTheGuestDoesNotBoot() throws IOException {
        var id = pipeline.start(pipeline.plan("panics", booting("panics", "\r\nKernel panic - not syncing: no root\r\n"), BOOTED));
        assertThat(pipeline.awaitFault(id)).isEqualTo("GUEST_DID_NOT_BOOT");
        var boot = pipeline.vm(id).path("boot");
        assertThat(boot.path("verdict").asString()).as("%s", boot).isEqualTo("failed");
        assertThat(boot.path("evidence").asString()).isEqualTo("Kernel panic - not syncing: no root");
        assertThat(Path.of(boot.path("consoleText").asString())).content().contains("Kernel panic");
        assertThat(Path.of(boot.path("screendump").asString())).isNotEmptyFile();
    }

    @Test
    void saysThatTheBootOfASilentGuestIsUnproven() throws IOException {
        var pool = Files.createDirectories(folder.resolve("impatient-pool"));
        server.rest().post("/providers", Map.of("name", "impatient", "type", "local", "url", pool.toString(), "settings",
                Map.of("secondsToBoot", "2"))).requireStatus(201);
        var impatient = pipeline.to("impatient", pool);
        var view = impatient.awaitSuccess(impatient.start(impatient.plan("silent", booting("silent", "\r\n..."), BOOTED)));
        assertThat(view.at("/boot/verdict").asString()).as("%s", view).isEqualTo("unproven");
        assertThat(view.path("warnings").toString()).contains("unproven");
    }

    @Test
    void stopsWithAFaultWhereAStageHasNoRoute() throws IOException {
        var lame = SmokeServer.start(Files.createDirectories(folder.resolve("lame")), "-Dgodwit.smoke.without-route=AllocateVolumes");
        try {
            var routeless = Pipeline.register(lame, exports, Files.createDirectories(folder.resolve("lame-pool")));
            var id = routeless.start(routeless.plan("lame", "first", Map.of()));
            assertThat(routeless.awaitFault(id)).isEqualTo("STAGE_ROUTE_MISSING");
        } finally {
            lame.close();
        }
    }

    @Test
    void letsOthersPassAPushThatHangs() throws IOException {
        healthy("slow").write(exports.resolve("slow.ova"));
        healthy("quick").write(exports.resolve("quick.ova"));
        server.holds().hold("VerifyDisks");
        var slow = pipeline.start(pipeline.plan("slow", "slow", Map.of("skipGuestConversion", true)));
        server.holds().awaitReached("VerifyDisks");
        server.holds().onlyThoseThatWait("VerifyDisks");
        pipeline.awaitSuccess(pipeline.start(pipeline.plan("quick", "quick", Map.of("skipGuestConversion", true))));
        assertThat(pipeline.vm(slow).path("phase").asString()).isIn("Running", "Waiting");
        server.holds().release("VerifyDisks");
        pipeline.awaitSuccess(slow);
    }

    private Map<String, String> unreadable() {
        var all = new TreeMap<String, String>();
        server.rest().get("/providers/exports/inventory?refresh=true").requireStatus(200).body().path("unreadable")
                .forEach(each -> all.put(Path.of(each.path("location").asString()).getFileName().toString(),
                        each.at("/fault/code").asString()));
        return all;
    }

    private String booting(String name, String console) throws IOException {
        OvaFixture.ovftool(name).disk(DISK, BootSector.saying(console)).memoryMib(64).nic("VM Network", "VmxNet3", "")
                .write(exports.resolve(name + ".ova"));
        return name;
    }

    private static OvaFixture healthy(String name) {
        return OvaFixture.ovftool(name).disk(DISK).nic("VM Network", "VmxNet3", "");
    }

    private static void fill(Path file) throws IOException {
        var megabyte = new byte[1 << 20];
        try (var out = Files.newOutputStream(file)) {
            while (true) {
                out.write(megabyte);
            }
        } catch (IOException e) {
            assertThat(e).hasMessageContaining("No space left on device");
        }
    }

    private static void run(String... command) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder(command).inheritIO().start().waitFor()).as(String.join(" ", command)).isZero();
    }
}
