package io.godwit.smoke;

import static org.assertj.core.api.Assertions.assertThat;

import io.godwit.convert.BootSector;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.SeededDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/// A VM that was migrated undisturbed, which all others of the same source must end like.
///
/// @param view of its VM migration
record ReferenceRun(Path ova, String ovaDigest, JsonNode view) {
    private static final String VM = "web";
    private static final String PROMPT = VM + " login:";

    /// Writes an OVA with a VM that boots, named `web`.
    ///
    /// @param disks the first of them boots
    static Path writeOva(Path exports, SeededDisk... disks) throws IOException {
        var fixture = OvaFixture.ovftool(VM).memoryMib(64).nic("VM Network", "VmxNet3", "");
        fixture.disk(disks[0], BootSector.saying("\r\n" + PROMPT + " "));
        for (int i = 1; i < disks.length; i++) {
            fixture.disk(disks[i]);
        }
        return fixture.write(exports.resolve(VM + ".ova"));
    }

    /// Migrates it.
    static ReferenceRun of(Pipeline pipeline, Path ova) throws IOException {
        var digest = Digests.sha256(ova);
        var view = pipeline.awaitSuccess(pipeline.start(plan(pipeline, "reference")));
        var run = new ReferenceRun(ova, digest, view);
        assertThat(view.path("disks")).isNotEmpty().allMatch(disk -> disk.path("verified").asBoolean());
        assertThat(run.stages(pipeline)).contains("CheckBoot");
        run.requireSame(pipeline, view.path("id").asString());
        return run;
    }

    /// Makes a plan that migrates the VM once more, under that name, and returns its id.
    static String plan(Pipeline pipeline, String name) {
        return pipeline.plan(name, VM, Map.of("checkBoot", true, "vms", List.of(Map.of("name", VM, "targetName", name))));
    }

    /// Of the itinerary, in order.
    List<String> stages(Pipeline pipeline) {
        return pipeline.stages(view.path("id").asString());
    }

    /// Waits for the end of another one: the same bytes, a VM that boots, no stage done twice, the source as it was.
    JsonNode requireSame(Pipeline pipeline, String id) throws IOException {
        var other = pipeline.awaitSuccess(id);
        assertThat(roots(other)).isEqualTo(roots(view));
        assertThat(other.at("/boot/verdict").asString()).as("%s", other.path("boot")).isEqualTo("booted");
        assertThat(other.at("/boot/evidence").asString()).isEqualTo(PROMPT);
        assertThat(other.path("leftovers")).isEmpty();
        var ended = pipeline.journal(id).stream().filter(entry -> entry.path("kind").asString().equals("STEP_ENDED"))
                .filter(entry -> entry.at("/data/fault").isMissingNode() || entry.at("/data/fault").isNull())
                .map(entry -> entry.path("step").asString()).toList();
        assertThat(ended).doesNotHaveDuplicates().hasSameSizeAs(pipeline.stages(id));
        assertThat(Digests.sha256(ova)).isEqualTo(ovaDigest);
        return other;
    }

    private static List<String> roots(JsonNode view) {
        return view.path("disks").valueStream().map(disk -> disk.path("key").asString() + "=" + disk.path("targetRoot").asString())
                .toList();
    }
}
