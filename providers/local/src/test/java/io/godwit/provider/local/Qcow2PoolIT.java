package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.JobName;
import io.godwit.model.disk.TargetSpec;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProvider.BootCheck;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.ProviderSettings.Node;
import io.godwit.provider.SpiFault;
import io.godwit.provider.testkit.DestinationProviderContract;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A pool whose volumes are qcow2, made by the real qemu-img.
class Qcow2PoolIT extends DestinationProviderContract {
    private static final VmMigrationId US = new VmMigrationId("v-us");
    private static final long MIB = 1 << 20;

    @TempDir
    private static Path temporary; // one for all, so that the base class may clean up after each test
    private static int pools;
    private Path pool = Path.of("/");
    private @Nullable DestinationProvider opened;

    @BeforeEach
    void open() {
        pool = temporary.resolve("pool-" + ++pools);
        opened = connect("qcow2");
    }

    @Override
    protected DestinationProvider destination() {
        return Objects.requireNonNull(opened);
    }

    private DestinationProvider connect(String format) {
        return new LocalFactory().connect(new ProviderSettings("local", pool.toString(), Map.of("volumeFormat", format), Map.of(),
                new Node("node-1", List.of("false"), temporary.resolve("run"))));
    }

    private static VolumeRequest request(String disk, String storageClass, long size) {
        return new VolumeRequest("web", disk, size, new StorageTarget(storageClass, null, null));
    }

    private static String info(Path image) {
        try (var programs = new Supervisor(temporary.resolve("tmp"))) {
            return programs.run(Command.of("qemu-img", "info", image.toString()));
        }
    }

    @Test
    void volumesAreSparseImagesOfTheDisksSize() throws Exception {
        var volume = destination().ensureVolume(US, request("disk-0", "", 5_000 * MIB));
        var file = Path.of(volume.ref());
        assertThat(file.toString()).endsWith(".qcow2");
        assertThat(info(file)).contains("file format: qcow2", "(5242880000 bytes)").doesNotContain("backing");
        assertThat(Files.size(file)).isLessThan(MIB);
        assertThat(destination().locate(volume)).isInstanceOfSatisfying(TargetSpec.Qcow2File.class,
                target -> assertThat(target.path()).isEqualTo(volume.ref()));
        assertThat(destination().ensureVolume(US, request("disk-0", "", 5_000 * MIB))).isEqualTo(volume);
        try (var programs = new Supervisor(temporary.resolve("tmp"))) { // as a copy does: the file is longer now, and the same volume
            programs.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 1 0 4M", file.toString()));
            assertThat(destination().findVolume(US, "disk-0")).contains(volume);
            programs.run(Command.of("qemu-img", "resize", "-q", file.toString(), "6000M"));
        }
        assertThat(destination().findVolume(US, "disk-0")).as("of another size").isEmpty();
        destination().deleteVolume(US, "disk-0");
        assertThat(file).doesNotExist();
        assertThat(destination().leftovers(US)).isEmpty();
    }

    @Test
    void aStorageClassChoosesForItsDisks() {
        var raw = destination().ensureVolume(US, request("disk-0", "raw", MIB));
        assertThat(Path.of(raw.ref())).hasSize(MIB);
        var other = connect("raw").ensureVolume(US, request("disk-1", "qcow2", MIB));
        assertThat(info(Path.of(other.ref()))).contains("file format: qcow2");
        assertFault(() -> destination().ensureVolume(US, request("disk-2", "fast", MIB)), SpiFault.STORAGE_CLASS_UNKNOWN);
        assertFault(() -> destination().requireSpace(List.of(request("disk-2", "fast", MIB)), 0), SpiFault.STORAGE_CLASS_UNKNOWN);
        assertFault(() -> connect("vmdk"), LocalFault.VOLUME_FORMAT_UNKNOWN);
    }

    /// A disk that is all data needs more in an image than it has bytes.
    @Test
    void tablesNeedSpaceToo() throws Exception {
        long free = Files.getFileStore(pool).getUsableSpace();
        assertFault(() -> destination().requireSpace(List.of(request("disk-0", "qcow2", free - MIB)), 0), SpiFault.CAPACITY_EXCEEDED);
    }

    @Test
    void definitionsSayWhatTheVolumesAre() throws Exception {
        var volumes = List.of(destination().ensureVolume(US, request("disk-0", "", MIB)),
                destination().ensureVolume(US, request("disk-1", "raw", MIB)));
        destination().ensureVm(US, Vms.web(volumes));
        assertThat(pool.resolve("vms/web/domain.xml")).content().containsOnlyOnce("type='qcow2'").containsOnlyOnce("type='raw'");
        assertThat(pool.resolve("vms/web/vm.yaml")).doesNotExist();
        var work = destination().ensureWorkVolume(US, MIB);
        var job = ((BootCheck) destination()).job(new JobName("boot-1"), work, US, Vms.web(volumes));
        assertThat(job.disks()).extracting(disk -> disk.format()).containsExactly(DiskFormat.QCOW2, DiskFormat.RAW);
        destination().deleteVm(US);
        assertThat(pool.resolve("vms/web")).doesNotExist();
    }

    private static void assertFault(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, FaultCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class, e -> assertThat(e.fault().code()).isEqualTo(code.name()));
    }
}
