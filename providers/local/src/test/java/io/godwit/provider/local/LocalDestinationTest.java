package io.godwit.provider.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.TargetSpec;
import io.godwit.model.fault.FaultException;
import io.godwit.model.mapping.StorageTarget;
import io.godwit.model.migration.VmMigrationId;
import io.godwit.provider.DestinationProvider;
import io.godwit.provider.DestinationProvider.Logs;
import io.godwit.provider.DestinationProvider.VolumeRequest;
import io.godwit.provider.ProviderSettings;
import io.godwit.provider.ProviderSettings.Node;
import io.godwit.provider.SpiFault;
import io.godwit.provider.testkit.DestinationProviderContract;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalDestinationTest extends DestinationProviderContract {
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
        opened = connect("node-1");
    }

    @Override
    protected DestinationProvider destination() {
        return Objects.requireNonNull(opened);
    }

    private DestinationProvider connect(String node) {
        return new LocalFactory().connect(settings(pool, node));
    }

    private static ProviderSettings settings(Path pool, String node) {
        return settings(pool, node, temporary.resolve("run"));
    }

    static ProviderSettings settings(Path pool, String node, Path runtime) {
        return new ProviderSettings("local", pool.toString(), Map.of(), Map.of(), new Node(node, List.of("false"), runtime));
    }

    @Test
    void aVolumeIsASparseFileThatReadsAsZeros() throws Exception {
        var volume = destination().ensureVolume(US, request("disk-0", 64 * MIB));
        var file = Path.of(volume.ref());
        assertThat(file).hasSize(64 * MIB).isEqualTo(pool.resolve("volumes/web-disk-0-v-us.raw"));
        assertThat(destination().locate(volume)).isInstanceOfSatisfying(TargetSpec.RawFile.class,
                raw -> assertThat(raw.path()).isEqualTo(volume.ref()));
        try (var bytes = Files.newInputStream(file)) {
            assertThat(bytes.readNBytes(1 << 16)).containsOnly(0);
        }
    }

    @Test
    void aForeignFileOfTheSameNameIsNeverTouched() throws Exception {
        var foreign = Files.writeString(pool.resolve("volumes/web-disk-0-v-us.raw"), "not ours");
        assertFault(() -> destination().ensureVolume(US, request("disk-0", MIB)), SpiFault.OWNERSHIP_MISMATCH);
        destination().deleteVolume(US, "disk-0");
        assertThat(foreign).hasContent("not ours");
        assertThat(destination().leftovers(US)).isEmpty();
    }

    @Test
    void aFileThatTookThePlaceOfOursIsNeverTouched() throws Exception {
        var volume = destination().ensureVolume(US, request("disk-0", MIB));
        Files.delete(Path.of(volume.ref()));
        try (var foreign = new RandomAccessFile(volume.ref(), "rw")) { // on most file systems it gets the very inode of the one before
            foreign.setLength(MIB);
        }
        assertThat(destination().findVolume(US, "disk-0")).isEmpty();
        assertFault(() -> destination().ensureVolume(US, request("disk-0", MIB)), SpiFault.OWNERSHIP_MISMATCH);
        destination().deleteVolume(US, "disk-0");
        assertThat(Path.of(volume.ref())).hasSize(MIB);
    }

    @Test
    void aVolumeThatWasRemovedByHandIsMadeAnewAsAnother() throws Exception {
        var volume = destination().ensureVolume(US, request("disk-0", MIB));
        Files.delete(Path.of(volume.ref()));
        assertThat(destination().ensureVolume(US, request("disk-0", MIB)).identity()).isNotEqualTo(volume.identity());
    }

    @Test
    void aForeignVmOfTheSameNameIsNeverTouched() throws Exception {
        Files.createDirectory(pool.resolve("vms/web"));
        assertThat(destination().nameTaken(US, "web")).isTrue();
        assertFault(() -> destination().ensureVm(US, Vms.web(List.of())), SpiFault.OWNERSHIP_MISMATCH);
        destination().deleteVm(US);
        assertThat(pool.resolve("vms/web")).isEmptyDirectory();
    }

    @Test
    void whatPeopleKeepBesideAVmStays() throws Exception {
        destination().ensureVm(US, Vms.web(List.of()));
        var note = Files.writeString(pool.resolve("vms/web/note.txt"), "mine");
        destination().deleteVm(US);
        assertThat(pool.resolve("vms/web")).isDirectoryNotContaining(path -> !path.equals(note));
    }

    @Test
    void aBrokenOffVmIsCleanedAway() throws Exception {
        destination().ensureVm(US, Vms.web(List.of()));
        Files.delete(pool.resolve("vms/web/domain.xml"));
        destination().ensureVm(US, Vms.web(List.of()));
        assertThat(pool.resolve("vms/web/domain.xml")).isNotEmptyFile();
        Files.createDirectories(pool.resolve(".godwit/v-us/new/vm-half"));
        assertThat(destination().leftovers(US)).hasSize(2);
        destination().deleteVm(US);
        assertThat(destination().leftovers(US)).isEmpty();
        assertThat(pool.resolve(".godwit/v-us")).doesNotExist();
    }

    @Test
    void thePoolBelongsToTheNodeThatOpenedItFirst() {
        assertFault(() -> connect("node-2"), LocalFault.POOL_OF_ANOTHER_NODE);
        connect("node-1").close();
    }

    @Test
    void thereIsNoPoolInAPlaceThatDoesNotExist() {
        assertFault(() -> new LocalFactory().connect(settings(temporary.resolve("no/such/place"), "node-1")),
                SpiFault.PROVIDER_URL_INVALID);
    }

    @Test
    void namesThatWouldLeaveThePoolAreRefused() {
        for (var name : List.of("../web", ".hidden", "", "a/b", "a\nb", "x".repeat(200))) {
            assertFault(() -> destination().ensureVolume(US, new VolumeRequest(name, "disk-0", MIB, StorageTarget.DEFAULT)),
                    LocalFault.VM_NAME_UNUSABLE);
            assertFault(() -> destination().nameTaken(US, name), LocalFault.VM_NAME_UNUSABLE);
        }
    }

    @Test
    void spaceThatRunningMigrationsMayStillWriteIsNotFree() throws Exception {
        long free = Files.getFileStore(pool).getUsableSpace();
        long most = free - 2048 * MIB; // others write to this file system too
        destination().ensureVolume(US, request("disk-0", most));
        var other = new VolumeRequest("db", "disk-0", 4096 * MIB, StorageTarget.DEFAULT);
        assertFault(() -> destination().requireSpace(List.of(other), 0), SpiFault.CAPACITY_EXCEEDED);
        assertFault(() -> destination().ensureVolume(new VmMigrationId("v-other"), other), SpiFault.CAPACITY_EXCEEDED);
        destination().requireSpace(List.of(request("disk-0", most)), 0); // the same VM again: its own promise is not counted twice
        destination().deleteWorkVolume(US, Logs.KEEP); // the migration has ended
        destination().requireSpace(List.of(other), 0);
    }

    @Test
    void nothingOutlivesAWorkVolumeThatGoesWithItsLogs() throws Exception {
        var work = destination().ensureWorkVolume(US, MIB);
        Files.writeString(Path.of(work.path(), "logs/virt-v2v.log"), "converted");
        destination().deleteWorkVolume(US, Logs.KEEP); // as at the end of a migration that is cancelled then
        Files.writeString(Files.createDirectories(pool.resolve(".godwit/v-us/jobs/boot-1")).resolve("worker.log"), "worked");

        destination().deleteWorkVolume(US, Logs.DELETE);

        assertThat(pool.resolve(".godwit/v-us")).doesNotExist();
    }

    @Test
    void whatAKilledServerWasWritingGoesToo() throws Exception {
        destination().ensureWorkVolume(US, MIB);
        destination().ensureVolume(US, request("disk-0", MIB));
        Files.writeString(pool.resolve(".godwit/v-us/volumes/.disk-0.json.123.new"), "{");
        Files.writeString(pool.resolve(".godwit/v-us/.vm.json.456.new"), "{");

        destination().deleteVolume(US, "disk-0");
        destination().deleteWorkVolume(US, Logs.DELETE);

        assertThat(pool.resolve(".godwit/v-us")).doesNotExist();
    }

    @Test
    void logsOutliveTheWorkVolume() throws Exception {
        var work = destination().ensureWorkVolume(US, MIB);
        Files.writeString(Path.of(work.path(), "logs/virt-v2v.log"), "converted");
        Files.writeString(Path.of(work.path(), "overlay.qcow2"), "bytes");
        Files.createSymbolicLink(Path.of(work.path(), "evil.log"), Path.of("/etc/passwd"));
        var job = Files.createDirectories(pool.resolve(".godwit/v-us/jobs/convert-1"));
        Files.writeString(job.resolve("worker.log"), "worked");

        destination().deleteWorkVolume(US, Logs.KEEP);

        assertThat(destination().logs(US)).extracting("name").containsExactlyInAnyOrder("logs/virt-v2v.log", "convert-1/worker.log");
        try (var log = destination().openLog(US, "logs/virt-v2v.log").orElseThrow()) {
            assertThat(log).hasContent("converted");
        }
        assertThat(destination().openLog(US, "../../pool.json")).isEmpty();
        assertThat(destination().leftovers(US)).isEmpty();
        assertThat(Files.exists(Path.of(work.path()), LinkOption.NOFOLLOW_LINKS)).isFalse();
        assertThat(job).doesNotExist();
    }

    @Test
    void aRecordThatCannotBeReadRemovesNothing() throws Exception {
        var volume = destination().ensureVolume(US, request("disk-0", MIB));
        Files.writeString(pool.resolve(".godwit/v-us/volumes/disk-0.json"), "{\"diskKey\":");
        assertFault(() -> destination().deleteVolume(US, "disk-0"), LocalFault.POOL_RECORD_DAMAGED);
        assertThat(Path.of(volume.ref())).exists();
    }

    @Test
    void theBootCheckHasTheMachineThatWasDefined() {
        var volume = destination().ensureVolume(US, request("disk-0", MIB));
        var vm = Vms.web(List.of(volume));
        destination().ensureVm(US, vm);
        var job = destination().bootCheck().orElseThrow().job(new io.godwit.model.disk.JobName("boot-1"),
                destination().ensureWorkVolume(US, MIB), US, vm);
        assertThat(job.disks()).containsExactly(new io.godwit.model.disk.WorkerJob.BootDisk("disk-0", volume.ref()));
        assertThat(job.machine().memoryBytes()).isEqualTo(vm.memoryBytes());
        assertThat(job.machine().macAddresses()).containsExactly("52:54:00:00:00:01");
        assertThat(Path.of(job.evidenceDirectory())).isDirectory().startsWith(pool.resolve("vms/web"));
    }

    @Test
    void recognisesAPoolAndAPlaceForOne() throws Exception {
        var factory = new LocalFactory();
        assertThat(factory.recognises(pool.toString())).isTrue();
        assertThat(factory.recognises(pool.toUri().toString())).isTrue();
        assertThat(factory.recognises(Files.createDirectory(pool.resolve("other")).toString())).isTrue();
        assertThat(factory.recognises(Files.createFile(pool.resolve("file")).toString())).isFalse();
        assertThat(factory.recognises("https://vcenter/sdk")).isFalse();
    }

    private static VolumeRequest request(String key, long size) {
        return new VolumeRequest("web", key, size, StorageTarget.DEFAULT);
    }

    private static void assertFault(org.assertj.core.api.ThrowableAssert.ThrowingCallable call, io.godwit.model.fault.FaultCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class, e -> assertThat(e.fault().code()).isEqualTo(code.name()));
    }
}
