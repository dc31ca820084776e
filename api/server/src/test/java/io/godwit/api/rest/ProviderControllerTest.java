package io.godwit.api.rest;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.http.MediaType;
import org.springframework.test.web.servlet.assertj.MockMvcTester;
import org.springframework.test.web.servlet.assertj.MvcTestResult;

@RestTest
class ProviderControllerTest {
    private static final String PROVIDERS = "/api/v1/providers";

    @Autowired
    private MockMvcTester http;
    @Autowired
    private InMemoryCatalog catalog;
    @Autowired
    private FakePlatforms platforms;

    @BeforeEach
    void start() {
        catalog.clear();
        platforms.disconnected.clear();
    }

    @Test
    void registersAndShowsWithoutTheSecrets() {
        var answer = post("""
                {"name":"from","type":"fake-source","url":"fake:","settings":{"a":"b"},"secrets":{"password":"s3cret"}}""");
        assertThat(answer).hasStatus(201).bodyJson().isLenientlyEqualTo(
                """
                        {"id":"id-of-from","name":"from","type":"fake-source","role":"source","url":"fake:","settings":{"a":"b"},"phase":"Ready"}""");
        assertThat(answer).bodyText().doesNotContain("s3cret", "password");
        assertThat(catalog.findProvider("from")).hasValueSatisfying(row -> assertThat(row.secrets()).containsEntry("password", "s3cret"));
        assertThat(http.get().uri(PROVIDERS + "/from")).hasStatusOk().bodyText().contains("id-of-from").doesNotContain("s3cret");
        assertThat(http.get().uri(PROVIDERS)).hasStatusOk().bodyJson().extractingPath("$.items[0].name").isEqualTo("from");
    }

    @Test
    void registersOneThatCannotBeReachedAndSaysSo() {
        assertThat(post("""
                {"name":"to","type":"fake-destination","url":"fake:broken"}""")).hasStatus(201).bodyJson().isLenientlyEqualTo("""
                {"role":"destination","phase":"ConnectionFailed","fault":{"code":"FAKE_UNREACHABLE","blame":"SOURCE","retryable":true,
                 "what":"the fake cannot be reached","why":"its URL says so","remedy":"Use another URL."}}""");
    }

    @Test
    void recognisesTheTypeOfALocation() {
        assertThat(post("{\"name\":\"a\",\"role\":\"source\",\"url\":\"fake:\"}")).hasStatus(201).bodyJson().extractingPath("$.type")
                .isEqualTo("fake-source");
        assertThat(post("{\"name\":\"b\",\"role\":\"destination\",\"url\":\"fake:\"}")).hasStatus(201).bodyJson()
                .extractingPath("$.type").isEqualTo("fake-destination");
        assertThat(post("{\"name\":\"c\",\"role\":\"source\",\"url\":\"/x\"}")).hasStatus(422).bodyJson().extractingPath("$.code")
                .isEqualTo("PROVIDER_TYPE_UNKNOWN");
        assertThat(post("{\"name\":\"d\",\"url\":\"fake:\"}")).hasStatus(400).bodyJson().extractingPath("$.violations[0].field")
                .isEqualTo("typeOrRole");
    }

    @Test
    void refusesATypeThatItDoesNotHave() {
        assertThat(post("""
                {"name":"x","type":"cloud","url":"https://x"}""")).hasStatus(422).bodyJson().extractingPath("$.why")
                .isEqualTo("this server has fake-destination, fake-source");
        assertThat(catalog.listProviders()).isEmpty();
    }

    @Test
    void refusesANameThatIsTaken() {
        assertThat(post("{\"name\":\"a\",\"type\":\"fake-source\",\"url\":\"fake:\"}")).hasStatus(201);
        assertThat(post("{\"name\":\"a\",\"type\":\"fake-source\",\"url\":\"fake:\"}")).hasStatus(409)
                .hasContentType(MediaType.APPLICATION_PROBLEM_JSON).bodyJson().isLenientlyEqualTo(
                        """
                                {"type":"/faults#name_taken","title":"Name taken","status":409,"instance":"/api/v1/providers","code":"NAME_TAKEN",
                                 "blame":"USER","what":"cannot create a","why":"the name is taken","remedy":"Choose another name.","retryable":false,
                                 "detail":"cannot create a: the name is taken"}""");
    }

    @Test
    void namesEveryFieldThatIsWrong() {
        assertThat(post("{\"name\":\"no name!\",\"url\":\"\"}")).hasStatus(400).bodyJson().extractingPath("$.violations[*].field").asArray()
                .containsExactlyInAnyOrder("name", "typeOrRole", "url");
    }

    @Test
    void refusesAFieldThatItDoesNotKnowByName() {
        assertThat(post("{\"name\":\"a\",\"type\":\"fake-source\",\"url\":\"fake:\",\"insecure\":true}")).hasStatus(400).bodyJson()
                .extractingPath("$.violations[0].field").isEqualTo("insecure");
        assertThat(catalog.listProviders()).isEmpty();
    }

    @Test
    void refusesWhatIsNoJson() {
        assertThat(post("name=a")).hasStatus(400).bodyJson().extractingPath("$.code").isEqualTo("REQUEST_INVALID");
        assertThat(http.post().uri(PROVIDERS).contentType(MediaType.TEXT_PLAIN).content("a")).hasStatus(415).bodyJson()
                .extractingPath("$.code").isEqualTo("REQUEST_INVALID");
    }

    @Test
    void deletesAndDisconnects() {
        post("{\"name\":\"a\",\"type\":\"fake-source\",\"url\":\"fake:\"}");
        assertThat(http.delete().uri(PROVIDERS + "/a")).hasStatus(204);
        assertThat(platforms.disconnected).containsExactly("id-of-a");
        assertThat(http.get().uri(PROVIDERS + "/a")).hasStatus(404).bodyJson().extractingPath("$.code").isEqualTo("PROVIDER_NOT_FOUND");
        assertThat(http.delete().uri(PROVIDERS + "/a")).hasStatus(404);
    }

    @Test
    void keepsAProviderThatIsInUse() {
        RestSlice.register(catalog);
        assertThat(http.delete().uri(PROVIDERS + "/from")).hasStatus(409).bodyJson().extractingPath("$.code").isEqualTo("PROVIDER_IN_USE");
        assertThat(platforms.disconnected).isEmpty();
    }

    @Test
    void showsTheInventoryOfASource() {
        post("{\"name\":\"from\",\"type\":\"fake-source\",\"url\":\"fake:\"}");
        assertThat(http.get().uri(PROVIDERS + "/from/inventory?refresh=true")).hasStatusOk().bodyJson().isLenientlyEqualTo("""
                {"vms":[{"id":"vm-1","name":"web","powerState":"Off","cpu":{"sockets":1,"coresPerSocket":2,"threadsPerCore":1},
                  "memoryBytes":1073741824,"firmware":{"uefi":false,"secureBoot":false,"tpm":false},"guestOs":"debian12_64Guest",
                  "disks":[{"key":"disk-0","capacityBytes":1048576,"storage":"store-0","bus":"scsi"}],
                  "nics":[{"key":"nic-0","network":"net-0","mac":"","model":"vmxnet3"}],"concerns":[]}],
                 "networks":[{"id":"net-0","name":"VM Network"}],"storages":[{"id":"store-0","name":"datastore1"}],"unreadable":[]}""");
    }

    @Test
    void aSourceThatFailsIsABadGateway() {
        post("{\"name\":\"broken\",\"type\":\"fake-source\",\"url\":\"fake:broken\"}");
        assertThat(http.get().uri(PROVIDERS + "/broken/inventory")).hasStatus(502).bodyJson().extractingPath("$.code")
                .isEqualTo("FAKE_UNREACHABLE");
    }

    @Test
    void aDestinationHasNoInventory() {
        post("{\"name\":\"to\",\"type\":\"fake-destination\",\"url\":\"fake:\"}");
        assertThat(http.get().uri(PROVIDERS + "/to/inventory")).hasStatus(400);
    }

    @Test
    void noPathAndNoMethodAreProblemsToo() {
        assertThat(http.get().uri("/api/v1/nothing")).hasStatus(404).hasContentType(MediaType.APPLICATION_PROBLEM_JSON).bodyJson()
                .extractingPath("$.code").isEqualTo("NOT_FOUND");
        assertThat(http.put().uri(PROVIDERS)).hasStatus(405).bodyJson().extractingPath("$.code").isEqualTo("METHOD_NOT_ALLOWED");
    }

    @Test
    void withoutTheTokenNothingIsShown() {
        assertThat(http.get().uri(PROVIDERS).header("Authorization", "Bearer nonsense")).hasStatus(401)
                .hasContentType(MediaType.APPLICATION_PROBLEM_JSON).hasHeader("WWW-Authenticate", "Bearer").bodyJson()
                .extractingPath("$.code")
                .isEqualTo("TOKEN_MISSING");
    }

    @Test
    void healthIsShownToEverybody() {
        assertThat(http.get().uri("/api/v1/health").header("Authorization", "Bearer nonsense")).hasStatusOk().bodyJson().isLenientlyEqualTo(
                "{\"status\":\"UP\",\"version\":\"1.2.3\",\"node\":\"node-1\",\"startedAt\":\"2026-01-02T03:04:05Z\"}");
    }

    private MvcTestResult post(String body) {
        return http.post().uri(PROVIDERS).contentType(MediaType.APPLICATION_JSON).content(body).exchange();
    }
}
