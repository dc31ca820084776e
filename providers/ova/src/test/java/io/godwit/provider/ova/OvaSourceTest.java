package io.godwit.provider.ova;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.disk.SideTask;
import io.godwit.model.fault.FaultCode;
import io.godwit.model.fault.FaultException;
import io.godwit.model.inventory.SourceVm;
import io.godwit.model.migration.SourceView;
import io.godwit.model.migration.SourceView.Stopped;
import io.godwit.provider.SourceProvider;
import io.godwit.provider.SpiFault;
import io.godwit.provider.ova.fixture.OvaFixture;
import io.godwit.provider.ova.fixture.OvaFixture.ManifestForm;
import io.godwit.provider.ova.fixture.SeededDisk;
import io.godwit.provider.testkit.SourceProviderContract;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OvaSourceTest extends SourceProviderContract {
    private static final SeededDisk FIRST = new SeededDisk(1, 1 << 20);
    private static final SeededDisk SECOND = new SeededDisk(2, 1 << 19);

    @TempDir
    private Path folder;
    private SourceProvider source = unconnected();

    private static SourceProvider unconnected() {
        return new OvaSource(new OvaFolder(Path.of("/nonexistent")), Duration.ZERO);
    }

    @BeforeEach
    void connect() throws IOException {
        OvaFixture.ovftool("db").disk(FIRST).disk(SECOND).nic("VM Network", "VmxNet3", "00:50:56:01:02:03").write(folder.resolve("db.ova"));
        OvaFixture.vsphere("web").disk(FIRST).nic("DMZ", "E1000", "")
                .write(Files.createDirectory(folder.resolve("team-a")).resolve("web.ova"));
        source = new OvaSource(new OvaFolder(folder), Duration.ofSeconds(15));
    }

    @Override
    protected SourceProvider source() {
        return source;
    }

    @Override
    protected void changeBytes(String vmId) {
        try (var file = new RandomAccessFile(folder.resolve(vmId).toFile(), "rw")) {
            file.seek(file.length() / 2);
            var before = file.read();
            file.seek(file.length() / 2);
            file.write(before + 1);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void namesVmsByTheirPathInTheFolderAndStoragesByTheirFolder() {
        var inventory = source.inventory();
        assertThat(inventory.unreadable()).isEmpty();
        assertThat(inventory.vms()).extracting(SourceVm::id).containsExactly("db.ova", "team-a/web.ova");
        assertThat(inventory.vms()).extracting(vm -> vm.disks().getFirst().storageId()).containsExactly(".", "team-a");
        assertThat(inventory.storages()).extracting(storage -> storage.name()).containsExactly(folder.getFileName().toString(), "team-a");
        assertThat(inventory.networks()).extracting(network -> network.id()).containsExactly("DMZ", "VM Network");
    }

    @Test
    void readsASingleFileAsAProvider() {
        var single = new OvaSource(new OvaFolder(folder.resolve("db.ova")), Duration.ofSeconds(15));
        assertThat(single.inventory().vms()).extracting(SourceVm::id).containsExactly("db.ova");
        assertThat(single.requireVm("db.ova").disks()).hasSize(2);
    }

    @Test
    void locatesADiskAsARangeOfTheTar() throws Exception {
        var vm = source.requireVm("db.ova");
        var spec = source.locate(vm.id(), vm.identity(), "disk-1", new Stopped());
        assertThat(spec).isInstanceOfSatisfying(ExportSpec.Format.class, format -> {
            assertThat(format.format()).isEqualTo(DiskFormat.VMDK);
            assertThat(format.inner()).isInstanceOfSatisfying(ExportSpec.Range.class, range -> {
                assertThat(range.inner()).isEqualTo(new ExportSpec.File(folder.resolve("db.ova").toString(), identityOf("db.ova")));
                assertThat(bytes(range)).startsWith('K', 'D', 'M', 'V').hasSize((int) range.length());
            });
        });
    }

    @Test
    void givesTheDigestsOfAllFilesAsASideTaskOverTheTar() throws Exception {
        for (var form : List.of(ManifestForm.SHA1, ManifestForm.SHA256, ManifestForm.SHA512, ManifestForm.VIRTUALBOX_SHA1)) {
            OvaFixture.ovftool("db").disk(FIRST).disk(SECOND).manifest(form).write(folder.resolve("db.ova"));
            var vm = source.requireVm("db.ova");
            var tasks = source.sideTasks(vm.id(), vm.identity());
            assertThat(tasks).singleElement().isInstanceOfSatisfying(SideTask.CheckDigests.class, task -> {
                assertThat(task.ranges()).extracting(SideTask.DigestedRange::what).containsExactly("db.ovf", "db-disk1.vmdk",
                        "db-disk2.vmdk");
                for (var range : task.ranges()) {
                    assertThat(hex(range.algorithm(), bytes((ExportSpec.Range) range.bytes()))).isEqualTo(range.expectedHex());
                }
            });
        }
    }

    @Test
    void hasNoSideTaskWithoutAManifest() throws IOException {
        OvaFixture.ovftool("db").disk(FIRST).manifest(ManifestForm.NONE).write(folder.resolve("db.ova"));
        var vm = source.requireVm("db.ova");
        assertThat(source.sideTasks(vm.id(), vm.identity())).isEmpty();
        assertThat(vm.concerns()).extracting(concern -> concern.id()).contains("ova.manifest.missing");
    }

    @Test
    void passesAWrongDigestOfADiskOnToTheWorker() throws IOException {
        OvaFixture.ovftool("db").disk(FIRST).wrongDigestOf("db-disk1.vmdk").write(folder.resolve("db.ova"));
        var vm = source.requireVm("db.ova");
        var task = (SideTask.CheckDigests) source.sideTasks(vm.id(), vm.identity()).getFirst();
        var disk = task.ranges().get(1);
        assertThat(hex(disk.algorithm(), bytes((ExportSpec.Range) disk.bytes()))).isNotEqualTo(disk.expectedHex());
    }

    @Test
    void aFileThatWasReplacedIsAnotherSourceEvenWithTheSameSizeAndTime() throws IOException {
        var vm = source.requireVm("db.ova");
        var path = folder.resolve("db.ova");
        var time = Files.getLastModifiedTime(path);
        var copy = Files.copy(path, folder.resolve("copy"));
        Files.setLastModifiedTime(copy, time);
        Files.move(copy, path, StandardCopyOption.REPLACE_EXISTING);
        assertThat(Files.getLastModifiedTime(path)).isEqualTo(time);
        assertFault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()), SpiFault.SOURCE_CHANGED);
        assertFault(() -> source.sideTasks(vm.id(), vm.identity()), SpiFault.SOURCE_CHANGED);
    }

    @Test
    void aFileThatWasReplacedByRubbishIsReportedAsReplaced() throws IOException {
        var vm = source.requireVm("db.ova");
        Files.writeString(folder.resolve("db.ova"), "rubbish");
        assertFault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()), SpiFault.SOURCE_CHANGED);
    }

    @Test
    void anOvfThatChangedBehindAForgedTimeIsAnotherSource() throws IOException {
        var path = folder.resolve("db.ova");
        OvaFixture.ovftool("db").disk(FIRST).manifest(ManifestForm.NONE).memoryMib(512).write(path);
        var vm = source.requireVm("db.ova");
        var time = Files.getLastModifiedTime(path);
        try (var file = new RandomAccessFile(path.toFile(), "rw")) { // the same inode and size
            var head = new byte[16_384];
            file.readFully(head);
            var at = new String(head, ISO_8859_1).indexOf("<rasd:VirtualQuantity>512<") + 22;
            file.seek(at);
            file.writeBytes("768");
        }
        Files.setLastModifiedTime(path, time);
        assertThat(OvaPackage.mayBeOf(new PackagePlace.Local(path).version(), vm.identity())).as("the file itself looks the same").isTrue();
        assertThat(source.requireVm("db.ova").memoryBytes()).isEqualTo(768L << 20);
        assertFault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()), SpiFault.SOURCE_CHANGED);
    }

    @Test
    void aFileThatIsGoneIsAVmThatIsNotThere() throws IOException {
        var vm = source.requireVm("db.ova");
        Files.delete(folder.resolve("db.ova"));
        assertFault(() -> source.requireVm(vm.id()), SpiFault.VM_NOT_FOUND);
        assertFault(() -> source.locate(vm.id(), vm.identity(), "disk-0", new Stopped()), SpiFault.VM_NOT_FOUND);
    }

    @Test
    void anIdIsNeverAPath() throws IOException {
        OvaFixture.ovftool("other").disk(FIRST).write(folder.resolve("other.ova"));
        var inner = new OvaSource(new OvaFolder(folder.resolve("team-a")), Duration.ofSeconds(15));
        assertFault(() -> inner.requireVm("../other.ova"), SpiFault.VM_NOT_FOUND);
        assertFault(() -> inner.requireVm(folder.resolve("other.ova").toString()), SpiFault.VM_NOT_FOUND);
    }

    @Test
    void refusesTheViewsOfARunningVm() {
        var vm = source.requireVm("db.ova");
        for (var view : List.of(new SourceView.Live(), new SourceView.Snapshot("s1"), new SourceView.Overlay(1))) {
            assertThatThrownBy(() -> source.locate(vm.id(), vm.identity(), "disk-0", view)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void hasNoPower() {
        assertThat(source.power()).isEmpty();
    }

    @Test
    void keepsTheOrderOfDisksAndTheirKeysOverReadings() {
        assertThat(source.requireVm("db.ova")).isEqualTo(source.requireVm("db.ova"));
        assertThat(source.requireVm("db.ova").disks()).extracting(disk -> disk.key() + " " + disk.name()).containsExactly(
                "disk-0 db-disk1.vmdk",
                "disk-1 db-disk2.vmdk");
    }

    @Test
    void showsWhatItCouldNotReadBesideTheRest() throws IOException {
        Files.writeString(folder.resolve("broken.ova"), "not a tar at all");
        Files.createSymbolicLink(folder.resolve("link.ova"), folder.resolve("db.ova"));
        Files.createDirectory(folder.resolve("team-a").resolve("folder.ova"));
        Files.writeString(folder.resolve(".db.ova"), "a hidden upload");
        var inventory = source.inventory();
        assertThat(inventory.vms()).hasSize(2);
        assertThat(inventory.unreadable()).extracting(each -> each.location() + " " + each.fault().code())
                .containsExactlyInAnyOrder("broken.ova OVA_NOT_AN_ARCHIVE", "link.ova OVA_UNREADABLE");
    }

    @Test
    void filesThatItHasNoTimeForAreShownAsUnread() {
        var hurried = new OvaSource(new OvaFolder(folder), Duration.ofNanos(-1));
        assertThat(hurried.inventory().unreadable()).extracting(each -> each.fault().code()).containsExactly("OVA_INVENTORY_TIMEOUT",
                "OVA_INVENTORY_TIMEOUT");
    }

    @Test
    void leavesTheFileAsItIs() throws IOException {
        var before = identityOf("db.ova");
        var vm = source.requireVm("db.ova");
        source.locate(vm.id(), vm.identity(), "disk-0", new Stopped());
        source.sideTasks(vm.id(), vm.identity());
        assertThat(identityOf("db.ova")).isEqualTo(before);
    }

    private FileIdentity identityOf(String id) {
        try {
            return FileIdentity.read(folder.resolve(id));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static byte[] bytes(ExportSpec.Range range) {
        try (var file = new RandomAccessFile(((ExportSpec.File) range.inner()).path(), "r")) {
            var bytes = new byte[(int) range.length()];
            file.seek(range.offset());
            file.readFully(bytes);
            return bytes;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String hex(String algorithm, byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    static void assertFault(ThrowingCallable call, FaultCode code) {
        assertThatThrownBy(call).isInstanceOfSatisfying(FaultException.class,
                exception -> assertThat(exception.fault().code()).as(exception.getMessage()).isEqualTo(code.name()));
    }
}
