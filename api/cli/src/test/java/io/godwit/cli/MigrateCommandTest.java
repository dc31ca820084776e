package io.godwit.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.matchingJsonPath;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static com.github.tomakehurst.wiremock.stubbing.Scenario.STARTED;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.http.Fault;
import io.godwit.cli.rest.Rest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
        assertThat(migrate()).as(shell.err()).isZero();
        assertThat(shell.err()).contains("An earlier migration of VM web goes on.").doesNotContain("then");
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    /// Or the same command would end well now, and be refused from then on.
    @Test
    void watchesWhatWasStartedOtherwiseAndDoesNotCallItMet() {
        earlier("Running", "");
        shell.pausing(() -> answer("/migrations/m-1", migration("Succeeded", PROVEN)));
        assertThat(migrate("--no-convert")).as(shell.err()).isEqualTo(1);
        assertThat(shell.err()).contains("It goes on as it was started. VM web: then with conversion, now --no-convert.",
                "not well: VM web: then with conversion, now --no-convert");
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void refusesToGoOnWithWhatFailedAndWasStartedOtherwise() {
        earlier("Failed", "");
        assertThat(migrate("--no-convert")).isEqualTo(1);
        assertThat(shell.err()).contains("VM web: then with conversion, now --no-convert",
                "godwit migration cancel m-1 --data " + folder.resolve("data"));
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void refusesAFinishedOneThatWasOrderedOtherwiseAndListsTheDifferences() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":true,\"target\":[]}");
        answer("/plans", "{\"items\":[{\"id\":\"p-1\",\"name\":\"p\",\"provider\":{\"source\":\"s-1\",\"destination\":\"d-1\"},"
                + "\"map\":{\"network\":\"x-1\",\"storage\":\"x-2\"},\"skipGuestConversion\":true,\"checkBoot\":false,"
                + "\"vms\":[{\"id\":\"vm-1\",\"name\":\"web\"}]}]}");
        answer("/network-mappings", "{\"items\":[{\"id\":\"x-1\",\"map\":[{\"source\":{\"id\":\"n1\"},"
                + "\"destination\":{\"type\":\"network\",\"name\":\"default\"}}]}]}");
        answer("/storage-mappings", "{\"items\":[{\"id\":\"x-2\",\"map\":[{\"source\":{\"id\":\"t1\"},\"destination\":{}}]}]}");
        assertThat(migrate("--volume-format", "qcow2", "--network", "VM Network=lan", "--root", "web=first")).isEqualTo(1);
        assertThat(shell.err()).contains("then --no-convert, now with conversion", "then --no-boot-check, now with a boot check",
                "then volumes in raw, now in qcow2", "then network 'VM Network' as 'default', now as 'lan'",
                "then no --root, now --root first", "--vm 'web=NEWNAME'");
        assertThat(migrate("--require-boot-proof", "--no-convert")).isEqualTo(1); // and not because of a proof that can never come
        assertThat(shell.err()).doesNotContain("was not checked");
        assertThat(migrate("--no-convert", "--no-boot-check", "--volume-format", "raw", "--network", "VM Network=default")).isZero();
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void saysWhatSpeaksAgainstAVm() {
        answer("/providers/s-1/inventory?refresh=true", """
                {"vms":[{"id":"vm-1","name":"web","nics":[],"disks":[],"concerns":[
                {"id":"ova.tpm","category":"Warning","label":"A TPM is lost","assessment":"What it sealed cannot be opened."},
                {"id":"ova.nic.mac.missing","category":"Information","label":"A new MAC","assessment":"It had none."}]}],
                "networks":[],"storages":[],"unreadable":[]}""");
        assertThat(migrate("-o", "json")).as(shell.err()).isZero();
        assertThat(shell.err()).contains("web: Warning: A TPM is lost: What it sealed cannot be opened.").doesNotContain("A new MAC");
        var concerns = Rest.JSON.readTree(shell.out()).at("/vms/0/concerns");
        assertThat(concerns).hasSize(2);
        assertThat(concerns.at("/1/id").asString()).isEqualTo("ova.nic.mac.missing");
    }

    @Test
    void givesKeysAndRootsToThePlanAndNoHintOfThemToItsName() throws IOException {
        var key = Files.writeString(folder.resolve("key"), "opens-sesame\n");
        assertThat(migrate("--key", "web=/dev/sda2:" + key, "--key", "id:vm-1=" + key, "--root", "web=first")).as(shell.err()).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/plans")).withRequestBody(equalToJson("""
                {"vms":[{"id":"vm-1","rootDisk":"first","keys":{"/dev/sda2":"opens-sesame","all":"opens-sesame"}}]}""", true, true)));
        assertThat(migrate("--key", "web=/dev/sda2:" + key)).isZero();
        assertThat(migrate("--key", "web=/dev/sda2:" + key)).isZero();
        assertThat(SERVER.findAll(postRequestedFor(urlEqualTo("/api/v1/plans"))).stream()
                .map(each -> Rest.JSON.readTree(each.getBodyAsString()).path("name").asString()).distinct()).hasSize(3);
        assertThat(migrate("--key", "mail=" + key)).isEqualTo(2);
        assertThat(shell.err()).contains("--key mail=" + key + " names no VM of those that are to be migrated.", "web (id:vm-1)");
        assertThat(migrate("--key", "web=" + folder + "/none")).isEqualTo(2);
        assertThat(migrate("--key", "web")).isEqualTo(2);
        assertThat(shell.out() + shell.err()).doesNotContain("opens-sesame");
    }

    @Test
    void asksForAnotherStartWhereTheKeyWasWrong() throws IOException {
        earlier("Failed", "");
        answer("/plans", "{\"items\":[{\"id\":\"p-1\",\"provider\":{\"source\":\"s-1\",\"destination\":\"d-1\"},"
                + "\"vms\":[{\"id\":\"vm-1\",\"name\":\"web\",\"keyDevices\":[\"all\"]}]}]}");
        var key = Files.writeString(folder.resolve("key"), "another");
        made("/migrations/m-1/retry", null, migration("Running", ""));
        shell.pausing(() -> answer("/migrations/m-1", migration("Succeeded", PROVEN)));
        assertThat(migrate("--key", "web=" + key)).as("it failed for something else").isZero();
        answer("/migrations", "{\"items\":[" + migration("Failed", "\"fault\":{\"code\":\"GUEST_KEY_WRONG\"},") + "]}");
        assertThat(migrate("--key", "web=" + key)).isEqualTo(1);
        assertThat(shell.err()).contains("then a key that does not open the guest", "godwit migration cancel m-1");
    }

    @Test
    void givesCertificatesToTheSourceOnly() throws IOException {
        var pem = Files.writeString(folder.resolve("ca.pem"), "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n");
        assertThat(shell.run("migrate", "https://host/web.ova", "--to", folder + "/pool", "--data", folder + "/data", "--certificates",
                pem.toString())).as(shell.err()).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/providers")).withRequestBody(equalToJson(
                """
                        {"role":"source","url":"https://host/web.ova","secrets":{"certificates":"-----BEGIN CERTIFICATE-----\\nx\\n-----END CERTIFICATE-----"}}""",
                true, true)));
        SERVER.verify(1, postRequestedFor(urlEqualTo("/api/v1/providers")).withRequestBody(matchingJsonPath("$.secrets")));
        assertThat(migrate("--certificates", pem.toString())).isEqualTo(2);
    }

    @Test
    void goesOnWhereTheServerIsLostWhileItArranges() {
        SERVER.stubFor(post("/api/v1/plans/p-1/start").inScenario("lost").whenScenarioStateIs(STARTED).willSetStateTo("back")
                .willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
        SERVER.stubFor(post("/api/v1/plans/p-1/start").inScenario("lost").whenScenarioStateIs("back").willReturn(
                aResponse().withStatus(202).withHeader("Content-Type", "application/json").withBody(migration("Running", ""))));
        assertThat(migrate()).as(shell.err()).isZero();
        assertThat(shell.err()).contains("The server was gone, and is started again.");
        SERVER.stubFor(post("/api/v1/plans/p-1/start").willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
        assertThat(migrate("-o", "json")).isEqualTo(3);
        assertThat(shell.err()).contains("The server of `godwit migrate` was lost, and did not come back.",
                "The same command again starts it anew");
    }

    @Test
    void saysWhoseALockIsThatItMayNotTake() throws IOException {
        Files.createDirectory(folder.resolve("data/clients.lock"));
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("Cannot lock " + folder.resolve("data/clients.lock").toAbsolutePath(),
                "clients.lock belongs to " + System.getProperty("user.name") + " (drwx", "sudo chown -R");
    }

    @Test
    void looksAtTheNamesOfNetworksAlsoWhereAllIsThere() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":true,\"target\":[]}");
        assertThat(migrate("--network", "BOGUS=x")).isEqualTo(2);
        assertThat(shell.err()).contains("The source has no network 'BOGUS'.");
    }

    @Test
    void doesNotMigrateAnewUnderANameThatIsTaken() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":true,\"target\":[]}");
        assertThat(migrate("--again")).isEqualTo(1);
        assertThat(shell.err()).contains("All that --again is to migrate anew is there", "VM web: /pool/vms/web/domain.xml",
                "--vm 'web=NEWNAME'");
        assertThat(migrate("--again", "--vm", "web=other")).isZero();
        SERVER.verify(1, postRequestedFor(urlEqualTo("/api/v1/plans/p-1/start")));
    }

    @Test
    void tellsASourceThatCannotBeReadFromOneThatChanged() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":false,\"sourceRead\":false,\"source\":\"it is away\",\"target\":[]}");
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("all of it is there; whether its source is as it was then cannot be told", "it is away",
                "Run it again when the source can be read.").doesNotContain("--again");
    }

    @Test
    void watchesAndReportsWhatWasStartedOfASourceThatIsGone() throws IOException {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":false,\"sourceRead\":false,\"source\":\"it is away\",\"target\":[]}");
        Files.delete(Path.of(ova));
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("The source " + ova + " is gone. This is what was started of it.",
                "its source is gone, so that nobody can tell whether it was changed; its definition and its volumes are as they were then");
        assertThat(shell.out()).contains("Migration m-1: Succeeded.");
        earlier("Running", "");
        shell.pausing(() -> answer("/migrations/m-1", migration("Succeeded", PROVEN)));
        assertThat(shell.run("migrate", "file://" + ova, "--to", folder + "/pool", "--data", folder + "/data")).as(shell.err()).isZero();
        earlier("Failed", "");
        assertThat(migrate()).isEqualTo(1);
        assertThat(shell.err()).contains("The migration of VM web failed, and its source " + ova + " is gone.");
        assertThat(migrate("--vm", "mail")).isEqualTo(4);
        assertThat(shell.run("migrate", folder + "/never.ova", "--to", folder + "/pool", "--data", folder + "/data")).isEqualTo(4);
        assertThat(shell.err()).contains("There is no source");
        SERVER.verify(0, postRequestedFor(anyUrl()));
    }

    @Test
    void takesAFileUrlForItsPath() {
        earlier("Succeeded", PROVEN);
        answer("/vm-migrations/v-1/recheck", "{\"asItWas\":true,\"target\":[]}");
        assertThat(shell.run("migrate", "file://" + ova, "--to", folder + "/pool", "--data", folder + "/data")).as(shell.err()).isZero();
        assertThat(shell.run("migrate", "file://host/x.ova", "--to", folder + "/pool", "--data", folder + "/data")).isEqualTo(2);
    }

    @Test
    void makesThePoolLastAndOnlyOneFolderOfItsPath() {
        assertThat(shell.run("migrate", ova, "--to", folder + "/typo/pool", "--data", folder + "/data")).isEqualTo(4);
        assertThat(shell.err()).contains("there is no folder " + folder.toAbsolutePath() + "/typo", "mkdir -p");
        refuse("/providers/s-1/inventory?refresh=true", 404);
        assertThat(migrate()).isEqualTo(4);
        answer("/providers/s-1/inventory?refresh=true", """
                {"vms":[{"id":"a","name":"web","nics":[{"network":"n1"}]},{"id":"b","name":"web","nics":[{"network":"n2"}]}],
                "networks":[{"id":"n1","name":"A"},{"id":"n2","name":"B"}],"unreadable":[]}""");
        assertThat(migrate()).isEqualTo(2);
        assertThat(migrate("--network", "A=x", "--network", "B=y")).isEqualTo(2);
        assertThat(shell.err()).contains("--vm 'id:a=web-1' --vm 'id:b=web-2'");
        assertThat(folder.resolve("pool")).doesNotExist();
        assertThat(folder.resolve("typo")).doesNotExist();
    }

    /// It was removed by hand, and the server had looked for it just before it was made again.
    @Test
    void waitsUntilTheServerSeesThePoolAgain() {
        var pool = "{\"items\":[{\"id\":\"d-1\",\"role\":\"destination\",\"url\":\"" + folder.toAbsolutePath()
                + "/pool\",\"phase\":\"Ready\"}]}";
        var missed = pool.replace("\"phase\"", "\"fault\":{\"code\":\"PROVIDER_URL_INVALID\",\"what\":\"it is gone\"},\"phase\"");
        then(STARTED, "made", "{\"items\":[]}");
        then("made", "later", missed);
        then("later", "later still", missed);
        then("later still", "there", pool);
        assertThat(migrate()).as(shell.err()).isZero();
        SERVER.verify(0,
                postRequestedFor(urlEqualTo("/api/v1/providers")).withRequestBody(matchingJsonPath("$[?(@.role == 'destination')]")));
    }

    private static void then(String state, String next, String providers) {
        SERVER.stubFor(
                get("/api/v1/providers").inScenario("pool").whenScenarioStateIs(state).willSetStateTo(next).willReturn(okJson(providers)));
    }

    @Test
    void leavesNoPlanBehindThatCannotBeStarted() {
        SERVER.stubFor(post("/api/v1/plans/p-1/start").willReturn(aResponse().withStatus(422)
                .withHeader("Content-Type", "application/problem+json")
                .withBody("{\"code\":\"PLAN_NOT_READY\",\"what\":\"it is not ready\"}")));
        SERVER.stubFor(delete("/api/v1/plans/p-1").willReturn(aResponse().withStatus(204)));
        assertThat(migrate()).isEqualTo(4);
        assertThat(shell.err()).contains("PLAN_NOT_READY").doesNotContain("left behind");
        SERVER.verify(1, deleteRequestedFor(urlEqualTo("/api/v1/plans/p-1")));
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

    /// Whoever parses the output gets something to parse, however it ends.
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 4, 5})
    void printsADocumentAlsoWhereItFails(int status) throws IOException {
        switch (status) {
            case 1 -> answer("/providers", "{\"items\":[{\"id\":\"s-1\",\"role\":\"source\",\"url\":\"" + ova + "\",\"fault\":{"
                    + "\"code\":\"PROVIDER_URL_INVALID\",\"blame\":\"USER\",\"what\":\"it is closed\",\"why\":\"no right\",\"remedy\":\"open it\"}}]}");
            case 4 -> refuse("/providers/s-1/inventory?refresh=true", 404);
            case 5 -> Files.delete(folder.resolve("data/server.json"));
            default -> {
            }
        }
        assertThat(status == 2 ? migrate("-ojson", "--nonsense") : migrate("--output=json")).isEqualTo(status);
        var printed = Rest.JSON.readTree(shell.out());
        assertThat(printed.path("phase").asString()).isEqualTo("Refused");
        assertThat(printed.path("exitStatus").asInt()).isEqualTo(status);
        assertThat(printed.at("/problem/what").asString()).isNotBlank();
        assertThat(shell.err()).contains(printed.at("/problem/what").asString());
        if (status == 1) {
            assertThat(printed.path("problem")).isEqualTo(Rest.JSON.readTree("""
                    {"code":"PROVIDER_URL_INVALID","blame":"USER","retryable":false,"what":"it is closed","why":"no right",
                    "remedy":"open it","details":[]}"""));
        }
    }

    @Test
    void printsADocumentInYamlToo() {
        assertThat(migrate("-o", "yaml", "--no-boot-check", "--require-boot-proof")).isEqualTo(2);
        assertThat(shell.out()).startsWith("phase: \"Refused\"\nexitStatus: 2\n");
    }

    private static void refuse(String path, int status) {
        SERVER.stubFor(get("/api/v1" + path).willReturn(aResponse().withStatus(status)
                .withHeader("Content-Type", "application/problem+json").withBody("{\"code\":\"NOPE\",\"what\":\"it is refused\"}")));
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
        for (var source : List.of(ova, "http://host/x.ova", folder.resolve("data").toString())) {
            assertThat(shell.run("migrate", source, "--to", folder + "/pool", "--data", folder + "/data")).isEqualTo(4);
            assertThat(shell.err()).contains("PROVIDER_TYPE_UNKNOWN", "is nothing that `godwit migrate` takes", "Name an .ova file");
        }
        assertThat(folder.resolve("pool")).doesNotExist();
    }

    @Test
    void startsAServerThatEndsTenMinutesAfterItsLastMigration() throws IOException {
        Files.delete(folder.resolve("data/server.json"));
        var said = folder.resolve("said");
        var launcher = Files.writeString(folder.resolve("launcher"), "#!/bin/sh\nprintf '%s\\n' \"$@\" > '" + said + "'\nexit 7\n");
        Files.setPosixFilePermissions(launcher, PosixFilePermissions.fromString("rwx------"));
        shell.launchedBy(launcher.toString());
        assertThat(migrate()).isEqualTo(5);
        assertThat(shell.err()).contains("it ended with 7");
        assertThat(said).content()
                .isEqualTo("serve\n--data\n" + folder.resolve("data").toAbsolutePath() + "\n--port\n0\n--godwit.end-when-idle=10m\n");
    }

    @Test
    void saysWhereTheLogIsWhereNoServerStarts() throws IOException {
        Files.delete(folder.resolve("data/server.json"));
        assertThat(migrate()).isEqualTo(5);
        assertThat(shell.err()).contains("The server of `godwit migrate` did not start.",
                "The server's log: " + folder.resolve("data/server.log"));
    }
}
