package io.godwit.transfer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.awaitility.Awaitility.await;

import io.godwit.blockio.NbdSettings;
import io.godwit.blockio.RetrySettings;
import io.godwit.export.ExportFault;
import io.godwit.export.Exports;
import io.godwit.export.HttpsPeer;
import io.godwit.export.Servers;
import io.godwit.export.SshdPeer;
import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.DiskReport;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.SshAccess;
import io.godwit.model.disk.TlsTrust;
import io.godwit.model.fault.FaultException;
import io.godwit.process.Command;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Copies from real servers that fail in the middle.
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class RemoteCopyIT {
    private static final long SIZE = 24 << 20;
    private static final CopySettings PATIENT = new CopySettings(
            new NbdSettings(4, 8, 64 << 10, Duration.ofSeconds(30))
                    .retry(new RetrySettings(200, Duration.ofSeconds(40), Duration.ofMillis(50), Duration.ofMillis(500))),
            64 << 10, 64 << 20, 1, "XXH3-128");

    @TempDir
    Path folder;
    private final Map<String, String> secrets = new ConcurrentHashMap<>();
    private Rig rig;
    private Exports exports;

    @BeforeEach
    void start() throws IOException {
        rig = new Rig(folder);
        exports = new Exports(rig.supervisor, folder.resolve("run"), folder, secrets::get);
        Rig.makeDisk(rig.source, SIZE, 11);
        Rig.makeVolume(rig.target, SIZE);
    }

    @AfterEach
    void end() {
        exports.close();
        rig.close();
        assertThat(folder.resolve("run")).isEmptyDirectory();
    }

    private DiskReport copy(ExportSpec from, CopySettings settings) {
        return new DiskCopier(exports, settings).copy(rig.job(rig.disk(from, SIZE)), _ -> {
        }).disks().getFirst();
    }

    private ExportSpec http(HttpsPeer peer, HttpAccess access) {
        return new ExportSpec.Http(peer.url("/disk"), new TlsTrust.Certificates(peer.certificate()), access, Map.of());
    }

    @Test
    void survivesAnExpiringSessionBrokenAnswersAndAFailingServer() throws Exception {
        try (var peer = new HttpsPeer(folder, rig.source)) {
            peer.guard = HttpsPeer.Guard.COOKIE;
            peer.requestsPerSession = 150;
            secrets.put("login", HttpsPeer.loginBody(HttpsPeer.PASSWORD));
            var trouble = CompletableFuture.runAsync(() -> {
                await().until(() -> peer.asked().size() > 30);
                peer.cuts.set(5);
                await().until(() -> peer.asked().size() > 100);
                peer.status = 503;
                int before = peer.asked().size();
                await().until(() -> peer.asked().size() > before + 10);
                peer.status = 0;
            });
            var report = copy(http(peer, new HttpAccess.PostedLogin(peer.url("/post"), Map.of(), "login", 1)), PATIENT);
            trouble.get();
            assertThat(report.verified()).isTrue();
            assertThat(peer.logins()).isGreaterThanOrEqualTo(2);
            rig.requireEqual(rig.source, rig.target);
        }
    }

    @Test
    void givesUpWithTheServersOwnReason() throws Exception {
        try (var peer = new HttpsPeer(folder, rig.source)) {
            var trouble = CompletableFuture.runAsync(() -> {
                await().until(() -> peer.asked().size() > 50);
                peer.status = 403;
            });
            var impatient = new CopySettings(PATIENT.nbd().retry(RetrySettings.DEFAULT.deadline(Duration.ofSeconds(1))), 64 << 10, 64 << 20,
                    1,
                    "XXH3-128");
            assertThatExceptionOfType(FaultException.class).isThrownBy(() -> copy(http(peer, new HttpAccess.Anyone()), impatient))
                    .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(ExportFault.SOURCE_ACCESS_FORBIDDEN.name()));
            trouble.get();
            peer.status = 0;
            var report = copy(http(peer, new HttpAccess.Anyone()), PATIENT);
            assertThat(report.resumedBytes()).as("went on from its checkpoint").isPositive();
            rig.requireEqual(rig.source, rig.target);
        }
    }

    @Test
    void survivesTheRestartOfAnSshServer() throws Exception {
        try (var peer = new SshdPeer(rig.supervisor, folder.resolve("sshd"))) {
            Files.copy(rig.source, peer.home().resolve("disk"));
            secrets.put("key", peer.key());
            var spec = new ExportSpec.Ssh("127.0.0.1", peer.port(), peer.user(), peer.home().resolve("disk").toString(), peer.knownHosts(),
                    new SshAccess.Key("key"));
            var trouble = CompletableFuture.runAsync(() -> {
                await().until(this::hasBegun);
                peer.stop();
                peer.startAgain();
            });
            var report = copy(spec, PATIENT);
            trouble.get();
            assertThat(report.verified()).isTrue();
            rig.requireEqual(rig.source, rig.target);
        }
    }

    private boolean hasBegun() throws IOException {
        return Long.parseLong(rig.supervisor.run(Command.of("stat", "-c", "%b", rig.target.toString())).strip()) > 1000;
    }

    @Test
    void tellsThatAServerUnderneathAFormatHasDied() throws Exception {
        try (var peer = new HttpsPeer(folder, folder.resolve("image"))) {
            rig.supervisor.run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", rig.source.toString(), folder + "/image"));
            var trouble = CompletableFuture.runAsync(() -> {
                await().until(() -> peer.asked().size() > 40);
                Servers.kill(folder);
            });
            assertThatExceptionOfType(FaultException.class)
                    .isThrownBy(() -> copy(new ExportSpec.Format(http(peer, new HttpAccess.Anyone()), DiskFormat.QCOW2), Rig.SETTINGS))
                    .satisfies(e -> assertThat(e.fault().code()).as(e.getMessage()).isEqualTo(ExportFault.EXPORT_DIED.name()));
            trouble.get();
        }
    }
}
