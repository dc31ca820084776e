package io.godwit.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The demo on a server that already has the demo's plan; and how it doubts a success.
class DemoCommandTest {
    private static final WireMockServer SERVER = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
    private static final String DISK = """
            {"key":"disk-1","sizeBytes":2048,"dataBytes":1024,"zeroBytes":1024,"method":"SHA-256","sourceRoot":"ab","targetRoot":"ab","verified":true}""";
    @TempDir
    Path folder = Path.of("");
    private final Shell shell = new Shell();

    @BeforeAll
    static void start() {
        SERVER.start();
    }

    @AfterAll
    static void stop() {
        SERVER.stop();
    }

    @BeforeEach
    void halfDone() throws IOException {
        SERVER.resetAll();
        Files.writeString(folder.resolve("server.json"), "{\"url\":\"" + SERVER.baseUrl() + "\"}");
        Files.writeString(folder.resolve("console.txt"),
                "[ 1.0] Booting\nGODWIT-READY\n\nDebian GNU/Linux 12 debian12 ttyS0\n\ndebian12 login: \n");
        Files.writeString(folder.resolve("vm.xml"), "<domain/>");
        SERVER.stubFor(get("/api/v1/providers")
                .willReturn(okJson("{\"items\":[{\"id\":\"p1\",\"name\":\"source\"},{\"id\":\"p2\",\"name\":\"pool\"}]}")));
        SERVER.stubFor(get("/api/v1/providers/p1/inventory").willReturn(okJson("{\"vms\":[{\"id\":\"1\",\"name\":\"debian12\"}]}")));
        for (var each : new String[]{"network-mappings", "storage-mappings", "plans"}) {
            SERVER.stubFor(get("/api/v1/" + each).willReturn(okJson("{\"items\":[{\"id\":\"x\",\"name\":\"demo\"}]}")));
        }
    }

    private int demo(String phase, String disks) {
        var migration = """
                {"id":"m1","plan":{"id":"x","name":"demo"},"started":"2026-03-01T12:00:00Z","completed":"2026-03-01T12:01:00Z","phase":"%s","vms":[{"id":"v1",
                "vm":{"name":"debian12"},"phase":"%s","pipeline":[{"name":"Initialize","phase":"Completed","stages":[{"name":"Initialize","phase":"Completed",
                "started":"2026-03-01T12:00:00Z","completed":"2026-03-01T12:00:03Z","attempt":1}]}],"disks":[%s],
                "boot":{"verdict":"booted","evidence":"login prompt","seconds":35,"consoleText":"%s"},"targetVm":{"name":"debian12","definition":"%s"}}]}"""
                .formatted(phase, phase, disks, folder.resolve("console.txt"), folder.resolve("vm.xml"));
        SERVER.stubFor(get("/api/v1/migrations").willReturn(okJson("{\"items\":[" + migration + "]}")));
        SERVER.stubFor(get("/api/v1/migrations/m1").willReturn(okJson(migration)));
        return shell.run("demo-migrate", "--data", folder.toString(), "--ova", "/x.ova", "--pool", "/pool");
    }

    @Test
    void showsTheLoginPromptAndTheProofsOfAnInterruptedDemoThatEndedWell() {
        assertThat(demo("Succeeded", DISK)).isZero();
        assertThat(shell.out()).contains("The VM's console:\n  debian12 login:\n")
                .contains("  Initialize       Initialize                 3s\n")
                .contains(
                        "  disk disk-1: 2.0 KiB large, 1.0 KiB copied, 1.0 KiB zero (not copied)\n    read    SHA-256 ab\n    written SHA-256 ab\n");
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void believesNoSuccessWithoutBytes() {
        assertThat(demo("Succeeded", "")).isEqualTo(1);
        assertThat(shell.err()).contains("says that it succeeded, but no byte of a disk was copied");
    }

    @Test
    void believesNoSuccessWithoutEqualDigests() {
        assertThat(demo("Succeeded", DISK.replace("\"targetRoot\":\"ab\"", "\"targetRoot\":\"cd\""))).isEqualTo(1);
        assertThat(shell.err()).contains("a disk was not proven equal");
    }

    @Test
    void believesNoSuccessWithoutALoginPrompt() throws IOException {
        Files.writeString(folder.resolve("console.txt"), "GODWIT-READY\n");
        assertThat(demo("Succeeded", DISK)).isEqualTo(1);
        assertThat(shell.err()).contains("its console shows no login prompt");
    }

    @Test
    void believesNoSuccessWithoutADefinition() throws IOException {
        Files.delete(folder.resolve("vm.xml"));
        assertThat(demo("Succeeded", DISK)).isEqualTo(1);
        assertThat(shell.err()).contains("the VM has no definition on disk");
    }

    @Test
    void retriesWhatFailedBefore() {
        SERVER.stubFor(post("/api/v1/migrations/m1/retry").willReturn(aResponse().withStatus(202)));
        shell.pausing(() -> SERVER.stubFor(get("/api/v1/migrations/m1")
                .willReturn(okJson("{\"id\":\"m1\",\"phase\":\"Failed\",\"completed\":\"2026-03-01T12:30:00Z\",\"vms\":[]}"))));
        assertThat(demo("Failed", DISK)).isEqualTo(1);
        SERVER.verify(1, postRequestedFor(urlEqualTo("/api/v1/migrations/m1/retry")));
    }
}
