package io.godwit.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import io.godwit.cli.rest.Rest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `godwit migrate` on a server that runs already and speaks the REST contract.
class MigrateCommandTest {
    private static final WireMockServer SERVER = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
    private static final String PROVEN = "\"boot\":{\"verdict\":\"booted\",\"evidence\":\"login:\",\"seconds\":3},";
    private static final String UNPROVEN = "\"boot\":{\"verdict\":\"unproven\",\"evidence\":\"it said nothing\",\"seconds\":3},";
    @TempDir
    Path folder = Path.of("");
    private final Shell shell = new Shell().launchedBy("/no/such/launcher");
    private String ova = "";

    @BeforeAll
    static void start() {
        SERVER.start();
    }

    @AfterAll
    static void stop() {
        SERVER.stop();
    }

    @BeforeEach
    void anEmptyServer() throws IOException {
        SERVER.resetAll();
        var data = Files.createDirectories(folder.resolve("data"));
        Files.writeString(data.resolve("server.json"), "{\"url\":\"" + SERVER.baseUrl() + "\"}");
        Files.writeString(data.resolve("token"), "s3cret\n");
        Files.writeString(data.resolve("node-id"), "n-1\n");
        ova = Files.writeString(folder.resolve("web.ova"), "").toRealPath().toString();
        answer("/health", "{\"node\":\"n-1\"}");
        for (var each : List.of("providers", "plans", "migrations", "network-mappings", "storage-mappings")) {
            answer("/" + each, "{\"items\":[]}");
        }
        answer("/providers/s-1/inventory?refresh=true", """
                {"vms":[{"id":"vm-1","name":"web","nics":[{"network":"n1"}],"disks":[{"key":"d","storage":"t1"}]}],
                "networks":[{"id":"n1","name":"VM Network"}],"storages":[{"id":"t1","name":"ds"}],"unreadable":[]}""");
        made("/providers", matching("role", "source"), "{\"id\":\"s-1\",\"role\":\"source\",\"phase\":\"Ready\"}");
        made("/providers", matching("role", "destination"), "{\"id\":\"d-1\",\"role\":\"destination\",\"phase\":\"Ready\"}");
        made("/network-mappings", matching("name", null), "{\"id\":\"x-1\"}");
        made("/storage-mappings", matching("name", null), "{\"id\":\"x-2\"}");
        made("/plans", matching("name", null), "{\"id\":\"p-1\"}");
        made("/plans/p-1/start", null, migration("Running", ""));
        answer("/migrations/m-1", migration("Succeeded", PROVEN));
    }

    private static void answer(String path, String json) {
        SERVER.stubFor(get("/api/v1" + path).willReturn(okJson(json)));
    }

    private static com.github.tomakehurst.wiremock.matching.ContentPattern<?> matching(String field,
            @org.jspecify.annotations.Nullable String value) {
        return matchingJsonPath("$[?(@." + field + (value == null ? "" : " == '" + value + "'") + ")]");
    }

    private static void made(String path,
            com.github.tomakehurst.wiremock.matching.@org.jspecify.annotations.Nullable ContentPattern<?> body, String json) {
        var request = post("/api/v1" + path);
        if (body != null) {
            request.withRequestBody(body);
        }
        SERVER.stubFor(request.willReturn(aResponse().withStatus(201).withHeader("Content-Type", "application/json").withBody(json)));
    }

    private static String migration(String phase, String boot) {
        return """
                {"id":"m-1","plan":{"id":"p-1","name":"p"},"started":"2026-03-01T12:00:00Z",%s"phase":"%s","vms":[{"id":"v-1",%s
                "vm":{"id":"vm-1","name":"web"},"phase":"%s","started":"2026-03-01T12:00:00Z",%s"pipeline":[],
                "disks":[{"key":"d","sizeBytes":2,"dataBytes":1,"zeroBytes":1,"method":"SHA-256","sourceRoot":"ab","targetRoot":"ab","verified":true}],
                "targetVm":{"name":"web","definition":"/pool/vms/web/domain.xml"}}]}"""
                .formatted(completed(phase), phase, boot, phase, completed(phase));
    }

    private static String completed(String phase) {
        return phase.equals("Running") ? "" : "\"completed\":\"2026-03-01T12:01:00Z\",";
    }

    /// What an earlier command has left.
    private void earlier(String phase, String boot) {
        answer("/providers", "{\"items\":[{\"id\":\"s-1\",\"name\":\"x\",\"role\":\"source\",\"url\":\"" + ova + "\",\"phase\":\"Ready\"},"
                + "{\"id\":\"d-1\",\"name\":\"y\",\"role\":\"destination\",\"url\":\"" + folder.toAbsolutePath()
                + "/pool\",\"phase\":\"Ready\"}]}");
        answer("/plans", "{\"items\":[{\"id\":\"p-1\",\"name\":\"p\",\"provider\":{\"source\":\"s-1\",\"destination\":\"d-1\"},"
                + "\"skipGuestConversion\":false,\"checkBoot\":true,\"vms\":[{\"id\":\"vm-1\",\"name\":\"web\"}]}]}");
        answer("/migrations", "{\"items\":[" + migration(phase, boot) + "]}");
        answer("/migrations/m-1", migration(phase, boot));
    }

    private int migrate(String... more) {
        var words = new ArrayList<>(
                List.of("migrate", ova, "--to", folder.resolve("pool").toString(), "--data", folder.resolve("data").toString()));
        words.addAll(List.of(more));
        return shell.run(words.toArray(String[]::new));
    }

    @Test
    void registersMapsPlansStartsAndWatches() {
        assertThat(migrate()).as(shell.err()).isZero();
        assertThat(folder.resolve("pool")).isDirectory();
        assertThat(shell.err().lines()).containsExactly("Made the folder " + folder.resolve("pool").toAbsolutePath() + ".",
                "Network 'VM Network' becomes the network 'default' (another: --network 'VM Network=NAME').",
                "VM web to " + folder.resolve("pool").toAbsolutePath() + ".");
        assertThat(shell.out()).contains("web d: 1 B of data copied", "Migration m-1: Succeeded after 1m00s.");
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/network-mappings")).withRequestBody(equalToJson(
                """
                        {"provider":{"source":"s-1","destination":"d-1"},"map":[{"source":{"id":"n1"},"destination":{"type":"network","name":"default"}}]}""",
                true, true)));
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/plans")).withRequestBody(equalToJson("""
                {"provider":{"source":"s-1","destination":"d-1"},"map":{"network":"x-1","storage":"x-2"},"type":"cold",
                "skipGuestConversion":false,"checkBoot":true,"vms":[{"id":"vm-1"}]}""", true, true)));
    }

    @Test
    void takesTheWordsThatLeaveThingsOutIntoThePlan() {
        assertThat(migrate("--no-convert", "--no-boot-check", "--vm", "web=web2", "--network", "VM Network=ignored")).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/plans")).withRequestBody(equalToJson("""
                {"skipGuestConversion":true,"checkBoot":false,"vms":[{"id":"vm-1","targetName":"web2"}]}""", true, true)));
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/network-mappings"))
                .withRequestBody(equalToJson("{\"map\":[{\"destination\":{\"type\":\"ignored\"}}]}", true, true)));
    }

    @Test
    void warnsOfAnUnprovenBootAndEndsWellUnlessProofIsRequired() {
        answer("/migrations/m-1", migration("Succeeded", UNPROVEN));
        assertThat(migrate()).isZero();
        assertThat(shell.err()).contains("warning: web: whether it boots is unproven: it said nothing");
        assertThat(migrate("--require-boot-proof")).isEqualTo(1);
        assertThat(shell.err()).contains("not well: web: whether it boots is unproven: it said nothing");
    }

    @Test
    void believesNoSuccessWithoutVerifiedDisks() {
        answer("/migrations/m-1", migration("Succeeded", PROVEN).replace("\"verified\":true", "\"verified\":false"));
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("not well: web: disk d was not verified");
    }

    @Test
    void saysHowToGoOnWhereItFailed() {
        answer("/migrations/m-1", migration("Failed", ""));
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("The same command again goes on", "godwit migration cancel m-1 --data " + folder.resolve("data"),
                "server.log");
    }

    @Test
    void watchesWhatAnEarlierCommandStarted() {
        earlier("Running", "");
        shell.pausing(() -> answer("/migrations/m-1", migration("Succeeded", PROVEN)));
        assertThat(migrate("--no-convert")).as(shell.err()).isZero();
        assertThat(shell.err()).contains("An earlier migration of VM web goes on.",
                "It goes on as it was started: with conversion, with boot check.");
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void retriesWhatFailedAndDoesNotTakeThatEndForItsOwn() {
        earlier("Failed", "");
        made("/migrations/m-1/retry", null, migration("Failed", ""));
        shell.pausing(() -> answer("/migrations/m-1", migration("Succeeded", PROVEN)));
        assertThat(migrate()).as(shell.err()).isZero();
        SERVER.verify(1, postRequestedFor(urlEqualTo("/api/v1/migrations/m-1/retry")).withRequestBody(equalToJson("{\"vms\":[\"v-1\"]}")));
    }

    @Test
    void reportsAFinishedOneThatIsAsItWas() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":true,\"target\":[]}");
        assertThat(migrate()).isZero();
        assertThat(shell.err()).contains("VM web was migrated already, at 2026-03-01T12:01:00Z");
        assertThat(shell.out()).contains("Migration m-1: Succeeded.");
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void refusesAFinishedOneWhoseVolumeIsGoneUntilToldToMigrateItAnew() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":false,\"target\":[\"volume /pool/x.raw is gone\"]}");
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("things are not as they were then", "volume /pool/x.raw is gone", "--again", "--vm 'web=NEWNAME'");
        SERVER.verify(0, postRequestedFor(anyUrl()));
        assertThat(migrate("--again")).isZero();
        SERVER.verify(1, postRequestedFor(urlEqualTo("/api/v1/plans/p-1/start")));
    }

    @Test
    void startsAnewWhatWasCancelledAndWhatGetsAnotherName() {
        earlier("Canceled", "");
        shell.pausing(() -> answer("/migrations/m-1", migration("Succeeded", PROVEN)));
        assertThat(migrate()).isEqualTo(6); // the stubbed start has the id of the cancelled one
        earlier("Succeeded", PROVEN);
        assertThat(migrate("--vm", "web=other")).isZero();
        SERVER.verify(2, postRequestedFor(urlEqualTo("/api/v1/plans/p-1/start")));
    }

    @Test
    void printsOneJsonDocumentAndNothingElse() {
        assertThat(migrate("-o", "json")).isZero();
        var printed = Rest.JSON.readTree(shell.out());
        assertThat(printed.path("phase").asString()).isEqualTo("Succeeded");
        assertThat(printed.at("/vms/0/targetVm/definition").asString()).isEqualTo("/pool/vms/web/domain.xml");
        assertThat(printed.path("warnings").isEmpty()).isTrue();
    }

    @Test
    void refusesASourceThatIsNotThereAndWordsThatContradictEachOther() {
        assertThat(shell.run("migrate", folder + "/gone.ova", "--to", folder + "/pool")).isEqualTo(4);
        assertThat(shell.err()).contains("There is no source " + folder + "/gone.ova");
        assertThat(migrate("--no-boot-check", "--require-boot-proof")).isEqualTo(2);
        assertThat(folder.resolve("pool")).doesNotExist();
    }

    /// As `godwit migrate "$OVA" --to "$POOL"` where no such variables are set: an empty path is the folder that one stands in.
    @Test
    void refusesEmptyWordsAndWhatCanBeNoName() {
        assertThat(shell.run("migrate", "", "--to", "")).isEqualTo(2);
        assertThat(shell.err()).contains("godwit: SOURCE is empty: is a variable of the shell not set?");
        assertThat(shell.run("migrate", ova, "--to", "")).isEqualTo(2);
        assertThat(shell.err()).contains("godwit: --to is empty");
        assertThat(migrate("--data", "")).isEqualTo(2);
        assertThat(shell.run("migrate", "a\0b", "--to", folder + "/pool", "--data", folder + "/data")).isEqualTo(2);
        assertThat(shell.err()).contains("'a?b' can be no name of a file here.", "LC_ALL=C.UTF-8").doesNotContain("\tat ");
    }

    @Test
    void saysWhatTheSourcesProviderHasAgainstIt() {
        SERVER.stubFor(post("/api/v1/providers").willReturn(aResponse().withStatus(422)
                .withHeader("Content-Type", "application/problem+json")
                .withBody(
                        "{\"code\":\"PROVIDER_TYPE_UNKNOWN\",\"what\":\"cannot tell which type it is\",\"why\":\"none recognises it\"}")));
        assertThat(migrate()).isEqualTo(4);
        assertThat(shell.err()).contains("PROVIDER_TYPE_UNKNOWN");
    }

    @Test
    void saysWhereTheLogIsWhereNoServerStarts() throws IOException {
        Files.delete(folder.resolve("data/server.json"));
        assertThat(migrate()).isEqualTo(5);
        assertThat(shell.err()).contains("The server of `godwit migrate` did not start.",
                "The server's log: " + folder.resolve("data/server.log"));
    }
}
