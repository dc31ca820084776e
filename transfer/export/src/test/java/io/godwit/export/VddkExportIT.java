package io.godwit.export;

import static io.godwit.export.TestMachine.assertFault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.NbdSource;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.ExportSpec.VddkCompression;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// nbdkit's vddk plugin, as we start it, over the library of peers/vddk.
@Timeout(value = 240, unit = TimeUnit.SECONDS)
class VddkExportIT {
    private static final String SNAPSHOT = "snapshot-77";

    @TempDir
    Path folder;
    private VddkPeer peer;
    private TestMachine machine;
    private HttpsPeer server; // whose certificate the thumbprint is of

    @BeforeEach
    void start() throws Exception {
        peer = VddkPeer.in(folder);
        machine = new TestMachine(folder, peer.plugins);
        server = new HttpsPeer(folder, machine.disk);
        var store = Files.createDirectories(folder.resolve("stores/LocalDS_0/web 1"));
        TestMachine.makeDisk(store.resolve("web-000001-flat.vmdk"));
        peer.accept(folder.resolve("stores"), server.thumbprint(), SNAPSHOT);
        machine.secrets.put("password", VddkPeer.PASSWORD);
    }

    @AfterEach
    void end() {
        if (machine != null) {
            machine.close();
            assertThat(folder.resolve("run")).isEmptyDirectory();
        }
        if (server != null) {
            server.close();
        }
    }

    private ExportSpec.Vddk vddk() {
        return vddk(server.thumbprint(), VddkPeer.VM, SNAPSHOT, "[LocalDS_0] web 1/web-000001.vmdk");
    }

    private ExportSpec.Vddk vddk(String thumbprint, String vm, @Nullable String snapshot, String file) {
        return new ExportSpec.Vddk(peer.library.toString(), "localhost", server.port(), VddkPeer.USER, "password", thumbprint, vm, snapshot,
                file,
                List.of("nbdssl", "nbd"), VddkCompression.FASTLZ, 9902, "vixDiskLib.nfcAio.Session.BufSizeIn64KB=16\n");
    }

    @Test
    void readsASnapshotWithAllThatItIsTold() throws IOException {
        try (var export = machine.exports.open(vddk())) {
            assertThat(TestMachine.read(export)).isEqualTo(Files.readAllBytes(machine.disk));
        }
        assertThat(peer.calls()).contains("connect vm=moref=vm-62 server=localhost port=" + server.port()
                + " nfc=9902 snapshot=snapshot-77 transports=nbdssl:nbd read-only=1 user=administrator@vsphere.local\n")
                .contains("open [LocalDS_0] web 1/web-000001.vmdk flags=36\n") // read-only 4, FastLZ 32
                .containsPattern("init config=.*/vddk.conf\n");
    }

    @Test
    void seesHolesAndAsksForThemOnce() throws IOException {
        try (var export = machine.exports.open(vddk()); var source = NbdSource.open(export.uri(), NbdSettings.DEFAULT)) {
            var before = peer.calls().lines().filter(line -> line.startsWith("allocated")).count();
            for (int i = 0; i < 3; i++) {
                var status = source.status(0, TestMachine.SIZE);
                assertThat(status).hasSize(3);
                assertThat(status.get(1).isZero()).isTrue();
            }
            assertThat(peer.calls().lines().filter(line -> line.startsWith("allocated")).count() - before).isLessThanOrEqualTo(2);
            assertThat(source.connections()).as("several slow the library down").isEqualTo(1);
        }
    }

    @Test
    void readsAStoppedVm() throws IOException {
        peer.accept(folder.resolve("stores"), server.thumbprint(), "");
        try (var export = machine.exports.open(vddk(server.thumbprint(), VddkPeer.VM, null, "[LocalDS_0] web 1/web-000001.vmdk"))) {
            assertThat(TestMachine.read(export)).isEqualTo(Files.readAllBytes(machine.disk));
        }
    }

    @Test
    void opensTheDiskAnewWhenReadingFailsForAWhile() throws Exception {
        try (var export = machine.exports.open(vddk())) {
            assertThat(TestMachine.read(export, Duration.ofSeconds(30), () -> {
                peer.breakReading(true);
                Thread.ofPlatform().start(() -> {
                    await().until(() -> peer.calls().lines().filter(line -> line.startsWith("open")).count() > 3);
                    try {
                        peer.breakReading(false);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
            })).isEqualTo(Files.readAllBytes(machine.disk));
        }
    }

    @Test
    void saysWhyReadingFailed() throws IOException {
        try (var export = machine.exports.open(vddk())) {
            var fault = assertFault(ExportFault.SOURCE_UNREACHABLE,
                    () -> TestMachine.read(export, Duration.ofSeconds(1), () -> peer.breakReading(true)));
            assertThat(fault.fault().why()).contains("The connection was lost");
        }
    }

    @Test
    void saysWhyADiskCannotBeOpened() throws IOException {
        var wrong = "00:".repeat(19) + "00";
        var fault = assertFault(ExportFault.SOURCE_CERTIFICATE_REFUSED,
                () -> machine.exports.open(vddk(wrong, VddkPeer.VM, SNAPSHOT, "[LocalDS_0] web 1/web-000001.vmdk")));
        assertThat(fault.fault().why()).contains(server.thumbprint()).contains(wrong);
        assertFault(ExportFault.SOURCE_FILE_MISSING,
                () -> machine.exports.open(vddk(server.thumbprint(), "vm-1", SNAPSHOT, "[LocalDS_0] web 1/web-000001.vmdk")));
        assertFault(ExportFault.SOURCE_FILE_MISSING,
                () -> machine.exports.open(vddk(server.thumbprint(), VddkPeer.VM, SNAPSHOT, "[LocalDS_0] web 1/web.vmdk")));
        machine.secrets.put("password", "wrong");
        assertFault(ExportFault.SOURCE_LOGIN_REFUSED, () -> machine.exports.open(vddk()));
        server.stop();
        assertFault(ExportFault.SOURCE_UNREACHABLE,
                () -> machine.exports.open(vddk(wrong, VddkPeer.VM, SNAPSHOT, "[LocalDS_0] web 1/web-000001.vmdk")));
    }

    @Test
    void saysWhatIsNotInstalled() throws IOException {
        Files.move(peer.library.resolve("lib64"), peer.library.resolve("lib32"));
        assertFault(ExportFault.VDDK_LIBRARY_MISSING, () -> machine.exports.open(vddk()));
        Files.createDirectory(peer.library.resolve("lib64"));
        Files.writeString(peer.library.resolve("lib64/libvixDiskLib.so.8"), "no library");
        assertFault(ExportFault.VDDK_LIBRARY_MISSING, () -> machine.exports.open(vddk()));
        if (!Files.exists(Path.of("/usr/lib/x86_64-linux-gnu/nbdkit/plugins/nbdkit-vddk-plugin.so"))) {
            try (var without = new Exports(machine.supervisor, folder.resolve("run"), folder, machine.secrets::get, null)) {
                var fault = assertFault(ExportFault.EXPORT_PLUGIN_MISSING, () -> without.open(vddk()));
                assertThat(fault.fault().why()).contains("nbdkit-plugin-vddk");
            }
        }
    }

    @Test
    void showsNoSecretToAnyProcess() throws IOException {
        try (var _ = machine.exports.open(vddk())) {
            var shown = new ArrayList<>(TestMachine.whatProcessesShow());
            shown.addAll(machine.whatLiesAround());
            assertThat(shown).anyMatch(each -> each.contains("libdir=" + peer.library));
            assertThat(shown).noneMatch(each -> each.contains(VddkPeer.PASSWORD));
        }
    }
}
