package io.godwit.export;

import static io.godwit.export.TestMachine.assertFault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.godwit.blockio.BlockFault;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.FileIdentity;
import io.godwit.model.fault.FaultException;
import io.godwit.process.ChildFailure;
import io.godwit.process.Command;
import io.godwit.process.Supervisor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(value = 120, unit = TimeUnit.SECONDS)
class ExportsIT {
    private static final long SIZE = 8 << 20;

    @TempDir
    Path folder;
    private Supervisor supervisor;
    private Exports exports;
    private Path raw;

    @BeforeEach
    void makeADisk() throws IOException {
        supervisor = new Supervisor(folder.resolve("tmp"));
        Files.createDirectories(folder.resolve("run"));
        exports = new Exports(supervisor, folder.resolve("run"), folder, name -> name.equals("known") ? "the password" : null);
        raw = folder.resolve("disk.raw");
        try (var disk = new RandomAccessFile(raw.toFile(), "rw")) {
            var data = new byte[1 << 20];
            new Random(5).nextBytes(data);
            disk.setLength(SIZE);
            disk.write(data);
            disk.seek(5 << 20);
            disk.write(data);
        }
    }

    @AfterEach
    void endAll() {
        supervisor.close();
        exports.close();
        assertThat(folder.resolve("run")).isEmptyDirectory();
    }

    @Test
    void servesAFileAndPartOfIt() throws IOException {
        try (var whole = exports.open(new ExportSpec.File(raw.toString(), FileIdentity.read(raw)))) {
            assertThat(copyOf(whole)).hasSameBinaryContentAs(raw);
            whole.requireUnchanged();
            whole.requireAlive(Duration.ZERO);
        }
        try (var part = exports.open(
                new ExportSpec.Range(new ExportSpec.Range(new ExportSpec.File(raw.toString(), null), 5 << 20, 2 << 20), 4096, 8192))) {
            var bytes = Files.readAllBytes(copyOf(part));
            var all = Files.readAllBytes(raw);
            assertThat(bytes).isEqualTo(java.util.Arrays.copyOfRange(all, (5 << 20) + 4096, (5 << 20) + 4096 + 8192));
        }
    }

    @ParameterizedTest
    @CsvSource({"VMDK,vmdk,subformat=streamOptimized", "VMDK,vmdk,subformat=monolithicSparse", "QCOW2,qcow2,compat=1.1",
            "QCOW2,qcow2,compat=0.10",
            "VHD,vpc,'subformat=dynamic,force_size=on'", "VHD,vpc,'subformat=fixed,force_size=on'", "VHDX,vhdx,subformat=dynamic"})
    void readsAnImageInPlaceInsideATar(DiskFormat format, String driver, String options) throws IOException {
        var image = folder.resolve("image.bin");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", driver, "-o", options, raw.toString(), image.toString()));
        var tar = folder.resolve("vm.ova");
        var filler = folder.resolve("vm.ovf");
        Files.writeString(filler, "x".repeat(3000));
        supervisor.run(Command.of("tar", "--format=ustar", "-C", folder.toString(), "-cf", tar.toString(), "vm.ovf", "image.bin"));
        var spec = new ExportSpec.Format(new ExportSpec.Range(new ExportSpec.File(tar.toString(), FileIdentity.read(tar)), 512 + 3072 + 512,
                Files.size(image)), format);
        try (var export = exports.open(spec)) {
            assertThat(copyOf(export)).hasSameBinaryContentAs(raw);
        }
    }

    /// QEMU alone reads some of these to their ends, with zeroes for what is missing.
    @ParameterizedTest
    @CsvSource({"VMDK,vmdk,subformat=streamOptimized", "VMDK,vmdk,subformat=monolithicSparse", "QCOW2,qcow2,compat=1.1",
            "QCOW2,qcow2,compat=0.10", "VHD,vpc,'subformat=dynamic,force_size=on'", "VHDX,vhdx,subformat=dynamic"})
    void makesNoDiskOfAnImageThatWasCutShort(DiskFormat format, String driver, String options) throws IOException {
        var image = folder.resolve("image.bin");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", driver, "-o", options, raw.toString(), image.toString()));
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(file.length() * 3 / 4 / 512 * 512);
        }
        var spec = new ExportSpec.Format(new ExportSpec.File(image.toString(), FileIdentity.read(image)), format);
        assertThatExceptionOfType(FaultException.class).isThrownBy(() -> {
            try (var export = exports.open(spec)) {
                TestMachine.read(export, Duration.ofSeconds(1));
            }
        });
    }

    @Test
    void servesAnOverlayOverAnImageWhoeverServedItsBaseBefore() throws IOException {
        var image = folder.resolve("image.vmdk");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw.toString(),
                image.toString()));
        var before = Files.readAllBytes(image);
        var base = new ExportSpec.Format(new ExportSpec.File(image.toString(), FileIdentity.read(image)), DiskFormat.VMDK);
        var overlays = new Overlays(supervisor);
        var overlay = folder.resolve("overlays/1/disk.qcow2");
        try (var served = exports.open(base)) {
            overlays.create(overlay, served, SIZE);
            assertThat(overlays.virtualSize(overlay)).isEqualTo(SIZE);
        }
        try (var served = exports.open(base)) { // another socket
            overlays.rebase(overlay, served);
            supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 1048576 65536", "-c", "write -z 5242880 65536",
                    overlay.toString()));
        }
        overlays.check(overlay, Duration.ofSeconds(10));
        supervisor
                .run(Command.of("qemu-io", "-f", "raw", "-c", "write -P 7 1048576 65536", "-c", "write -z 5242880 65536", raw.toString()));
        try (var merged = exports.open(new ExportSpec.Overlay(base, "overlays/1/disk.qcow2"))) {
            assertThat(copyOf(merged)).hasSameBinaryContentAs(raw);
        }
        assertThat(image).hasBinaryContent(before);
    }

    @Test
    void servesAnOverlayOverAnImageInsideAPackage() throws IOException {
        var image = folder.resolve("image.vmdk");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw.toString(),
                image.toString()));
        var packed = folder.resolve("package.tar");
        try (var tar = new RandomAccessFile(packed.toFile(), "rw")) {
            tar.seek(1536);
            tar.write(Files.readAllBytes(image));
            tar.setLength(tar.length() + 1024);
        }
        servesWhatAnOverlayHolds(new ExportSpec.Format(
                new ExportSpec.Range(new ExportSpec.File(packed.toString(), null), 1536, Files.size(image)), DiskFormat.VMDK));
    }

    @Test
    void servesAnOverlayOverARawFile() throws IOException {
        servesWhatAnOverlayHolds(new ExportSpec.File(raw.toString(), null));
    }

    private void servesWhatAnOverlayHolds(ExportSpec base) throws IOException {
        var overlay = folder.resolve("o.qcow2");
        var expected = Files.copy(raw, folder.resolve("expected.raw"));
        try (var served = exports.open(base)) {
            new Overlays(supervisor).create(overlay, served, SIZE);
            supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 1048576 65536", overlay.toString()));
        }
        supervisor.run(Command.of("qemu-io", "-f", "raw", "-c", "write -P 7 1048576 65536", expected.toString()));
        try (var merged = exports.open(new ExportSpec.Overlay(base, "o.qcow2"))) {
            assertThat(copyOf(merged)).hasSameBinaryContentAs(expected);
        }
    }

    @Test
    void waitsForTheLockOfAnOverlayAndSaysWhenItIsNotGivenUp() {
        var overlay = folder.resolve("o.qcow2");
        var overlays = new Overlays(supervisor);
        try (var base = exports.open(new ExportSpec.File(raw.toString(), null))) {
            overlays.create(overlay, base, SIZE);
            var pid = folder.resolve("pid");
            var holder = supervisor.start(Command.of("qemu-nbd", "-f", "qcow2", "-t", "-k", folder.resolve("s").toString(),
                    "--pid-file=" + pid, overlay.toString()));
            org.awaitility.Awaitility.await().until(() -> Files.exists(pid));
            assertFault(ExportFault.OVERLAY_LOCKED, () -> overlays.check(overlay, Duration.ofMillis(300)));
            holder.kill();
            overlays.check(overlay, Duration.ofSeconds(5));
        }
    }

    @Test
    void freesWhatAVolumesServerLeftUnused() throws IOException {
        var volume = folder.resolve("volume.qcow2");
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", volume.toString(), "8M"));
        supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 1M", volume.toString()));
        try (var file = new RandomAccessFile(volume.toFile(), "rw")) {
            file.seek(40); // where the first table is: docs/interop/qcow2.txt
            file.seek(file.readLong());
            file.writeLong(0);
        }
        var check = Command.of("qemu-img", "check", "-q", volume.toString());
        assertThatExceptionOfType(ChildFailure.class).isThrownBy(() -> supervisor.run(check)).withMessageContaining("Leaked");
        exports.checkVolume(volume);
        supervisor.run(check);
    }

    @Test
    void findsADamagedOverlay() throws IOException {
        var overlay = folder.resolve("o.qcow2");
        var overlays = new Overlays(supervisor);
        try (var base = exports.open(new ExportSpec.File(raw.toString(), null))) {
            overlays.create(overlay, base, SIZE);
            supervisor.run(Command.of("qemu-io", "-f", "qcow2", "-c", "write -P 7 0 1M", overlay.toString()));
        }
        try (var file = new RandomAccessFile(overlay.toFile(), "rw")) {
            file.seek(2 * 65536); // the refcount block
            file.write(new byte[4096]);
        }
        assertFault(ExportFault.OVERLAY_DAMAGED, () -> overlays.check(overlay, Duration.ofSeconds(5)));
    }

    /// QEMU closes the connection instead of telling such an error, where it may answer in pieces.
    @Test
    void tellsWhereACompressedGrainIsDamaged() throws IOException {
        var image = folder.resolve("stream.vmdk");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw.toString(),
                image.toString()));
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(file.length() / 2);
            file.write(new byte[4096]);
        }
        try (var export = exports.open(new ExportSpec.Format(new ExportSpec.File(image.toString(), null), DiskFormat.VMDK))) {
            assertFault(BlockFault.NBD_READ_FAILED, () -> TestMachine.read(export, Duration.ofSeconds(1)));
        }
    }

    @Test
    void refusesAFileThatWasReplaced() throws IOException {
        var identity = FileIdentity.read(raw);
        var copy = folder.resolve("copy");
        Files.copy(raw, copy);
        try (var export = exports.open(new ExportSpec.File(raw.toString(), identity))) {
            Files.move(copy, raw, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
            assertFault(ExportFault.SOURCE_FILE_CHANGED, export::requireUnchanged);
        }
        assertFault(ExportFault.SOURCE_FILE_CHANGED, () -> exports.open(new ExportSpec.File(raw.toString(), identity)));
        Files.delete(raw);
        assertFault(ExportFault.SOURCE_FILE_MISSING, () -> exports.open(new ExportSpec.File(raw.toString(), identity)));
    }

    @Test
    void refusesARangeBehindTheEndOfTheFile() {
        assertFault(ExportFault.IMAGE_TRUNCATED,
                () -> exports.open(new ExportSpec.Range(new ExportSpec.File(raw.toString(), null), SIZE - 4096, 8192)));
    }

    @Test
    void refusesImagesThatNameOtherFilesBeforeAnyToolOpensThem() throws IOException {
        var secret = folder.resolve("shadow");
        Files.writeString(secret, "root:x");
        var image = folder.resolve("evil");
        for (var options : List.of(List.of("-f", "qcow2", "-u", "-b", secret.toString(), "-F", "raw"),
                List.of("-f", "qcow2", "-o", "data_file=" + folder.resolve("data")),
                List.of("-f", "vmdk", "-o", "subformat=monolithicFlat"), List.of("-f", "vmdk", "-o", "subformat=twoGbMaxExtentSparse"))) {
            Files.deleteIfExists(image);
            supervisor.run(Command.of("qemu-img", "create", "-q").with(options.toArray(String[]::new)).with(image.toString(), "8M"));
            var format = options.contains("qcow2") ? DiskFormat.QCOW2 : DiskFormat.VMDK;
            assertFault(ExportFault.IMAGE_NAMES_OTHER_FILES,
                    () -> exports.open(new ExportSpec.Format(new ExportSpec.File(image.toString(), null), format)));
        }
        var part = folder.resolve("evil-s001"); // one extent of a split disk has no descriptor
        assertThat(part).exists();
        assertFault(ExportFault.IMAGE_NAMES_OTHER_FILES,
                () -> exports.open(new ExportSpec.Format(new ExportSpec.File(part.toString(), null), DiskFormat.VMDK)));
        var child = folder.resolve("child.vmdk");
        var parent = folder.resolve("parent.vmdk");
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "vmdk", parent.toString(), "8M"));
        supervisor.run(Command.of("qemu-img", "create", "-q", "-f", "vmdk", "-b", parent.toString(), "-F", "vmdk", child.toString()));
        assertFault(ExportFault.IMAGE_NAMES_OTHER_FILES,
                () -> exports.open(new ExportSpec.Format(new ExportSpec.File(child.toString(), null), DiskFormat.VMDK)));
        assertThat(supervisor.run(Command.of("ls", folder.resolve("run").toString() + "/"))).doesNotContain(".pid");
    }

    /// Honest images with one field changed.
    @ParameterizedTest
    @CsvSource({"VMDK,vmdk,12,0000000000000000,IMAGE_NAMES_OTHER_FILES", "VMDK,vmdk,28,0000000000000000,IMAGE_NAMES_OTHER_FILES",
            "VMDK,vmdk,9000,706172656E7446696C654E616D6548696E743D,IMAGE_NAMES_OTHER_FILES", "VMDK,vmdk,36,FFFFFFFF00000000,IMAGE_DAMAGED",
            "QCOW2,qcow2,79,04,IMAGE_NAMES_OTHER_FILES", "QCOW2,qcow2,79,20,IMAGE_NOT_SUPPORTED", "QCOW2,qcow2,79,02,IMAGE_DAMAGED",
            "QCOW2,qcow2,35,02,IMAGE_NOT_SUPPORTED", "QCOW2,qcow2,112,44415441,IMAGE_NAMES_OTHER_FILES",
            "QCOW2,qcow2,112,E2792ACA,IMAGE_NAMES_OTHER_FILES",
            "QCOW2,qcow2,7,04,IMAGE_NOT_SUPPORTED", "QCOW2,qcow2,100,7FFFFFFF,IMAGE_DAMAGED", "VHD,vpc,60,00000004,IMAGE_NAMES_OTHER_FILES",
            "VHD,vpc,552,01,IMAGE_NAMES_OTHER_FILES", "VHD,vpc,1088,57326B75,IMAGE_NAMES_OTHER_FILES",
            "VHD,vpc,16,7FFFFFFFFFFFFFFF,IMAGE_TRUNCATED",
            "VHDX,vhdx,3211268,02,IMAGE_NAMES_OTHER_FILES"})
    void refusesAnImageWithAForgedHeader(DiskFormat format, String driver, long offset, String bytes, ExportFault expected)
            throws IOException {
        var image = folder.resolve("forged");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", driver, raw.toString(), image.toString()));
        var spec = new ExportSpec.Format(new ExportSpec.File(image.toString(), null), format);
        exports.open(spec).close(); // honest so far
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.seek(offset);
            file.write(java.util.HexFormat.of().parseHex(bytes));
        }
        assertFault(expected, () -> exports.open(spec));
    }

    @ParameterizedTest
    @CsvSource({"QCOW2", "VMDK", "VHD", "VHDX"})
    void refusesAnImageThatIsNotWhatItIsSaidToBe(DiskFormat format) {
        assertFault(ExportFault.IMAGE_DAMAGED,
                () -> exports.open(new ExportSpec.Format(new ExportSpec.File(raw.toString(), null), format)));
    }

    @Test
    void servesAnNbdkitPluginWithASecretThatIsInNoArgument() throws IOException {
        var spec = new ExportSpec.Nbdkit("data", Map.of("data", "0x55 * 100000", "size", "1048576"), Map.of(), List.of("cache"));
        try (var export = exports.open(spec)) {
            assertThat(Files.readAllBytes(copyOf(export))).hasSize(1 << 20).startsWith(0x55, 0x55);
        }
        assertFault(ExportFault.EXPORT_SECRET_MISSING,
                () -> exports.open(
                        new ExportSpec.Nbdkit("curl", Map.of("url", "http://127.0.0.1:9/"), Map.of("password", "unknown"), List.of())));
        assertFault(ExportFault.EXPORT_PLUGIN_MISSING,
                () -> exports.open(new ExportSpec.Nbdkit("nothing", Map.of(), Map.of("password", "known"), List.of())));
    }

    @Test
    void readsAnImageBehindAnNbdServerAndLooksAtItsHeaderFirst() throws IOException {
        var image = folder.resolve("image.vmdk");
        supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "vmdk", "-o", "subformat=streamOptimized", raw.toString(),
                image.toString()));
        var plugin = new ExportSpec.Nbdkit("file", Map.of("file", image.toString()), Map.of(), List.of());
        try (var served = exports.open(plugin);
                var export = exports.open(new ExportSpec.Format(new ExportSpec.Nbd(served.uri()), DiskFormat.VMDK));
                var part = exports.open(new ExportSpec.Range(new ExportSpec.Format(plugin, DiskFormat.VMDK), 5 << 20, 1 << 20))) {
            assertThat(copyOf(export)).hasSameBinaryContentAs(raw);
            assertThat(Files.readAllBytes(copyOf(part))).isEqualTo(java.util.Arrays.copyOfRange(Files.readAllBytes(raw), 5 << 20, 6 << 20));
        }
        supervisor
                .run(Command.of("qemu-img", "create", "-q", "-f", "qcow2", "-u", "-b", "/etc/shadow", "-F", "raw", image.toString(), "8M"));
        assertFault(ExportFault.IMAGE_NAMES_OTHER_FILES, () -> exports.open(new ExportSpec.Format(plugin, DiskFormat.QCOW2)));
    }

    @Test
    void saysWhatItsServerSaidWhenItDies() {
        try (var export = exports.open(new ExportSpec.File(raw.toString(), null))) {
            Servers.kill(folder);
            org.awaitility.Awaitility.await()
                    .untilAsserted(() -> assertFault(ExportFault.EXPORT_DIED, () -> export.requireAlive(Duration.ofSeconds(5))));
        }
    }

    private Path copyOf(Export export) throws IOException {
        var copy = folder.resolve("copied");
        Files.deleteIfExists(copy);
        supervisor.run(Command.of("nbdcopy", export.uri().toString(), copy.toString()));
        return copy;
    }
}
