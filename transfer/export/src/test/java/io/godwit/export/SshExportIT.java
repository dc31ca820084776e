package io.godwit.export;

import static io.godwit.export.TestMachine.assertFault;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.SshAccess;
import io.godwit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// nbdkit's ssh plugin, as we start it, against OpenSSH.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class SshExportIT {
    private static final SshAccess KEY = new SshAccess.Key("key");
    private static final SshAccess PASSWORD = new SshAccess.Password("password");

    @TempDir
    Path folder;
    private TestMachine machine;
    private SshdPeer peer;

    @BeforeEach
    void start() throws IOException {
        machine = new TestMachine(folder, null);
        peer = new SshdPeer(machine.supervisor, folder.resolve("sshd"));
        Files.copy(machine.disk, peer.home().resolve("disk image"));
        machine.secrets.put("key", peer.key());
        machine.secrets.put("password", SshdPeer.PASSWORD);
    }

    @AfterEach
    void end() {
        machine.close();
        assertThat(folder.resolve("run")).isEmptyDirectory();
    }

    private ExportSpec ssh(String path, SshAccess access) throws IOException {
        return new ExportSpec.Ssh("127.0.0.1", peer.port(), peer.user(), path, peer.knownHosts(), access);
    }

    private ExportSpec disk(SshAccess access) throws IOException {
        return ssh(peer.home().resolve("disk image").toString(), access);
    }

    private byte[] read(ExportSpec spec) {
        try (var export = machine.exports.open(spec)) {
            return TestMachine.read(export);
        }
    }

    @Test
    void readsByKeyAndByPassword() throws IOException {
        assertThat(read(disk(KEY))).isEqualTo(Files.readAllBytes(machine.disk));
        assumeTrue(peer.mayUsePassword(), "the server gives a password to root's tests only");
        assertThat(read(disk(PASSWORD))).isEqualTo(Files.readAllBytes(machine.disk));
        assertThat(read(ssh("disk image", PASSWORD))).as("below the home folder").isEqualTo(Files.readAllBytes(machine.disk));
    }

    @ParameterizedTest
    @CsvSource({"VMDK,vmdk,subformat=streamOptimized", "QCOW2,qcow2,compat=1.1", "VHDX,vhdx,subformat=dynamic",
            "VHD,vpc,'subformat=dynamic,force_size=on'"})
    void readsImages(DiskFormat format, String driver, String options) throws IOException {
        var image = peer.home().resolve("image");
        machine.supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", driver, "-o", options, machine.disk.toString(),
                image.toString()));
        assertThat(read(new ExportSpec.Format(ssh(image.toString(), KEY), format))).isEqualTo(Files.readAllBytes(machine.disk));
    }

    @Test
    void goesOnWhenTheServerIsStartedAgain() throws Exception {
        try (var export = machine.exports.open(disk(KEY))) {
            assertThat(TestMachine.read(export, Duration.ofSeconds(40), this::startAgainSoon)).isEqualTo(Files.readAllBytes(machine.disk));
        }
    }

    @Test
    void goesOnUnderneathAFormatWhenTheServerIsStartedAgain() throws Exception {
        var image = peer.home().resolve("image");
        machine.supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", machine.disk.toString(), image.toString()));
        try (var export = machine.exports.open(new ExportSpec.Format(ssh(image.toString(), KEY), DiskFormat.QCOW2))) {
            // QEMU keeps its connection to nbdkit, so nbdkit must open the file anew by itself
            assertThat(TestMachine.read(export, Duration.ofSeconds(40), this::startAgainSoon)).isEqualTo(Files.readAllBytes(machine.disk));
        }
    }

    private void startAgainSoon() {
        peer.stop();
        Thread.ofPlatform().start(peer::startAgain);
    }

    @Test
    void saysThatTheServerIsGone() throws IOException {
        try (var export = machine.exports.open(disk(KEY))) {
            assertFault(ExportFault.SOURCE_UNREACHABLE, () -> TestMachine.read(export, Duration.ofSeconds(1), peer::stop));
        }
        var gone = disk(KEY);
        assertFault(ExportFault.SOURCE_UNREACHABLE, () -> machine.exports.open(gone));
        var nowhere = new ExportSpec.Ssh("no-such-host.invalid", 22, "u", "/d", "no-such-host.invalid ssh-ed25519 AAAA", KEY);
        assertFault(ExportFault.SOURCE_UNREACHABLE, () -> machine.exports.open(nowhere));
    }

    @Test
    void readsFromNoServerThatItDoesNotKnow() throws IOException {
        var path = peer.home().resolve("disk image").toString();
        var stranger = new ExportSpec.Ssh("127.0.0.1", peer.port(), peer.user(), path, "elsewhere " + keyOf(peer.knownHosts()), KEY);
        assertFault(ExportFault.SOURCE_HOST_KEY_UNKNOWN, () -> machine.exports.open(stranger));
        machine.supervisor.run(Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.resolve("other").toString()));
        var other = keyOf("host " + Files.readString(folder.resolve("other.pub")));
        var changed = new ExportSpec.Ssh("127.0.0.1", peer.port(), peer.user(), path, "[127.0.0.1]:" + peer.port() + " " + other, KEY);
        assertFault(ExportFault.SOURCE_HOST_KEY_CHANGED, () -> machine.exports.open(changed));
    }

    private static String keyOf(String knownHost) {
        return knownHost.substring(knownHost.indexOf(' ') + 1);
    }

    @Test
    void saysWhyItMayNotRead() throws IOException {
        assertFault(ExportFault.SOURCE_FILE_MISSING, () -> machine.exports.open(ssh("/nowhere", KEY)));
        machine.supervisor.run(Command.of("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder.resolve("other").toString()));
        machine.secrets.put("key", Files.readString(folder.resolve("other")));
        assertFault(ExportFault.SOURCE_LOGIN_REFUSED, () -> machine.exports.open(disk(KEY)));
        machine.secrets.put("password", "wrong");
        assertFault(ExportFault.SOURCE_LOGIN_REFUSED, () -> machine.exports.open(disk(PASSWORD)));
    }

    @Test
    void showsNoSecretToAnyProcess() throws IOException {
        var shown = new ArrayList<String>();
        try (var _ = machine.exports.open(disk(KEY))) {
            shown.addAll(TestMachine.whatProcessesShow());
            shown.addAll(machine.whatLiesAround());
        }
        if (peer.mayUsePassword()) {
            try (var _ = machine.exports.open(disk(PASSWORD))) {
                shown.addAll(TestMachine.whatProcessesShow());
                shown.addAll(machine.whatLiesAround());
            }
        }
        assertThat(shown).anyMatch(each -> each.contains("identity=/proc/"));
        assertThat(shown).noneMatch(each -> each.contains(SshdPeer.PASSWORD) || each.contains("PRIVATE KEY"));
    }
}
