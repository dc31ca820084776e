package io.godwit.cli;

import static com.github.tomakehurst.wiremock.client.WireMock.aResponse;
import static com.github.tomakehurst.wiremock.client.WireMock.any;
import static com.github.tomakehurst.wiremock.client.WireMock.anyUrl;
import static com.github.tomakehurst.wiremock.client.WireMock.delete;
import static com.github.tomakehurst.wiremock.client.WireMock.deleteRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.equalTo;
import static com.github.tomakehurst.wiremock.client.WireMock.equalToJson;
import static com.github.tomakehurst.wiremock.client.WireMock.get;
import static com.github.tomakehurst.wiremock.client.WireMock.getRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.okJson;
import static com.github.tomakehurst.wiremock.client.WireMock.post;
import static com.github.tomakehurst.wiremock.client.WireMock.postRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.put;
import static com.github.tomakehurst.wiremock.client.WireMock.putRequestedFor;
import static com.github.tomakehurst.wiremock.client.WireMock.urlEqualTo;
import static com.github.tomakehurst.wiremock.core.WireMockConfiguration.wireMockConfig;
import static org.assertj.core.api.Assertions.assertThat;

import com.github.tomakehurst.wiremock.WireMockServer;
import com.github.tomakehurst.wiremock.client.MappingBuilder;
import com.github.tomakehurst.wiremock.http.Fault;
import com.github.tomakehurst.wiremock.stubbing.Scenario;
import io.godwit.cli.rest.Rest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Every verb against a server that speaks the REST contract.
class CommandsTest {
    private static final WireMockServer SERVER = new WireMockServer(wireMockConfig().dynamicPort().bindAddress("127.0.0.1"));
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
    void lists() {
        SERVER.resetAll();
        shell.with("GODWIT_SERVER", SERVER.baseUrl()).with("GODWIT_TOKEN", "s3cret");
        answer(get("/api/v1/providers"), """
                {"items":[{"id":"pr-1","name":"exports","type":"ova","role":"source","url":"/srv/ova","phase":"Ready"},
                {"id":"pr-2","name":"pool","type":"local","role":"destination","url":"/srv/pool","phase":"Ready"}]}""");
        answer(get("/api/v1/plans"), """
                {"items":[{"id":"pl-1","name":"first","provider":{"source":"pr-1","destination":"pr-2"},"type":"cold",
                "vms":[{"name":"debian12"},{"id":"vm-9"}]}]}""");
        answer(get("/api/v1/network-mappings"), """
                {"items":[{"id":"nm-1","name":"nets","provider":{"source":"pr-1","destination":"gone"},"map":[
                {"source":{"name":"VM Network"},"destination":{"type":"network","name":"default"}},
                {"source":{"id":"n2"},"destination":{"type":"multus","namespace":"ns","name":"nad"}},
                {"source":{"name":"Backup"},"destination":{"type":"ignored"}}]}]}""");
        answer(get("/api/v1/storage-mappings"),
                """
                        {"items":[{"id":"sm-1","name":"disks","provider":{"source":"exports","destination":"pool"},"map":[
                        {"source":{"name":"datastore1"},"destination":{"storageClass":"fast"}},{"source":{"id":"ds2"},"destination":{"volumeMode":"Block"}}]}]}""");
        answer(get("/api/v1/migrations"),
                """
                        {"items":[{"id":"m-1","plan":{"id":"pl-1","name":"first"},"started":"2026-03-01T11:00:00Z","completed":"2026-03-01T11:02:05Z",
                        "phase":"Failed","vms":[{"id":"v-1"}]},
                        {"id":"m-2","plan":{"id":"pl-1","name":"first"},"started":"2026-03-01T12:00:00Z","phase":"Running",
                        "vms":[{"id":"v-2"}]}]}""");
    }

    private static void answer(MappingBuilder request, String json) {
        SERVER.stubFor(request.willReturn(okJson(json)));
    }

    private static void problem(MappingBuilder request, int status, String json) {
        SERVER.stubFor(
                request.willReturn(aResponse().withStatus(status).withHeader("Content-Type", "application/problem+json").withBody(json)));
    }

    private static String migration(String phase, String vmPhase) {
        return """
                {"id":"m-2","plan":{"id":"pl-1","name":"first"},"started":"2026-03-01T12:00:00Z","completed":"2026-03-01T12:01:00Z","phase":"%s",
                "vms":[{"id":"v-2","vm":{"id":"vm-1","name":"debian12"},"phase":"%s","pipeline":[]}]}"""
                .formatted(phase, vmPhase);
    }

    @ParameterizedTest
    @ValueSource(strings = {"provider list", "plan list", "migration list", "mapping network list", "mapping storage list",
            "provider get exports",
            "plan get first", "mapping network get nets", "mapping storage get disks"})
    void printsTheSameAsJsonAndAsYaml(String words) {
        var json = new Shell().with("GODWIT_SERVER", SERVER.baseUrl());
        assertThat(json.run((words + " -o json").split(" "))).isZero();
        assertThat(shell.run((words + " -o yaml").split(" "))).isZero();
        assertThat(shell.out()).doesNotContain("{").contains(": \"");
        assertThat((Object) new tools.jackson.dataformat.yaml.YAMLMapper().readTree(shell.out()))
                .isEqualTo(io.godwit.cli.rest.Rest.JSON.readTree(json.out()));
    }

    @Test
    void showsProvidersAsATableAndSendsTheToken() {
        assertThat(shell.run("provider", "list")).isZero();
        assertThat(shell.out()).isEqualTo("""
                NAME     TYPE   ROLE         PHASE  URL
                exports  ova    source       Ready  /srv/ova
                pool     local  destination  Ready  /srv/pool
                """);
        SERVER.verify(getRequestedFor(urlEqualTo("/api/v1/providers")).withHeader("Authorization", equalTo("Bearer s3cret")));
    }

    @Test
    void passesTheServersAnswerOnAsJson() {
        assertThat(shell.run("provider", "list", "-o", "json")).isZero();
        assertThat(shell.out()).contains("\"role\" : \"destination\"");
    }

    @Test
    void createsAProviderWithAnAbsolutePathAndItsSecretOutOfAFile(@TempDir Path folder) throws IOException {
        Files.writeString(folder.resolve("password"), "hunter2\n");
        SERVER.stubFor(post("/api/v1/providers").willReturn(aResponse().withStatus(201).withHeader("Content-Type", "application/json")
                .withBody("{\"id\":\"pr-3\",\"name\":\"x\",\"type\":\"ova\",\"role\":\"source\",\"phase\":\"Ready\",\"url\":\"/u\"}")));
        assertThat(shell.run("provider", "create", "x", "--type", "ova", "--url", folder + "/a/../b.ova", "--setting", "depth=2",
                "--secret-file",
                "password=" + folder.resolve("password"))).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/providers")).withRequestBody(equalToJson("""
                {"name":"x","type":"ova","url":"%s/b.ova","settings":{"depth":"2"},"secrets":{"password":"hunter2"}}"""
                .formatted(folder))));
    }

    @Test
    void createsAPlanWithKeysOutOfFilesAndRoots(@TempDir Path folder) throws IOException {
        var key = Files.writeString(folder.resolve("key"), "hunter2\n");
        SERVER.stubFor(post("/api/v1/plans").willReturn(aResponse().withStatus(201).withHeader("Content-Type", "application/json")
                .withBody("{\"id\":\"pl-3\",\"name\":\"x\"}")));
        assertThat(shell.run("plan", "create", "x", "--source", "a", "--destination", "b", "--vm", "web=new", "--vm", "id:vm-2",
                "--network-mapping", "n", "--storage-mapping", "s", "--key", "web=" + key, "--key",
                "id:vm-2=/dev/sda2:" + key, "--key", "id:vm-2=0b5d0e0e-7f3b-4a53-9c5c-3b2a1a1a1a1a:" + key, "--root", "web=first"))
                .isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/plans")).withRequestBody(equalToJson("""
                {"vms":[{"name":"web","targetName":"new","rootDisk":"first","keys":{"all":"hunter2"}},
                {"id":"vm-2","keys":{"/dev/sda2":"hunter2","0b5d0e0e-7f3b-4a53-9c5c-3b2a1a1a1a1a":"hunter2"}}]}""", true, true)));
        assertThat(shell.run("plan", "create", "x", "--source", "a", "--destination", "b", "--vm", "web", "--network-mapping", "n",
                "--storage-mapping", "s", "--key", "other=" + key)).isEqualTo(2);
        assertThat(shell.err()).contains("--key other=").contains("web");
    }

    @Test
    void saysWhyAProviderCannotBeReached() {
        answer(get("/api/v1/providers"),
                """
                        {"items":[{"id":"pr-1","name":"exports","type":"ova","role":"source","url":"/srv/ova","phase":"ConnectionFailed",
                        "fault":{"code":"OVA_MISSING","blame":"USER","what":"There is no /srv/ova","why":"No such file","remedy":"Name one that is there."}}]}""");
        assertThat(shell.run("provider", "get", "exports")).isEqualTo(1);
        assertThat(shell.err()).isEqualTo("""
                There is no /srv/ova
                  why:    No such file
                  remedy: Name one that is there.
                  code:   OVA_MISSING (USER)
                """);
    }

    @Test
    void deletesByTheIdOfTheNamedThing() {
        SERVER.stubFor(delete("/api/v1/providers/pr-2").willReturn(aResponse().withStatus(204)));
        SERVER.stubFor(delete("/api/v1/plans/pl-1").willReturn(aResponse().withStatus(204)));
        SERVER.stubFor(delete("/api/v1/network-mappings/nm-1").willReturn(aResponse().withStatus(204)));
        SERVER.stubFor(delete("/api/v1/storage-mappings/sm-1").willReturn(aResponse().withStatus(204)));
        assertThat(shell.run("provider", "delete", "pool")).isZero();
        assertThat(shell.run("plan", "delete", "first")).isZero();
        assertThat(shell.run("mapping", "network", "delete", "nets")).isZero();
        assertThat(shell.run("mapping", "storage", "delete", "sm-1")).isZero();
        SERVER.verify(4, deleteRequestedFor(com.github.tomakehurst.wiremock.client.WireMock.anyUrl()));
    }

    @Test
    void namesWhatThereIsWhenANameIsUnknown() {
        assertThat(shell.run("provider", "get", "export")).isEqualTo(4);
        assertThat(shell.err()).isEqualTo("""
                godwit: There is no provider 'export'.
                  why:    there are: exports, pool
                  remedy: Name one of them, or create it.
                  code:   NOT_FOUND
                """);
    }

    @Test
    void listsVirtualMachinesWithTheirConcernsAndWhatCouldNotBeRead() {
        answer(get("/api/v1/providers/pr-1/inventory?refresh=true"),
                """
                        {"readAt":"2026-03-01T12:00:00Z","vms":[{"id":"vm-1","name":"debian12","powerState":"Off","cpu":{"sockets":2,"coresPerSocket":2,
                        "threadsPerCore":1},"memoryBytes":1073741824,"firmware":{"uefi":true},"guestOs":"debian12_64Guest","guestOsName":"Debian 12",
                        "disks":[{"key":"d","capacityBytes":1258291200}],"nics":[{"network":"VM Network"}],
                        "concerns":[{"category":"Warning","label":"USB","assessment":"A USB device\\u001b[2Jis left out."}]}],
                        "networks":[],"storages":[],"unreadable":[{"location":"b.ova","fault":{"code":"OVA_TRUNCATED","what":"b.ova ends early","why":"512 bytes",
                        "remedy":"Copy it again."}}]}""");
        assertThat(shell.run("inventory", "vms", "exports", "--refresh")).isZero();
        assertThat(shell.out()).isEqualTo("""
                NAME      POWER  CPU  MEMORY   FIRMWARE  GUEST      DISKS  SIZE     NETWORKS    ID
                debian12  Off    4    1.0 GiB  UEFI      Debian 12  1      1.2 GiB  VM Network  vm-1
                debian12: Warning: USB: A USB device?[2Jis left out.
                """);
        assertThat(shell.err()).startsWith("not readable: b.ova: b.ova ends early\n  why:    512 bytes\n");
    }

    @Test
    void listsWhatThePackageOfAVirtualMachineSays() {
        answer(get("/api/v1/providers/pr-1/inventory"),
                """
                        {"vms":[{"id":"shop.ova","name":"shop","cpu":{},"disks":[],"nics":[],"concerns":[],"appliance":{"product":"Shop, Example, 1.2",
                        "deploymentOptions":[{"id":"small","label":"Small","chosen":true},{"id":"big","label":""}],"properties":[
                        {"key":"ip","label":"Address","value":"10.0.0.1"},{"key":"password","label":"","secret":true},{"key":"dns","label":""}]}}],
                        "networks":[],"storages":[]}""");
        assertThat(shell.run("inventory", "vms", "exports")).isZero();
        assertThat(shell.out()).endsWith("""
                shop: product: Shop, Example, 1.2
                shop: deployment option: small (Small), taken
                shop: deployment option: big
                shop: property: ip = 10.0.0.1 (Address)
                shop: property: password = (secret)
                shop: property: dns = -
                """);
    }

    @Test
    void describesAVirtualMachine() throws IOException {
        answer(get("/api/v1/providers/pr-1/inventory"),
                """
                        {"vms":[{"id":"other.ova","name":"other"},{"id":"shop.ova","name":"shop","powerState":"Off","cpu":{"sockets":2,"coresPerSocket":4,
                        "threadsPerCore":1},"memoryBytes":8589934592,"firmware":{"uefi":true,"secureBoot":true,"tpm":true},"guestOs":"debian12_64Guest",
                        "guestOsName":"Debian GNU/Linux 12 (64-bit)","disks":[
                        {"key":"disk-0","name":"shop-disk1.vmdk","capacityBytes":21474836480,"storage":".","bus":"scsi"},
                        {"key":"disk-1","name":"data","capacityBytes":1073741824,"storage":"team-a","bus":"sata"}],
                        "nics":[{"key":"nic-0","network":"VM Network","mac":"00:50:56:ab:cd:ef","model":"vmxnet3"},
                        {"key":"nic-1","network":"unconnected","mac":"","model":""}],
                        "concerns":[{"id":"ova.tpm","category":"Warning","label":"The VM has a TPM","assessment":"Have the recovery\\u001b key at hand."}],
                        "appliance":{"product":"Shop, Example, 1.2","hardware":"vmx-19","controllers":[{"bus":"scsi","model":"virtualscsi"},
                        {"bus":"ide","model":""}],"deploymentOptions":[{"id":"small","label":"Small","chosen":true},{"id":"big","label":""}],
                        "properties":[{"key":"ip","type":"string","label":"Address","value":"10.0.0.1"},
                        {"key":"password","type":"string","label":"","secret":true}]}}],
                        "networks":[],"storages":[],"unreadable":[{"location":"b.ova","fault":{"code":"OVA_TRUNCATED","what":"b.ova ends early"}}]}""");
        assertThat(shell.run("inventory", "vm", "exports", "shop")).isZero();
        assertThat(shell.out()).isEqualTo(golden("inventory-vm.txt"));
        assertThat(shell.err()).isEmpty();
        assertThat(shell.run("inventory", "vm", "exports", "shop.ova", "-o", "json")).isZero();
        assertThat(Rest.JSON.readTree(shell.out().substring(shell.out().indexOf("{"))).path("id").asString()).isEqualTo("shop.ova");
    }

    @Test
    void describesAVirtualMachineOfWhichLittleIsKnown() {
        answer(get("/api/v1/providers/pr-1/inventory"),
                """
                        {"vms":[{"id":"vm-1","name":"bare","powerState":"On","host":"esx-1","cpu":{},"memoryBytes":1048576,"firmware":{},"guestOs":"",
                        "guestOsName":"","disks":[],"nics":[],"concerns":[]}],"networks":[],"storages":[]}""");
        assertThat(shell.run("inventory", "vm", "exports", "vm-1")).isZero();
        assertThat(shell.out()).isEqualTo("""
                Name:     bare
                Id:       vm-1
                Power:    On
                Host:     esx-1
                CPU:      1: 1 socket, 1 core each, 1 thread each
                Memory:   1.0 MiB
                Firmware: BIOS
                """);
    }

    @Test
    void describesOneVirtualMachineOnly() {
        answer(get("/api/v1/providers/pr-1/inventory"),
                """
                        {"vms":[{"id":"a.ova","name":"twin"},{"id":"b.ova","name":"twin"},{"id":"twin.ova","name":"c"}],"networks":[],"storages":[]}""");
        assertThat(shell.run("inventory", "vm", "exports", "twin")).isEqualTo(4);
        assertThat(shell.err()).contains("There are several VMs 'twin' in exports.", "their ids are a.ova, b.ova");
        assertThat(shell.run("inventory", "vm", "exports", "gone")).isEqualTo(4);
        assertThat(shell.err()).contains("There is no VM 'gone' in exports.", "there are: twin, twin, c");
    }

    private static String golden(String name) throws IOException {
        try (var in = Objects.requireNonNull(CommandsTest.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void listsNetworksAndStorages() {
        answer(get("/api/v1/providers/pr-1/inventory"), """
                {"vms":[],"networks":[{"id":"n1","name":"VM Network"}],"storages":[]}""");
        assertThat(shell.run("inventory", "networks", "pr-1")).isZero();
        assertThat(shell.run("inventory", "storages", "exports")).isZero();
        assertThat(shell.out()).isEqualTo("NAME        ID\nVM Network  n1\nIt has no storage.\n");
    }

    @Test
    void createsANetworkMappingOfEveryKind() {
        answer(post("/api/v1/network-mappings"), "{\"id\":\"nm-2\",\"name\":\"n\"}");
        assertThat(shell.run("mapping", "network", "create", "n", "--source", "exports", "--destination", "pool", "--map",
                "VM Network=default", "--map",
                "Backup=ignored", "--map", "id:n3=pod", "--map", "Prod=ns/nad")).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/network-mappings")).withRequestBody(equalToJson("""
                {"name":"n","provider":{"source":"exports","destination":"pool"},"map":[
                {"source":{"name":"VM Network"},"destination":{"type":"network","name":"default"}},
                {"source":{"name":"Backup"},"destination":{"type":"ignored"}},{"source":{"id":"n3"},"destination":{"type":"pod"}},
                {"source":{"name":"Prod"},"destination":{"type":"multus","namespace":"ns","name":"nad"}}]}""")));
    }

    @Test
    void createsAStorageMapping() {
        answer(post("/api/v1/storage-mappings"), "{\"id\":\"sm-2\",\"name\":\"s\"}");
        assertThat(shell.run("mapping", "storage", "create", "s", "--source", "exports", "--destination", "pool", "--map",
                "ds1=fast:Block:ReadWriteMany",
                "--map", "ds2=default")).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/storage-mappings")).withRequestBody(equalToJson("""
                {"name":"s","provider":{"source":"exports","destination":"pool"},"map":[
                {"source":{"name":"ds1"},"destination":{"storageClass":"fast","volumeMode":"Block","accessMode":"ReadWriteMany"}},
                {"source":{"name":"ds2"},"destination":{}}]}""")));
    }

    @Test
    void showsMappings() {
        assertThat(shell.run("mapping", "network", "list")).isZero();
        assertThat(shell.run("mapping", "storage", "get", "disks")).isZero();
        assertThat(shell.out()).isEqualTo("""
                NAME  SOURCE   DESTINATION  MAP
                nets  exports  gone         VM Network -> default, n2 -> ns/nad, Backup -> ignored
                NAME   SOURCE   DESTINATION  MAP
                disks  exports  pool         datastore1 -> fast, ds2 -> default
                """);
    }

    @Test
    void createsAPlan() {
        answer(post("/api/v1/plans"), "{\"id\":\"pl-2\",\"name\":\"second\"}");
        assertThat(shell.run("plan", "create", "second", "--source", "exports", "--destination", "pool", "--vm", "debian12=web", "--vm",
                "id:vm-9",
                "--network-mapping", "nets", "--storage-mapping", "disks", "--cold", "--no-convert", "--no-boot-check")).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/plans")).withRequestBody(equalToJson("""
                {"name":"second","description":"","targetNamespace":"default","type":"cold","skipGuestConversion":true,"checkBoot":false,
                "provider":{"source":"exports","destination":"pool"},"map":{"network":"nets","storage":"disks"},
                "vms":[{"name":"debian12","targetName":"web"},{"id":"vm-9"}]}""")));
    }

    @Test
    void showsPlans() {
        assertThat(shell.run("plan", "list")).isZero();
        assertThat(shell.run("plan", "get", "first", "-o", "json")).isZero();
        assertThat(shell.out()).startsWith("""
                NAME   SOURCE   DESTINATION  TYPE  VMS
                first  exports  pool         cold  debian12, vm-9
                """).contains("\"id\" : \"pl-1\"");
    }

    @Test
    void endsWithOneWhenAPlanIsNotReady() {
        answer(post("/api/v1/plans/pl-1/validate"),
                """
                        {"ready":false,"conditions":[{"type":"NetworkNotMapped","status":"True","category":"Critical","message":"VM Network is not mapped",
                        "suggestion":"Map it."}],"vms":[{"id":"vm-1","name":"debian12","concerns":[{"category":"Warning","label":"USB","assessment":"Left out."}]}]}""");
        assertThat(shell.run("plan", "validate", "first")).isEqualTo(1);
        assertThat(shell.out()).isEqualTo("""
                CATEGORY  CONDITION         MESSAGE                   REMEDY
                Critical  NetworkNotMapped  VM Network is not mapped  Map it.
                Warning   debian12          USB: Left out.            -
                The plan is not ready.
                """);
    }

    @Test
    void startsAPlanAndSaysHowToWatchIt() {
        answer(post("/api/v1/plans/pl-1/start"), "{\"id\":\"m-2\"}");
        assertThat(shell.run("plan", "start", "first")).isZero();
        assertThat(shell.out()).isEqualTo("Migration m-2 of plan first has started.\nWatch it:  godwit migration watch m-2\n");
    }

    @Test
    void ordersAStartAtATime() {
        answer(post("/api/v1/plans/pl-1/start"), """
                {"plan":"pl-1","at":"2026-11-24T01:00:00Z","startWithin":"PT2H","state":"Scheduled","migration":"m-3"}""");
        assertThat(shell.run("plan", "start", "first", "--at", "2026-11-24T02:00+01:00", "--within", "PT2H")).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/plans/pl-1/start"))
                .withRequestBody(equalToJson("{\"at\":\"2026-11-24T02:00+01:00\",\"startWithin\":\"PT2H\"}")));
        assertThat(shell.out()).contains("Starts at 2026-11-24T").contains("within PT2H after it.");
        assertThat(shell.run("plan", "start", "first", "--at", "tomorrow")).isEqualTo(2);
        assertThat(shell.err()).contains("'tomorrow'", "2026-11-24T02:00+01:00");
        SERVER.stubFor(delete("/api/v1/plans/pl-1/scheduled-start").willReturn(aResponse().withStatus(204)));
        assertThat(shell.run("plan", "unschedule", "first")).isZero();
        SERVER.verify(deleteRequestedFor(urlEqualTo("/api/v1/plans/pl-1/scheduled-start")));
    }

    @Test
    void fetchesAllPagesOfAListing() {
        answer(get("/api/v1/providers"), """
                {"items":[{"id":"pr-1","name":"a","type":"ova","role":"source","url":"/a","phase":"Ready"}],"continue":"x+/="}""");
        answer(get(urlEqualTo("/api/v1/providers?continue=x%2B%2F%3D")), """
                {"items":[{"id":"pr-2","name":"b","type":"ova","role":"source","url":"/b","phase":"Ready"}]}""");
        assertThat(shell.run("provider", "list")).isZero();
        assertThat(shell.out()).contains("a     ova", "b     ova");
        assertThat(shell.run("provider", "list", "-o", "json")).isZero();
        assertThat(shell.out()).doesNotContain("continue");
    }

    @Test
    void watchesAPlanFromItsStartToItsFailure() {
        answer(post("/api/v1/plans/pl-1/start"), "{\"id\":\"m-2\"}");
        SERVER.stubFor(get("/api/v1/migrations/m-2").inScenario("run").whenScenarioStateIs(Scenario.STARTED)
                .willReturn(okJson(migration("Running", "Running"))).willSetStateTo("over"));
        SERVER.stubFor(get("/api/v1/migrations/m-2").inScenario("run").whenScenarioStateIs("over")
                .willReturn(okJson(migration("Failed", "Failed"))));
        assertThat(shell.run("plan", "start", "first", "--watch")).isEqualTo(1);
        assertThat(shell.out()).contains("debian12: Running\n").contains("debian12: Failed\n")
                .contains("Migration m-2: Failed after 1m00s.")
                .contains("godwit migration retry m-2");
    }

    @Test
    void passesOnThatAPlanIsRunningAlready() {
        problem(post("/api/v1/plans/pl-1/start"), 409,
                """
                        {"title":"Conflict","status":409,"code":"PLAN_ALREADY_RUNNING","blame":"USER","what":"Plan first cannot start","why":"m-2 is running",
                        "remedy":"Wait for it, or cancel it.","retryable":false}""");
        assertThat(shell.run("plan", "start", "first")).isEqualTo(4);
        assertThat(shell.err()).isEqualTo("""
                godwit: Plan first cannot start
                  why:    m-2 is running
                  remedy: Wait for it, or cancel it.
                  code:   PLAN_ALREADY_RUNNING (USER)
                """);
    }

    @Test
    void showsTheConditionsThatKeepAPlanFromStarting() {
        problem(post("/api/v1/plans/pl-1/start"), 422,
                """
                        {"title":"Plan not ready","status":422,"code":"PLAN_NOT_READY","what":"Plan first is not ready","why":"1 critical condition",
                        "remedy":"Mend it.","conditions":[{"category":"Critical","message":"VM gone","suggestion":"Take it out."}]}""");
        assertThat(shell.run("plan", "start", "first")).isEqualTo(4);
        assertThat(shell.err()).contains("          Critical: VM gone (Take it out.)\n");
    }

    @Test
    void showsWhichFieldsAreInvalid() {
        problem(post("/api/v1/plans"), 400,
                """
                        {"title":"Invalid request","status":400,"detail":"1 field is invalid","violations":[{"field":"name","message":"must not be blank"}]}""");
        assertThat(shell.run("plan", "create", " ", "--source", "a", "--destination", "b", "--vm", "c", "--network-mapping", "d",
                "--storage-mapping", "e"))
                .isEqualTo(4);
        assertThat(shell.err()).isEqualTo("godwit: Invalid request\n  why:    1 field is invalid\n          name: must not be blank\n");
    }

    @Test
    void listsMigrationsTheLatestFirst() {
        assertThat(shell.run("migration", "list")).isZero();
        assertThat(shell.out()).isEqualTo("""
                ID   PLAN   PHASE    STARTED              TOOK   VMS
                m-2  first  Running  2026-03-01 12:00:00  1m30s  1
                m-1  first  Failed   2026-03-01 11:00:00  2m05s  1
                """);
    }

    @Test
    void watchesTheLatestMigrationOfAPlanThroughARestartOfTheServer() {
        SERVER.stubFor(get("/api/v1/migrations/m-2").inScenario("away").whenScenarioStateIs(Scenario.STARTED)
                .willReturn(okJson(migration("Running", "Running"))).willSetStateTo("dead"));
        SERVER.stubFor(get("/api/v1/migrations/m-2").inScenario("away").whenScenarioStateIs("dead")
                .willReturn(aResponse().withFault(Fault.CONNECTION_RESET_BY_PEER)));
        var looks = new AtomicInteger();
        shell.pausing(() -> {
            if (looks.incrementAndGet() == 3) {
                SERVER.setScenarioState("away", "back");
            }
        });
        SERVER.stubFor(get("/api/v1/migrations/m-2").inScenario("away").whenScenarioStateIs("back")
                .willReturn(okJson(migration("Succeeded", "Succeeded"))));
        assertThat(shell.run("migration", "watch", "first")).isZero();
        assertThat(shell.out()).contains("The server does not answer").contains("the server answers again")
                .contains("Migration m-2: Succeeded");
    }

    @Test
    void doesNotWaitForAMigrationThatIsNotThere() {
        problem(get("/api/v1/migrations/m-2"), 404, "{\"title\":\"Not found\",\"status\":404}");
        assertThat(shell.run("migration", "watch", "m-2")).isEqualTo(4);
        assertThat(shell.err()).contains("godwit: Not found");
    }

    @Test
    void endsWithSixWhenAMigrationWasCancelled() {
        answer(get("/api/v1/migrations/m-2"), migration("Canceled", "Canceled"));
        assertThat(shell.run("migration", "watch", "m-2")).isEqualTo(6);
    }

    @Test
    void cancelsOneVmByItsName() {
        answer(get("/api/v1/migrations/m-2"), migration("Running", "Running"));
        answer(post("/api/v1/migrations/m-2/cancel"), migration("Running", "Canceling"));
        assertThat(shell.run("migration", "cancel", "first", "--vm", "debian12")).isZero();
        SERVER.verify(postRequestedFor(urlEqualTo("/api/v1/migrations/m-2/cancel")).withRequestBody(equalToJson("{\"vms\":[\"v-2\"]}")));
        assertThat(shell.run("migration", "cancel", "first", "--vm", "nobody")).isEqualTo(4);
    }

    @Test
    void retriesAMigration() {
        answer(post("/api/v1/migrations/m-1/retry"), migration("Running", "Running"));
        assertThat(shell.run("migration", "retry", "m-1")).isZero();
        assertThat(shell.out()).isEqualTo("It goes on.  Watch it:  godwit migration watch m-1\n");
    }

    @Test
    void showsOneMigrationWithItsProofs() {
        answer(get("/api/v1/migrations/m-2"),
                """
                        {"id":"m-2","plan":{"name":"first"},"started":"2026-03-01T12:00:00Z","completed":"2026-03-01T12:01:00Z","phase":"Succeeded","vms":[{"id":"v-2",
                        "vm":{"name":"debian12"},"phase":"Succeeded","pipeline":[{"name":"Initialize","phase":"Completed","started":"2026-03-01T12:00:00Z",
                        "completed":"2026-03-01T12:00:02Z"}],"disks":[{"key":"disk-1","sizeBytes":1258291200,"dataBytes":316669952,"zeroBytes":941621248,
                        "method":"SHA-256","sourceRoot":"ab12","targetRoot":"ab12","verified":true}],"boot":{"verdict":"booted","evidence":"debian12 login:",
                        "seconds":35},"targetVm":{"name":"debian12","definition":"/srv/pool/debian12.xml"}}]}""");
        assertThat(shell.run("migration", "get", "m-2")).isZero();
        assertThat(shell.out()).isEqualTo("""
                Migration m-2 of plan first: Succeeded, 1m00s
                debian12: Succeeded
                  + Initialize          2s
                debian12 disk-1: 302 MiB of data copied, 898 MiB of zeroes not; read back and equal (SHA-256, root ab12)
                debian12 boot: booted after 35s: debian12 login:
                debian12 is defined in /srv/pool/debian12.xml
                """);
    }

    @Test
    void showsLogsAndJournalOfTheOnlyVm() {
        answer(get("/api/v1/migrations/m-2"), migration("Running", "Running"));
        answer(get("/api/v1/vm-migrations/v-2/logs"), "{\"items\":[{\"name\":\"virt-v2v.log\",\"sizeBytes\":2048}]}");
        SERVER.stubFor(
                get("/api/v1/vm-migrations/v-2/logs?file=virt-v2v.log").willReturn(aResponse().withBody("[ 0.0] Opening the source")));
        answer(get("/api/v1/vm-migrations/v-2/journal"), """
                {"items":[{"seq":1,"epoch":1,"step":"0","kind":"CREATED","type":"created","at":"2026-03-01T12:00:00Z","data":{"a":1}}]}""");
        assertThat(shell.run("logs", "first")).isZero();
        assertThat(shell.run("logs", "v-2", "virt-v2v.log")).isZero();
        assertThat(shell.run("logs", "m-2", "--journal")).isZero();
        assertThat(shell.out()).isEqualTo("""
                FILE          SIZE
                virt-v2v.log  2.0 KiB
                [ 0.0] Opening the source
                SEQ  EPOCH  AT                   STEP  KIND     TYPE     DATA
                1    1      2026-03-01 12:00:00  0     CREATED  created  {"a":1}
                """);
    }

    @Test
    void showsBothVersions() {
        answer(get("/api/v1/health"), "{\"status\":\"UP\",\"version\":\"0.1.0\",\"node\":\"n1\"}");
        assertThat(shell.run("version")).isZero();
        assertThat(shell.out()).contains("server        0.1.0 at " + SERVER.baseUrl() + ", node n1");
    }

    @Test
    void saysWhatToDoWhenNoServerAnswers(@TempDir Path folder) {
        var alone = new Shell().with("XDG_STATE_HOME", folder.toString());
        assertThat(alone.run("plan", "list", "--server", "http://127.0.0.1:1")).isEqualTo(3);
        assertThat(alone.err()).contains("godwit: No Godwit server answers at http://127.0.0.1:1.").contains("Connection refused")
                .contains("godwit serve");
    }

    @Test
    void findsServerAndTokenInTheDataFolder(@TempDir Path folder) throws IOException {
        var state = Files.createDirectories(folder.resolve("godwit"));
        Files.writeString(state.resolve("server.json"), "{\"pid\":1,\"url\":\"" + SERVER.baseUrl() + "\"}");
        Files.writeString(state.resolve("token"), "of-the-folder\n");
        assertThat(new Shell().with("XDG_STATE_HOME", folder.toString()).run("plan", "list")).isZero();
        assertThat(new Shell().with("GODWIT_TOKEN", "other").run("plan", "list", "--data", state.toString())).isZero();
        SERVER.verify(2, getRequestedFor(urlEqualTo("/api/v1/plans")).withHeader("Authorization", equalTo("Bearer of-the-folder")));
    }

    @Test
    void explainsARefusedToken() {
        SERVER.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(401)));
        assertThat(shell.run("plan", "list")).isEqualTo(4);
        assertThat(shell.err()).contains("does not accept the token").contains("--token-file");
    }

    @Test
    void doesNotFollowARedirectWithItsToken() {
        SERVER.stubFor(any(anyUrl()).willReturn(aResponse().withStatus(302).withHeader("Location", SERVER.baseUrl() + "/elsewhere")));
        assertThat(shell.run("plan", "list")).isEqualTo(5);
        SERVER.verify(0, getRequestedFor(urlEqualTo("/elsewhere")));
    }

    @Test
    void doesNotTakeAnotherProgramForAServer() {
        SERVER.stubFor(any(anyUrl()).willReturn(aResponse().withBody("<html>hello</html>")));
        assertThat(shell.run("plan", "list")).isEqualTo(5);
        assertThat(shell.err()).contains("did not answer GET /plans as a Godwit server does").contains("<html>hello</html>");
    }

    @Test
    void doesNotSendAnOrderTwiceWhenTheConnectionBreaks() {
        SERVER.stubFor(post("/api/v1/plans/pl-1/start").willReturn(aResponse().withFault(Fault.EMPTY_RESPONSE)));
        assertThat(shell.run("plan", "start", "first")).isEqualTo(3);
        SERVER.verify(1, postRequestedFor(urlEqualTo("/api/v1/plans/pl-1/start")));
    }

    @Test
    void tellsAServersOwnFailureFromARefusal() {
        problem(get("/api/v1/plans"), 500, "{\"title\":\"Internal error\",\"status\":500,\"code\":\"GODWIT_BUG\",\"blame\":\"GODWIT\"}");
        assertThat(shell.run("plan", "list")).isEqualTo(5);
    }

    @Test
    void suggestsTheVerbThatWasMeant() {
        assertThat(shell.run("migraton", "list")).isEqualTo(2);
        assertThat(shell.err()).contains("Did you mean: godwit migration").contains("`godwit --help` says what it takes.");
    }

    @Test
    void namesTheSecondWordsWhenOneIsMissing() {
        assertThat(shell.run("plan")).isEqualTo(2);
        assertThat(shell.err()).contains("a second word is missing: create, list, get, delete, validate, start");
    }

    @Test
    void leavesTheLaunchersVerbsToIt() {
        assertThat(shell.run("serve", "--data", "/x")).isEqualTo(2);
        assertThat(shell.err()).contains("done by the launcher");
    }

    @Test
    void setsALimitOfEveryScopeInHumanWords() {
        answer(put(anyUrl()), "{\"name\":\"wan\",\"scope\":{\"type\":\"total\"},\"inForce\":{}}");
        assertThat(shell.run("limit", "set", "wan", "--link", "exports", "--link", "pool", "--rate", "1.5GiB/s", "--requests", "0.5",
                "--longest-read", "20ms", "--window", "Fri-Mon,Wed 8:00-18:30 Europe/Berlin: 50MiB/s, 200 requests/s, 5 ms", "--window",
                "daily 22:00-06:00 UTC: unlimited")).isZero();
        SERVER.verify(putRequestedFor(urlEqualTo("/api/v1/limits/wan")).withRequestBody(equalToJson(
                """
                        {"scope":{"type":"link","providers":["exports","pool"]},"bytesPerSecond":1610612736,"requestsPerSecond":0.5,"longestReadMillis":20,
                        "windows":[{"days":["Fri","Sat","Sun","Mon","Wed"],"from":"08:00","to":"18:30","zone":"Europe/Berlin","bytesPerSecond":52428800,
                        "requestsPerSecond":200,"longestReadMillis":5},
                        {"days":["Mon","Tue","Wed","Thu","Fri","Sat","Sun"],"from":"22:00","to":"06:00","zone":"UTC"}]}""")));
        assertThat(shell.run("limit", "set", "a", "--total", "--rate", "65536")).isZero();
        assertThat(shell.run("limit", "set", "b", "--source", "exports", "--host", "esx1", "--rate", "5M")).isZero();
        assertThat(shell.run("limit", "set", "c", "--plan", "first", "--vm", "debian12", "--rate", "5M")).isZero();
        assertThat(shell.run("limit", "set", "d", "--plan", "first", "--vm", "debian12", "--disk", "disk-0", "--requests", "7")).isZero();
        SERVER.verify(putRequestedFor(urlEqualTo("/api/v1/limits/a"))
                .withRequestBody(equalToJson("{\"scope\":{\"type\":\"total\"},\"bytesPerSecond\":65536,\"windows\":[]}")));
        SERVER.verify(putRequestedFor(urlEqualTo("/api/v1/limits/b")).withRequestBody(equalToJson(
                "{\"scope\":{\"type\":\"sourceHost\",\"provider\":\"exports\",\"host\":\"esx1\"},\"bytesPerSecond\":5242880,\"windows\":[]}")));
        SERVER.verify(putRequestedFor(urlEqualTo("/api/v1/limits/c")).withRequestBody(equalToJson(
                "{\"scope\":{\"type\":\"vm\",\"plan\":\"first\",\"vm\":\"debian12\"},\"bytesPerSecond\":5242880,\"windows\":[]}")));
        SERVER.verify(putRequestedFor(urlEqualTo("/api/v1/limits/d")).withRequestBody(equalToJson(
                "{\"scope\":{\"type\":\"disk\",\"plan\":\"first\",\"vm\":\"debian12\",\"disk\":\"disk-0\"},\"requestsPerSecond\":7,\"windows\":[]}")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"--rate 5M", "--total --link exports --rate 5M", "--total --rate fast", "--total --rate -5M",
            "--total --host esx1",
            "--plan first --rate 5M", "--total --vm web", "--plan first --disk disk-0", "--total --longest-read 20", "--total --window now",
            "--total --window Mon_08:00-18:00_UTC:_fast", "--total --window Someday_08:00-18:00_UTC:_5M", "--total --requests many"})
    void wrongWordsOfALimitReachNoServer(String words) {
        var all = new ArrayList<>(List.of("limit", "set", "x"));
        for (var word : words.split(" ", -1)) {
            all.add(word.replace('_', ' '));
        }
        assertThat(shell.run(all.toArray(String[]::new))).isEqualTo(2);
        assertThat(shell.err()).startsWith("godwit: ").contains("`godwit limit set --help` says what it takes.");
        SERVER.verify(0, putRequestedFor(anyUrl()));
    }

    @Test
    void listsLimitsWithWhatIsInForceAndUnsetsThem() {
        answer(get("/api/v1/limits"),
                """
                        {"items":[{"name":"all","scope":{"type":"total"},"bytesPerSecond":104857600,"windows":[],"inForce":{"bytesPerSecond":104857600}},
                        {"name":"esx","scope":{"type":"sourceHost","provider":"pr-1","host":"esx1"},"requestsPerSecond":200.0,"longestReadMillis":20,"windows":[],
                        "inForce":{"requestsPerSecond":200.0,"longestReadMillis":20}},
                        {"name":"wan","scope":{"type":"link","providers":["pr-1","pr-2"]},"windows":[{"days":["Mon","Tue","Wed","Thu","Fri"],"from":"08:00",
                        "to":"18:00","zone":"Europe/Berlin","bytesPerSecond":52428800}],"inForce":{}}]}""");
        assertThat(shell.run("limit", "list")).isZero();
        assertThat(shell.out()).isEqualTo(
                """
                        NAME  WHAT                              NOW                   ELSE                  WINDOWS
                        all   all copies                        100 MiB/s             100 MiB/s             -
                        esx   host esx1 of exports              200 requests/s, 20ms  200 requests/s, 20ms  -
                        wan   copies from and to exports, pool  unlimited             unlimited             Mon-Fri 08:00-18:00 Europe/Berlin: 50.0 MiB/s
                        """);
        SERVER.stubFor(delete("/api/v1/limits/wan").willReturn(aResponse().withStatus(204)));
        assertThat(shell.run("limit", "unset", "wan")).isZero();
        problem(delete("/api/v1/limits/gone"), 404, "{\"title\":\"Limit not found\",\"code\":\"LIMIT_NOT_FOUND\"}");
        assertThat(shell.run("limit", "unset", "gone")).isEqualTo(4);
    }
}
