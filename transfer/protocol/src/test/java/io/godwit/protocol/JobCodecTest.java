package io.godwit.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.CopyScope;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.JobResult;
import io.godwit.model.disk.JobStatus;
import io.godwit.model.disk.SideTask;
import io.godwit.model.disk.SideTask.DigestedRange;
import io.godwit.model.disk.SshAccess;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.disk.WorkerJob;
import io.godwit.model.disk.WorkerJob.CopyOptions;
import io.godwit.model.disk.WorkerJob.DiskCopy;
import io.godwit.model.limit.CopyShare;
import io.godwit.model.migration.VmMigrationId;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class JobCodecTest {
    @Property(tries = 300)
    void everyOrderComesBackAsItWas(@ForAll long seed) throws IOException {
        comesBack(JobOrder.class, seed);
    }

    @Property(tries = 300)
    void everyReportComesBackAsItWas(@ForAll long seed) throws IOException {
        comesBack(WorkerReport.class, seed);
    }

    @Property(tries = 100)
    void everyControlComesBackAsItWas(@ForAll long seed) throws IOException {
        comesBack(Control.class, seed);
    }

    private static <T> void comesBack(Class<T> type, long seed) throws IOException {
        var message = new RandomMessages(seed).next(type);
        assertThat(JobCodec.read(JobCodec.write(message), type, "the message")).isEqualTo(message);
    }

    @Test
    void theRandomMessagesCoverEverySealedType() {
        var messages = new RandomMessages(1);
        for (int i = 0; i < 1000; i++) {
            messages.next(JobOrder.class);
            messages.next(WorkerReport.class);
            messages.next(Control.class);
        }
        var kinds = Stream
                .of(ExportSpec.class, HttpAccess.class, SshAccess.class, TlsTrust.class, TargetSpec.class, CopyScope.class, SideTask.class,
                        WorkerJob.class, JobResult.class, JobStatus.class,
                        Control.class)
                .flatMap(each -> Arrays.stream(each.getPermittedSubclasses()));
        assertThat(messages.made()).containsAll(kinds.toList());
    }

    /// Orders and ends lie on disks: what is written here must be read by every later release.
    @Test
    void readsAndWritesTheStoredForm() throws IOException {
        var order = new JobOrder(new VmMigrationId("v-abc"), 2, 3600, new WorkerJob.Copy(new JobName("copy-1"), "/pool/work",
                List.of(new SideTask.CheckDigests("manifest",
                        List.of(new DigestedRange("a.vmdk", new ExportSpec.File("/ova/a.ova", null), "SHA-256", "00ff")))),
                List.of(new DiskCopy("disk-1",
                        new ExportSpec.Overlay(new ExportSpec.Format(
                                new ExportSpec.Range(new ExportSpec.File("/ova/a.ova", new FileIdentity(5, 6, "dev:7")), 512, 1024),
                                DiskFormat.VMDK), "overlays/1/disk-1.qcow2"),
                        "overlay1", new TargetSpec.RawFile("/pool/a.raw", "/pool/.lock"), "t1", 4096)),
                CopyOptions.DEFAULT));
        for (var release : List.of("order-v1.json", "order-v2.json", "order-v3.json")) { // v2 added the scope, v3 the share
            assertThat(JobCodec.read(stored(release), JobOrder.class, release)).isEqualTo(order);
        }
        assertThat(new String(JobCodec.write(order), StandardCharsets.UTF_8))
                .isEqualToIgnoringWhitespace(new String(stored("order-v3.json"), StandardCharsets.UTF_8));
    }

    private static byte[] stored(String name) throws IOException {
        try (var resource = JobCodecTest.class.getResourceAsStream("/" + name)) {
            assertThat(resource).isNotNull();
            return resource.readAllBytes();
        }
    }

    @Test
    void skipsAFieldThatALaterReleaseAdded() throws IOException {
        assertThat(JobCodec.read(bytes(
                "{\"type\":\"limits\",\"share\":{\"bytesPerSecond\":7,\"requestsPerSecond\":0.5,\"longestReadMillis\":0,\"disks\":{}},\"later\":{}}"),
                Control.class, "it"))
                .isEqualTo(new Control.Limits(new CopyShare(7, 0.5, 0, Map.of())));
    }

    @Test
    void refusesWhatIsIncompleteOrUnknown() {
        for (var wrong : List.of("", "{", "null", "{\"type\":\"selfDestruct\"}", "{\"bytesPerSecond\":7}", "{\"type\":\"limits\"}",
                "{\"type\":\"limits\",\"share\":{\"bytesPerSecond\":7}}",
                "{\"type\":\"secrets\"}", "{\"type\":\"secrets\",\"values\":{\"a\":null}}")) {
            assertThatThrownBy(() -> JobCodec.read(bytes(wrong), Control.class, "the control")).describedAs(wrong)
                    .isInstanceOf(MalformedMessageException.class).hasMessageContaining("the control");
        }
    }

    @Test
    void namesTheFieldThatIsMissingDeepInside() {
        var json = "{\"owner\":\"v\",\"attempt\":1,\"silenceSeconds\":1,\"job\":{\"type\":\"inspect\",\"name\":\"i\",\"workVolume\":\"/w\","
                + "\"sideTasks\":[],\"disks\":[{\"key\":\"d\",\"sizeBytes\":1,\"bus\":\"ide\"}]}}";
        assertThatThrownBy(() -> JobCodec.read(bytes(json), JobOrder.class, "order")).hasMessage("order.job.disks[0].source is missing");
    }

    @Test
    void refusesAnExportThatNoToolShouldBeStartedFor() {
        var spec = "{\"type\":\"http\",\"url\":\"http://a/b\",\"trust\":{\"type\":\"machine\"},\"access\":{\"type\":\"cookie\","
                + "\"secret\":\"c\"},\"headers\":{}}";
        assertThatThrownBy(() -> JobCodec.read(bytes(spec), ExportSpec.class, "the export")).isInstanceOf(MalformedMessageException.class)
                .hasMessageContaining("only https will do");
    }

    @Test
    void saysNoSecret() {
        assertThat(new Control.Secrets(java.util.Map.of("password", "hunter2")).toString()).contains("password").doesNotContain("hunter2");
    }

    private static byte[] bytes(String json) {
        return json.getBytes(StandardCharsets.UTF_8);
    }
}
