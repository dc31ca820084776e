package io.godwit.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.godwit.model.disk.DiskFormat;
import io.godwit.model.disk.ExportSpec;
import io.godwit.model.disk.HttpAccess;
import io.godwit.model.disk.TlsTrust;
import io.godwit.process.Command;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a SIGKILL of the process that holds exports leaves: nothing that runs, and no secret.
@Timeout(value = 120, unit = TimeUnit.SECONDS)
class KilledParentIT {
    @TempDir
    Path folder;

    @Test
    void leavesNoServerAndNoSecret() throws Exception {
        try (var machine = new TestMachine(folder, null); var peer = new HttpsPeer(folder, machine.disk)) {
            peer.guard = HttpsPeer.Guard.BASIC;
            Files.writeString(folder.resolve("ca.pem"), peer.certificate());
            machine.supervisor
                    .run(Command.of("qemu-img", "convert", "-f", "raw", "-O", "qcow2", machine.disk.toString(), folder + "/image.qcow2"));
            var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
            var parent = new ProcessBuilder(java, "-cp", System.getProperty("java.class.path"), Parent.class.getName(), folder.toString(),
                    peer.url("/disk").toString()).redirectError(folder.resolve("parent.log").toFile()).start();
            try (var said = new BufferedReader(new InputStreamReader(parent.getInputStream(), StandardCharsets.UTF_8))) {
                var servers = servers(said);
                assertThat(servers.values()).as(Files.readString(folder.resolve("parent.log"))).contains("nbdkit", "qemu-nbd",
                        "qemu-storage-daemon");
                assertThat(servers.keySet()).hasSizeGreaterThanOrEqualTo(5).allMatch(KilledParentIT::isAlive);
                parent.destroyForcibly().waitFor(); // SIGKILL
                await().untilAsserted(() -> assertThat(servers.keySet()).noneMatch(KilledParentIT::isAlive));
            } finally {
                parent.destroyForcibly();
            }
            try (var left = Files.walk(folder.resolve("held"))) {
                assertThat(left.filter(Files::isRegularFile).filter(file -> contains(file, HttpsPeer.PASSWORD))).isEmpty();
            }
        }
    }

    private static Map<Long, String> servers(BufferedReader said) throws IOException {
        var servers = new java.util.TreeMap<Long, String>();
        for (var line = said.readLine(); line != null && !line.equals("all"); line = said.readLine()) {
            servers.put(Long.parseLong(line.substring(0, line.indexOf(' '))), line.substring(line.indexOf(' ') + 1));
        }
        return servers;
    }

    private static boolean contains(Path file, String text) {
        try {
            return Files.readString(file, StandardCharsets.ISO_8859_1).contains(text);
        } catch (IOException e) {
            return false;
        }
    }

    private static boolean isAlive(long pid) {
        try {
            var stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            return !stat.substring(stat.lastIndexOf(')') + 2).startsWith("Z");
        } catch (IOException e) {
            return false;
        }
    }

    /// Opens one export of each kind, tells what runs for them and waits to be killed.
    static final class Parent {
        private Parent() {}

        public static void main(String[] arguments) throws Exception {
            var folder = Path.of(arguments[0]);
            var held = Files.createDirectories(folder.resolve("held"));
            var supervisor = new io.godwit.process.Supervisor(held.resolve("tmp"));
            var exports = new Exports(supervisor, held, folder, _ -> HttpsPeer.PASSWORD);
            var raw = new ExportSpec.File(folder.resolve("disk.raw").toString(), null);
            var qcow2 = new ExportSpec.Format(new ExportSpec.File(folder.resolve("image.qcow2").toString(), null), DiskFormat.QCOW2);
            var http = new ExportSpec.Http(URI.create(arguments[1]), new TlsTrust.Certificates(Files.readString(folder.resolve("ca.pem"))),
                    new HttpAccess.Basic(HttpsPeer.USER, "password"), Map.of());
            var open = new ArrayList<Export>(List.of(exports.open(raw), exports.open(qcow2), exports.open(http)));
            new Overlays(supervisor).create(folder.resolve("overlay.qcow2"), open.get(1), TestMachine.SIZE);
            open.add(exports.open(new ExportSpec.Overlay(qcow2, "overlay.qcow2")));
            open.add(exports.open(new ExportSpec.Format(new ExportSpec.Range(http, 0, TestMachine.SIZE), DiskFormat.RAW)));
            for (var export : open) {
                export.requireAlive();
            }
            ProcessHandle.current().descendants().forEach(process -> System.out.println(process.pid() + " "
                    + process.info().command().map(command -> command.substring(command.lastIndexOf('/') + 1)).orElse("?")));
            System.out.println("all");
            new CountDownLatch(1).await(60, TimeUnit.SECONDS);
        }
    }
}
